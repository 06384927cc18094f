import { FloatFlag } from './float-flag.ts'
import type { Format } from './format.ts'

/**
 * A value before it is rounded to a format: what an operand stands for, or the exact result of an operation.
 *
 * `flags` are those that the operation raised by having no finite result; an operand has them only if it is a
 * signaling NaN, for every operation on one is invalid.
 */
export type Exact =
  | { readonly kind: 'nan'; readonly flags: number }
  | { readonly kind: 'infinity'; readonly negative: boolean; readonly flags: number }
  | Finite

/** ±`significand` × 2^`exponent`; zeros have a sign too. */
export interface Finite {
  readonly kind: 'finite'
  readonly negative: boolean
  readonly significand: bigint
  readonly exponent: number
}

/** The result of an operation that has none. */
export const invalid: Exact = { kind: 'nan', flags: FloatFlag.NV }

/** A finite value, see {@link Finite}. */
export const finite = (negative: boolean, significand: bigint, exponent: number): Finite => ({
  kind: 'finite',
  negative,
  significand,
  exponent,
})

/** An infinity that is an operand, or follows from one. */
export const infinity = (negative: boolean): Exact => ({ kind: 'infinity', negative, flags: 0 })

/** Whether the value is a zero of either sign. */
export const isZero = (value: Exact): boolean => value.kind === 'finite' && value.significand === 0n

/** What the bits of an operand stand for. */
export const decode = (format: Format, bits: bigint): Exact => {
  const negative = (bits & format.signBit) !== 0n
  const magnitude = bits & (format.signBit - 1n)
  if (magnitude > format.infinity) {
    return { kind: 'nan', flags: (magnitude & format.quietBit) === 0n ? FloatFlag.NV : 0 }
  }
  if (magnitude === format.infinity) return infinity(negative)
  const hiddenBit = 1n << format.fractionBits
  const biased = Number(magnitude >> format.fractionBits)
  const fraction = magnitude & (hiddenBit - 1n)
  if (biased === 0) return finite(negative, fraction, format.leastExponent)
  return finite(negative, hiddenBit | fraction, format.leastExponent + biased - 1)
}

/** The value with its sign flipped. */
export const negate = (value: Exact): Exact =>
  value.kind === 'nan' ? value : { ...value, negative: !value.negative }
