import { FloatFlag, RoundingMode } from '@worldswitch/ieee754'
import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import type { Float, I32, I64 } from './expression.ts'
import { type Layout, layouts } from './layout.ts'
import { addFloatFunction, type Scope } from './scope.ts'
import type { Software } from './software.ts'

/** Whether NX is accrued already: then nobody can see whether another result was inexact. */
export const inexactAccrued = (scope: Scope): I32 => scope.flags().and(FloatFlag.NX)

/** Raises NX unless the result is `exact`, or NX is accrued. */
const raiseUnless = (scope: Scope, exact: () => I32): void =>
  scope.if(inexactAccrued(scope).not(), () => scope.if(exact().not(), () => scope.raise(FloatFlag.NX)))

/** A result whose exponent says that it neither overflowed nor was tiny: not zero, and no least normal number. */
export const isOrdinary = ({ fractionBits, exponentMask }: Layout, bits: I64): I32 =>
  bits
    .shrU(fractionBits)
    .and(exponentMask)
    .sub(2n)
    .ltU(exponentMask - 2n)

/**
 * The operation on the host where rounding is to nearest and the result is ordinary, else in software.
 *
 * @param exact - Whether the host's result is exact. Without it, only software can tell.
 */
const onHost = (
  module: ModuleBuilder,
  layout: Layout,
  name: string,
  count: number,
  software: FunctionIndex,
  host: (operands: Float[]) => Float,
  exact?: (result: Float, operands: Float[]) => I32,
): FunctionIndex =>
  addFloatFunction(module, `fast.${name}.${layout.name}`, count, (scope, ...bits) => {
    const isNearest = scope.rounding.eq(RoundingMode.RNE)
    const applies = exact === undefined ? scope.rounding.ltU(inexactAccrued(scope)) : isNearest
    scope.if(applies, () => {
      const operands = bits.map((value) => scope.let(value.asFloat(layout.type)))
      const result = scope.let(host(operands))
      scope.if(isOrdinary(layout, scope.let(result.bits())), () => {
        if (exact !== undefined) raiseUnless(scope, () => exact(result, operands))
        scope.return(result.bits())
      })
    })
    return scope.call(software, ...bits)
  })

/**
 * A sum is exact if subtracting either operand gives the other: the difference that involves the smaller operand
 * shows any error, which is a multiple of that operand's last place.
 */
const isExactSum = (sum: Float, x: Float, y: Float): I32 => sum.sub(x).eq(y).and(sum.sub(y).eq(x))

/** Sums never underflow: a tiny one is exact. So all but infinite and NaN results are the host's. */
const addSum = (
  module: ModuleBuilder,
  layout: Layout,
  software: Software,
  subtracts: boolean,
): FunctionIndex =>
  addFloatFunction(module, `fast.${subtracts ? 'sub' : 'add'}.${layout.name}`, 2, (scope, a, b) => {
    if (subtracts) b.set(b.xor(layout.signBit))
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

const double = (value: Float): Float => value.toDouble()

/**
 * The product of singles is exact as a double. Their sum with a third is rounded to a double and then to a
 * single, which is wrong only if the double lies halfway between two singles.
 */
const addSingleFma = (module: ModuleBuilder, software: Software): FunctionIndex =>
  addFloatFunction(module, 'fast.fma.s', 3, (scope, a, b, c) => {
    scope.if(scope.rounding.eq(RoundingMode.RNE), () => {
      const product = scope.let(double(a.asFloat('f32')).mul(double(b.asFloat('f32'))))
      const addend = scope.let(double(c.asFloat('f32')))
      const sum = scope.let(product.add(addend))
      const single = scope.let(sum.toSingle())
      const halfway = sum
        .bits()
        .and((1n << 29n) - 1n)
        .eq(1n << 28n)
      scope.if(single.abs().gt(layouts.s.leastNormal).and(single.abs().lt(Number.POSITIVE_INFINITY)), () => {
        scope.if(halfway.not(), () => {
          raiseUnless(scope, () =>
            double(single)
              .eq(sum)
              .and(isExactSum(sum, product, addend)),
          )
          scope.return(single.bits())
        })
      })
    })
    return scope.call(software.fma, a, b, c)
  })

/** Arithmetic of a format, by name. */
export interface Arithmetic {
  readonly add: FunctionIndex
  readonly sub: FunctionIndex
  readonly mul: FunctionIndex
  readonly div: FunctionIndex
  readonly sqrt: FunctionIndex
  readonly fma: FunctionIndex
}

/** Adds the functions of both formats that round. */
export const addArithmetic = (
  module: ModuleBuilder,
  software: Record<'s' | 'd', Software>,
): Record<'s' | 'd', Arithmetic> => {
  const { s, d } = layouts
  const mul = ([x, y]: Float[]): Float => (x as Float).mul(y as Float)
  const div = ([x, y]: Float[]): Float => (x as Float).div(y as Float)
  const sqrt = ([x]: Float[]): Float => (x as Float).sqrt()
  // Products of singles are exact as doubles, so doubles tell whether a single is exact.
  const isExactProduct = (result: Float, [x, y]: Float[]): I32 =>
    double(x as Float)
      .mul(double(y as Float))
      .eq(double(result))
  const isExactQuotient = (result: Float, [x, y]: Float[]): I32 =>
    double(result)
      .mul(double(y as Float))
      .eq(double(x as Float))
  const isExactRoot = (result: Float, [x]: Float[]): I32 =>
    double(result)
      .mul(double(result))
      .eq(double(x as Float))
  return {
    s: {
      add: addSum(module, s, software.s, false),
      sub: addSum(module, s, software.s, true),
      mul: onHost(module, s, 'mul', 2, software.s.mul, mul, isExactProduct),
      div: onHost(module, s, 'div', 2, software.s.div, div, isExactQuotient),
      sqrt: onHost(module, s, 'sqrt', 1, software.s.sqrt, sqrt, isExactRoot),
      fma: addSingleFma(module, software.s),
    },
    d: {
      add: addSum(module, d, software.d, false),
      sub: addSum(module, d, software.d, true),
      mul: onHost(module, d, 'mul', 2, software.d.mul, mul),
      div: onHost(module, d, 'div', 2, software.d.div, div),
      sqrt: onHost(module, d, 'sqrt', 1, software.d.sqrt, sqrt),
      fma: software.d.fma,
    },
  }
}
