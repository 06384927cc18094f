import { RoundingMode } from '@worldswitch/ieee754'
import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import type { Float } from './expression.ts'
import { hasShortProduct, inexactAccrued, isExactSum, isOrdinary, raiseUnless } from './inexactness.ts'
import { layouts } from './layout.ts'
import { addFloatFunction, type Scope } from './scope.ts'
import type { Software } from './software.ts'

/**
 * a × b + c on singles. Their product is exact as a double. The sum is rounded to a double and then to a single, which
 * is wrong only if the double lies halfway between two singles.
 */
export const addSingleFma = (module: ModuleBuilder, software: Software): FunctionIndex =>
  addFloatFunction(module, 'fast.fma.s', 3, (scope, a, b, c) => {
    scope.if(scope.rounding.eq(RoundingMode.RNE), () => {
      const product = scope.let(a.asFloat('f32').toDouble().mul(b.asFloat('f32').toDouble()))
      const addend = scope.let(c.asFloat('f32').toDouble())
      const sum = scope.let(product.add(addend))
      const single = scope.let(sum.toSingle())
      const halfway = sum
        .bits()
        .and((1n << 29n) - 1n)
        .eq(1n << 28n)
      scope.if(isOrdinary(layouts.s, single.bits()).and(halfway.not()), () => {
        raiseUnless(scope, () =>
          single
            .toDouble()
            .eq(sum)
            .and(isExactSum(sum, product, addend)),
        )
        scope.return(single.bits())
      })
    })
    return scope.call(software.fma, a, b, c)
  })

/** What rounding to nearest took from a sum (Knuth's TwoSum): itself a double. */
const errorOfSum = (scope: Scope, sum: Float, x: Float, y: Float): Float => {
  const ofY = scope.let(sum.sub(x))
  return x.sub(sum.sub(ofY)).add(y.sub(ofY))
}

/** What rounding to nearest took from a product (Dekker, with Veltkamp's splitting into halves of 26 bits). */
const errorOfProduct = (scope: Scope, product: Float, x: Float, y: Float): Float => {
  const split = (value: Float): readonly [Float, Float] => {
    const scaled = scope.let(value.mul(2 ** 27 + 1))
    const high = scope.let(scaled.sub(scaled.sub(value)))
    return [high, scope.let(value.sub(high))]
  }
  const [xHigh, xLow] = split(x)
  const [yHigh, yLow] = split(y)
  return xHigh.mul(yHigh).sub(product).add(xHigh.mul(yLow)).add(xLow.mul(yHigh)).add(xLow.mul(yLow))
}

/**
 * a × b + c on doubles. Product p and sum s = p + c are rounded by the host, and their errors are doubles too; so
 * the exact result is s + t + e, and what is left to do is to round that once.
 *
 * Let w be t + e, rounded. s + w, rounded, is right unless s + w lies just halfway between two doubles, for
 * otherwise what w lacks is too small to matter. If t is not 0, then s is at least half of p (or the sum were exact),
 * so |w| is at most 1.5 units in the last place of s, and halfway points are odd multiples of a quarter, at least, of
 * such a unit: w would have three significant bits or fewer. Such w, except 0, are left to software.
 */
export const addDoubleFma = (module: ModuleBuilder, software: Software): FunctionIndex =>
  addFloatFunction(module, 'fast.fma.d', 3, (scope, a, b, c) => {
    const d = layouts.d
    scope.if(scope.rounding.eq(RoundingMode.RNE), () => {
      const x = scope.let(a.asFloat('f64'))
      const y = scope.let(b.asFloat('f64'))
      const addend = scope.let(c.asFloat('f64'))
      const product = scope.let(x.mul(y))
      const sum = scope.let(product.add(addend))
      scope.if(
        inexactAccrued(scope),
        () => {
          // Neither splitting nor the error of the product may overflow or underflow.
          const inWindow = x
            .abs()
            .lt(2 ** 990)
            .and(y.abs().lt(2 ** 990))
            .and(product.abs().gt(2 ** -900))
          scope.if(inWindow, () => {
            const ofProduct = scope.let(errorOfProduct(scope, product, x, y))
            const ofSum = errorOfSum(scope, sum, product, addend)
            const rest = scope.let(ofSum.add(ofProduct))
            const result = scope.let(sum.add(rest).bits())
            const certain = rest.bits().shl(14n).ne(0n).or(rest.eq(0))
            scope.if(isOrdinary(d, result).and(certain), () => scope.return(result))
          })
        },
        () => {
          const exact = hasShortProduct(x, y).and(isExactSum(sum, product, addend))
          const ordinary = isOrdinary(d, product.bits()).and(isOrdinary(d, sum.bits()))
          scope.if(ordinary.and(exact), () => scope.return(sum.bits()))
        },
      )
    })
    return scope.call(software.fma, a, b, c)
  })
