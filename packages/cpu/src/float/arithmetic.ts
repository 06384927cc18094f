import { RoundingMode } from '@worldswitch/ieee754'
import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import type { Float } from './expression.ts'
import { addDoubleFma, addSingleFma } from './fused.ts'
import { hasShortProduct, inexactAccrued, isExactSum, isOrdinary, raiseUnless } from './inexactness.ts'
import { type Layout, layouts } from './layout.ts'
import { addFloatFunction } from './scope.ts'
import type { Software } from './software.ts'

/**
 * An operation of the host. Its result is exact if and only if `product` of the two factors is the target: so says
 * what multiplication, division and root mean.
 */
type HostOperation = (operands: readonly Float[]) => {
  readonly result: Float
  proof(result: Float): { readonly factors: readonly [Float, Float]; readonly target: Float }
}

const mul: HostOperation = ([x, y]) => ({
  result: x.mul(y),
  proof: (result) => ({ factors: [x, y], target: result }),
})
const div: HostOperation = ([x, y]) => ({
  result: x.div(y),
  proof: (result) => ({ factors: [result, y], target: x }),
})
const sqrt: HostOperation = ([x]) => ({
  result: x.sqrt(),
  proof: (result) => ({ factors: [result, result], target: x }),
})

/** The operation on the host where rounding is to nearest and the result is ordinary, else in software. */
const addOnHost = (
  module: ModuleBuilder,
  layout: Layout,
  software: Software,
  name: 'mul' | 'div' | 'sqrt',
  operation: HostOperation,
): FunctionIndex =>
  addFloatFunction(module, `fast.${name}.${layout.name}`, name === 'sqrt' ? 1 : 2, (scope, ...bits) => {
    scope.if(scope.rounding.eq(RoundingMode.RNE), () => {
      const { result, proof } = operation(bits.map((value) => scope.let(value.asFloat(layout.type))))
      const kept = scope.let(result)
      const { factors, target } = proof(kept)
      const [f, g] = factors
      const product = f.toDouble().mul(g.toDouble())
      scope.if(isOrdinary(layout, kept.bits()), () => {
        if (layout.name === 's') {
          // A double holds every product of singles.
          raiseUnless(scope, () => product.eq(target.toDouble()))
          scope.return(kept.bits())
          return
        }
        scope.if(inexactAccrued(scope), () => scope.return(kept.bits()))
        // Of other products software has to tell, but of this kind are those of small integers.
        const exact = hasShortProduct(f, g).and(product.eq(target)).and(isOrdinary(layout, target.bits()))
        scope.if(exact, () => scope.return(kept.bits()))
      })
    })
    return scope.call(software[name], ...bits)
  })

/** Sums never underflow: a tiny one is exact. So all but infinite and NaN results are the host's. */
const addSum = (
  module: ModuleBuilder,
  layout: Layout,
  software: Software,
  name: 'add' | 'sub',
): FunctionIndex =>
  addFloatFunction(module, `fast.${name}.${layout.name}`, 2, (scope, a, b) => {
    if (name === 'sub') b.set(b.xor(layout.signBit))
    scope.if(scope.rounding.eq(RoundingMode.RNE), () => {
      const x = scope.let(a.asFloat(layout.type))
      const y = scope.let(b.asFloat(layout.type))
      const sum = scope.let(x.add(y))
      scope.if(sum.abs().lt(Number.POSITIVE_INFINITY), () => {
        raiseUnless(scope, () => isExactSum(sum, x, y))
        scope.return(sum.bits())
      })
    })
    return scope.call(software.add, a, b)
  })

/** The operations of a format that round. */
export interface Arithmetic {
  readonly add: FunctionIndex
  readonly sub: FunctionIndex
  readonly mul: FunctionIndex
  readonly div: FunctionIndex
  readonly sqrt: FunctionIndex
  readonly fma: FunctionIndex
}

/** Adds a format's arithmetic. */
export const addArithmetic = (module: ModuleBuilder, layout: Layout, software: Software): Arithmetic => ({
  add: addSum(module, layout, software, 'add'),
  sub: addSum(module, layout, software, 'sub'),
  mul: addOnHost(module, layout, software, 'mul', mul),
  div: addOnHost(module, layout, software, 'div', div),
  sqrt: addOnHost(module, layout, software, 'sqrt', sqrt),
  fma: layout === layouts.s ? addSingleFma(module, software) : addDoubleFma(module, software),
})
