import type { Exact } from './exact.ts'
import { FloatFlag } from './float-flag.ts'
import type { Format } from './format.ts'
import { Ieee754Error } from './ieee754-error.ts'
import { RoundingMode } from './rounding-mode.ts'

/** Raw bits of a result, and the flags that it raised as bits of {@link FloatFlag}. */
export interface FloatResult {
  readonly value: bigint
  readonly flags: number
}

/** An operation on raw bits. */
export type Computation = (rounding: number, a: bigint, b: bigint, c: bigint) => FloatResult

/** The number of bits of a natural number; 0 has none. */
const bitLength = (natural: bigint): number => {
  const digits = natural.toString(16)
  return digits.length * 4 - Math.clz32(Number.parseInt(digits[0] as string, 16)) + 28
}

/** Whether a magnitude goes up, given the bit behind the last place and whether anything but zeros follows it. */
const roundsUp: Record<number, (negative: boolean, odd: boolean, half: boolean, rest: boolean) => boolean> = {
  [RoundingMode.RNE]: (_negative, odd, half, rest) => half && (rest || odd),
  [RoundingMode.RTZ]: () => false,
  [RoundingMode.RDN]: (negative, _odd, half, rest) => negative && (half || rest),
  [RoundingMode.RUP]: (negative, _odd, half, rest) => !negative && (half || rest),
  [RoundingMode.RMM]: (_negative, _odd, half) => half,
}

/**
 * `significand` / 2^`places` as an integer.
 *
 * @throws {@link Ieee754Error} `bad-rounding` if something has to be rounded and the mode is none.
 */
export const roundInteger = (
  rounding: number,
  negative: boolean,
  significand: bigint,
  places: number,
): { integer: bigint; inexact: boolean } => {
  if (places <= 0) return { integer: significand << BigInt(-places), inexact: false }
  const integer = significand >> BigInt(places)
  const dropped = significand - (integer << BigInt(places))
  if (dropped === 0n) return { integer, inexact: false }
  const up = roundsUp[rounding]
  if (up === undefined)
    throw new Ieee754Error('bad-rounding', `${rounding} is no rounding mode: those are 0 to 4`)
  const halfway = 1n << BigInt(places - 1)
  const away = up(negative, (integer & 1n) === 1n, dropped >= halfway, (dropped & (halfway - 1n)) !== 0n)
  return { integer: away ? integer + 1n : integer, inexact: true }
}

/** Rounds an exact value to a format. Tininess is detected after rounding; a NaN is always the canonical one. */
export const round = (format: Format, rounding: number, exact: Exact): FloatResult => {
  if (exact.kind === 'nan') return { value: format.infinity | format.quietBit, flags: exact.flags }
  const sign = exact.negative ? format.signBit : 0n
  if (exact.kind === 'infinity') return { value: sign | format.infinity, flags: exact.flags }
  const { negative, significand, exponent } = exact
  if (significand === 0n) return { value: sign, flags: 0 }

  const excess = bitLength(significand) - format.precision
  const places = Math.max(excess, format.leastExponent - exponent)
  const { integer, inexact } = roundInteger(rounding, negative, significand, places)
  // The hidden bit adds one to the exponent field, and so does a carry out of the significand.
  const magnitude = (BigInt(exponent + places - format.leastExponent) << format.fractionBits) + integer
  if (magnitude >= format.infinity) {
    // Whatever is beyond the largest number goes where three quarters of a unit would go.
    const { integer: up } = roundInteger(rounding, negative, 3n, 2)
    const value = sign | (up === 1n ? format.infinity : format.infinity - 1n)
    return { value, flags: FloatFlag.OF | FloatFlag.NX }
  }
  if (!inexact) return { value: sign | magnitude, flags: 0 }
  if (places === excess) return { value: sign | magnitude, flags: FloatFlag.NX }
  // Tininess is asked of the value as it would be rounded if the exponent had no least value.
  const unbounded = roundInteger(rounding, negative, significand, excess).integer
  const tiny = bitLength(unbounded) + exponent + excess < format.leastExponent + format.precision
  return { value: sign | magnitude, flags: tiny ? FloatFlag.UF | FloatFlag.NX : FloatFlag.NX }
}
