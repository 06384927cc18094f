import { type Exact, finite, infinity, invalid, isZero } from './exact.ts'
import { FloatFlag } from './float-flag.ts'
import { RoundingMode } from './rounding-mode.ts'

/** Makes the last bit of a truncated result say whether anything was cut off, which is all that rounding asks of it. */
const withRemainder = (truncated: bigint, remainder: bigint): bigint =>
  (truncated << 1n) | (remainder === 0n ? 0n : 1n)

const flagsOf = (operand: Exact): number => (operand.kind === 'finite' ? 0 : operand.flags)

/** What operands make of which at least one is a NaN: invalid if one of them was. */
const nanOf = (a: Exact, b: Exact): Exact => ({ kind: 'nan', flags: flagsOf(a) | flagsOf(b) })

/** The exact sum. The direction of rounding decides the sign of a zero from operands of different signs. */
export const sum = (rounding: number, a: Exact, b: Exact): Exact => {
  if (a.kind === 'nan' || b.kind === 'nan') return nanOf(a, b)
  if (a.kind === 'infinity') return b.kind === 'infinity' && a.negative !== b.negative ? invalid : a
  if (b.kind === 'infinity') return b
  const exponent = Math.min(a.exponent, b.exponent)
  const aligned = ({ negative, significand, exponent: own }: typeof a): bigint =>
    (negative ? -significand : significand) << BigInt(own - exponent)
  const total = aligned(a) + aligned(b)
  if (total !== 0n) return finite(total < 0n, total < 0n ? -total : total, exponent)
  return finite(a.negative === b.negative ? a.negative : rounding === RoundingMode.RDN, 0n, exponent)
}

/** The exact product. */
export const product = (a: Exact, b: Exact): Exact => {
  if (a.kind === 'nan' || b.kind === 'nan') return nanOf(a, b)
  const negative = a.negative !== b.negative
  if (a.kind === 'finite' && b.kind === 'finite') {
    return finite(negative, a.significand * b.significand, a.exponent + b.exponent)
  }
  return isZero(a) || isZero(b) ? invalid : infinity(negative)
}

/** The quotient, exact enough to be rounded to `precision` bits. */
export const quotient = (precision: number, a: Exact, b: Exact): Exact => {
  if (a.kind === 'nan' || b.kind === 'nan') return nanOf(a, b)
  const negative = a.negative !== b.negative
  if (a.kind === 'infinity') return b.kind === 'infinity' ? invalid : infinity(negative)
  if (b.kind === 'infinity') return finite(negative, 0n, 0)
  if (b.significand === 0n) {
    return a.significand === 0n ? invalid : { kind: 'infinity', negative, flags: FloatFlag.DZ }
  }
  // However few bits a has and however many b: the quotient gets more than are needed.
  const places = 2 * precision
  const dividend = a.significand << BigInt(places)
  const significand = withRemainder(dividend / b.significand, dividend % b.significand)
  return finite(negative, significand, a.exponent - b.exponent - places - 1)
}

/** The largest integer whose square is at most `square`, which has fewer than 120 bits. */
const integerSquareRoot = (square: bigint): bigint => {
  // The host's root is right to 52 bits, and a step of Newton's method doubles that.
  const estimate = BigInt(Math.trunc(Math.sqrt(Number(square))))
  const root = (estimate + square / estimate) >> 1n
  return root * root > square ? root - 1n : root
}

/** The square root, exact enough to be rounded to `precision` bits. */
export const squareRoot = (precision: number, a: Exact): Exact => {
  if (a.kind === 'nan' || isZero(a)) return a
  if (a.negative) return invalid
  if (a.kind === 'infinity') return a
  // Even exponents have exact halves. 2p bits or more have a root of p bits or more.
  const width = 2 * precision + 4
  const places = width - a.significand.toString(2).length
  const even = places + ((a.exponent - places) & 1)
  const square = a.significand << BigInt(even)
  const root = integerSquareRoot(square)
  return finite(false, withRemainder(root, square - root * root), (a.exponent - even) / 2 - 1)
}
