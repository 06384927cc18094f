import { decode, finite } from './exact.ts'
import { FloatFlag } from './float-flag.ts'
import type { Format } from './format.ts'
import { type Computation, type FloatResult, round, roundInteger } from './round.ts'

/** An integer type of the conversions. */
export interface IntegerType {
  readonly bits: number
  readonly isSigned: boolean
}

/** Rounds to another format. */
export const convert =
  (from: Format, to: Format): Computation =>
  (rounding, a) =>
    round(to, rounding, decode(from, a))

/**
 * Rounds to an integer, which comes sign-extended from its own width, unsigned ones too. What does not fit
 * is invalid, never inexact, and becomes the nearest integer that does; a NaN becomes the greatest.
 *
 * @see Unprivileged ISA, F extension, "Domains of float-to-integer conversions".
 */
export const toInteger = (from: Format, { bits, isSigned }: IntegerType): Computation => {
  const least = isSigned ? -(1n << BigInt(bits - 1)) : 0n
  const greatest = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n
  const result = (integer: bigint, flags: number): FloatResult => ({
    value: BigInt.asUintN(64, BigInt.asIntN(bits, integer)),
    flags,
  })
  return (rounding, a) => {
    const value = decode(from, a)
    if (value.kind === 'nan') return result(greatest, FloatFlag.NV)
    if (value.kind === 'infinity') return result(value.negative ? least : greatest, FloatFlag.NV)
    const { negative, significand, exponent } = value
    const { integer: magnitude, inexact } = roundInteger(rounding, negative, significand, -exponent)
    const integer = negative ? -magnitude : magnitude
    if (integer < least) return result(least, FloatFlag.NV)
    if (integer > greatest) return result(greatest, FloatFlag.NV)
    return result(integer, inexact ? FloatFlag.NX : 0)
  }
}

/** The number nearest to an integer, of whose 64 bits only those of its type count. */
export const fromInteger =
  ({ bits, isSigned }: IntegerType, to: Format): Computation =>
  (rounding, a) => {
    const integer = isSigned ? BigInt.asIntN(bits, a) : BigInt.asUintN(bits, a)
    return round(to, rounding, finite(integer < 0n, integer < 0n ? -integer : integer, 0))
  }
