import { product, quotient, squareRoot, sum } from './arithmetic.ts'
import { comparison, extremum } from './comparison.ts'
import { convert, fromInteger, type IntegerType, toInteger } from './conversion.ts'
import { decode, negate } from './exact.ts'
import type { FloatOperation } from './float-operation.ts'
import { double, type Format, single } from './format.ts'
import { type Computation, type FloatResult, round } from './round.ts'

const add =
  (format: Format): Computation =>
  (rounding, a, b) =>
    round(format, rounding, sum(rounding, decode(format, a), decode(format, b)))

const sub =
  (format: Format): Computation =>
  (rounding, a, b) =>
    round(format, rounding, sum(rounding, decode(format, a), negate(decode(format, b))))

const mul =
  (format: Format): Computation =>
  (rounding, a, b) =>
    round(format, rounding, product(decode(format, a), decode(format, b)))

const div =
  (format: Format): Computation =>
  (rounding, a, b) =>
    round(format, rounding, quotient(format.precision, decode(format, a), decode(format, b)))

const sqrt =
  (format: Format): Computation =>
  (rounding, a) =>
    round(format, rounding, squareRoot(format.precision, decode(format, a)))

const fma =
  (format: Format): Computation =>
  (rounding, a, b, c) =>
    round(format, rounding, sum(rounding, product(decode(format, a), decode(format, b)), decode(format, c)))

const equal = (format: Format): Computation => comparison(format, false, (a, b) => a === b)
const less = (format: Format): Computation => comparison(format, true, (a, b) => a < b)
const lessOrEqual = (format: Format): Computation => comparison(format, true, (a, b) => a <= b)

const i32: IntegerType = { bits: 32, isSigned: true }
const u32: IntegerType = { bits: 32, isSigned: false }
const i64: IntegerType = { bits: 64, isSigned: true }
const u64: IntegerType = { bits: 64, isSigned: false }

const computations: Record<FloatOperation, Computation> = {
  'add.s': add(single),
  'add.d': add(double),
  'sub.s': sub(single),
  'sub.d': sub(double),
  'mul.s': mul(single),
  'mul.d': mul(double),
  'div.s': div(single),
  'div.d': div(double),
  'sqrt.s': sqrt(single),
  'sqrt.d': sqrt(double),
  'fma.s': fma(single),
  'fma.d': fma(double),
  'min.s': extremum(single, true),
  'min.d': extremum(double, true),
  'max.s': extremum(single, false),
  'max.d': extremum(double, false),
  'eq.s': equal(single),
  'eq.d': equal(double),
  'lt.s': less(single),
  'lt.d': less(double),
  'le.s': lessOrEqual(single),
  'le.d': lessOrEqual(double),
  'i32.s': toInteger(single, i32),
  'i32.d': toInteger(double, i32),
  'u32.s': toInteger(single, u32),
  'u32.d': toInteger(double, u32),
  'i64.s': toInteger(single, i64),
  'i64.d': toInteger(double, i64),
  'u64.s': toInteger(single, u64),
  'u64.d': toInteger(double, u64),
  's.i32': fromInteger(i32, single),
  'd.i32': fromInteger(i32, double),
  's.u32': fromInteger(u32, single),
  'd.u32': fromInteger(u32, double),
  's.i64': fromInteger(i64, single),
  'd.i64': fromInteger(i64, double),
  's.u64': fromInteger(u64, single),
  'd.u64': fromInteger(u64, double),
  's.d': convert(double, single),
  'd.s': convert(single, double),
}

/**
 * Computes one operation exactly and rounds it once, as the F and D extensions define it: canonical NaNs, tininess
 * detected after rounding, conversions that saturate.
 *
 * @param rounding A {@link RoundingMode}; operations that never round ignore it.
 * @param a Raw bits of the first operand. Of a binary32 or a 32-bit integer the low 32 bits count.
 * @param b Second operand of operations that have one.
 * @param c Addend of `fma`.
 * @returns Raw bits of the result: a binary32 zero-extended, a comparison as 0 or 1, an integer as the register gets
 * it, which is 64 bits, sign-extended from 32 where the integer has 32. And the flags that were raised.
 * @throws {@link Ieee754Error} `bad-rounding` if the result has to be rounded and `rounding` is not 0 to 4.
 * @see Unprivileged ISA, chapters "F" and "D"; IEEE 754-2008.
 */
export const computeFloat = (
  operation: FloatOperation,
  rounding: number,
  a: bigint,
  b = 0n,
  c = 0n,
): FloatResult => computations[operation](rounding, a, b, c)
