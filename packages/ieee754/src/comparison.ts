import { decode } from './exact.ts'
import { FloatFlag } from './float-flag.ts'
import type { Format } from './format.ts'
import type { Computation } from './round.ts'

/** Flags that an operand raises by being a NaN that signals. */
const signals = (format: Format, bits: bigint): number => {
  const value = decode(format, bits)
  return value.kind === 'nan' ? value.flags : 0
}

const isNan = (format: Format, bits: bigint): boolean => (bits & (format.signBit - 1n)) > format.infinity

/** An integer for each number, in their order; the zeros share one. */
const rank = (format: Format, bits: bigint): bigint => {
  const magnitude = bits & (format.signBit - 1n)
  return (bits & format.signBit) === 0n ? magnitude : -magnitude
}

/** A comparison that quiet NaNs make false, and invalid if it is `signaling`. */
export const comparison =
  (format: Format, signaling: boolean, holds: (a: bigint, b: bigint) => boolean): Computation =>
  (_rounding, a, b) => {
    if (isNan(format, a) || isNan(format, b)) {
      return { value: 0n, flags: signaling ? FloatFlag.NV : signals(format, a) | signals(format, b) }
    }
    return { value: holds(rank(format, a), rank(format, b)) ? 1n : 0n, flags: 0 }
  }

/**
 * minimumNumber or maximumNumber of IEEE 754-2019: a number wins over a NaN, and -0 is less than +0.
 *
 * @see Unprivileged ISA, F extension 2.2, `FMIN.S` and `FMAX.S`.
 */
export const extremum =
  (format: Format, least: boolean): Computation =>
  (_rounding, a, b) => {
    const flags = signals(format, a) | signals(format, b)
    if (isNan(format, a) && isNan(format, b)) return { value: format.infinity | format.quietBit, flags }
    const difference = rank(format, a) - rank(format, b)
    // Between zeros of different signs the sign decides.
    const aIsLess = difference === 0n ? (a & format.signBit) !== 0n : difference < 0n
    const choosesA = isNan(format, b) || (!isNan(format, a) && aIsLess === least)
    return { value: (choosesA ? a : b) & (2n * format.signBit - 1n), flags }
  }
