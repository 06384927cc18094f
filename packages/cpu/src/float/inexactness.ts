import { FloatFlag } from '@worldswitch/ieee754'
import type { Float, I32, I64 } from './expression.ts'
import { type Layout, layouts } from './layout.ts'
import type { Scope } from './scope.ts'

/** Whether NX is accrued already: then nobody can see whether another result was inexact. */
export const inexactAccrued = (scope: Scope): I32 => scope.flags().and(FloatFlag.NX)

/** Raises NX unless the result is `exact`, or NX is accrued. */
export const raiseUnless = (scope: Scope, exact: () => I32): void =>
  scope.if(inexactAccrued(scope).not(), () => scope.if(exact().not(), () => scope.raise(FloatFlag.NX)))

/** A result whose exponent says that it neither overflowed nor was tiny: not zero, and no least normal number. */
export const isOrdinary = ({ fractionBits, exponentMask }: Layout, bits: I64): I32 =>
  bits
    .shrU(fractionBits)
    .and(exponentMask)
    .sub(2n)
    .ltU(exponentMask - 2n)

/**
 * A finite sum is exact if subtracting either operand gives the other: the difference that involves the smaller
 * operand shows any error, which is a multiple of that operand's last place.
 */
export const isExactSum = (sum: Float, x: Float, y: Float): I32 => sum.sub(x).eq(y).and(sum.sub(y).eq(x))

/** Whether two doubles have so few bits that 53 hold their product, unless it is tiny or overflows. */
export const hasShortProduct = (x: Float, y: Float): I32 => {
  const hidden = 1n << layouts.d.fractionBits
  const zeros = (value: Float): I64 => value.bits().or(hidden).ctz()
  return zeros(x).add(zeros(y)).gtU(layouts.d.fractionBits)
}
