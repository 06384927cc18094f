import * as formats from '../formats.ts'
import type { Instruction } from '../instruction.ts'
import type { Semantics } from '../semantics.ts'
import { floatRow, type Precision, roundedRow } from './precision.ts'

const opcode = ({ fmt }: Precision, funct5: number, funct3 = 0): number =>
  ((funct5 << 27) | (fmt << 25) | (funct3 << 12) | 0x53) >>> 0

const rounded = (
  precision: Precision,
  operation: 'add' | 'sub' | 'mul' | 'div',
  funct5: number,
  summary: string,
): Instruction => {
  const { extension, suffix, unbox, box } = precision
  return roundedRow({
    name: `f${operation}.${suffix}`,
    extension,
    format: formats.FloatRounded,
    match: opcode(precision, funct5),
    mask: 0xfe00_007f,
    summary,
    semantics: (e) =>
      e.setFd(box(e, e.float(`${operation}.${suffix}`, unbox(e, e.fs1()), unbox(e, e.fs2())))),
  })
}

const squareRoot = (precision: Precision): Instruction => {
  const { extension, suffix, unbox, box } = precision
  return roundedRow({
    name: `fsqrt.${suffix}`,
    extension,
    format: formats.FloatUnary,
    match: opcode(precision, 0b01011),
    mask: 0xfff0_007f,
    summary: 'Takes the square root.',
    semantics: (e) => e.setFd(box(e, e.float(`sqrt.${suffix}`, unbox(e, e.fs1())))),
  })
}

/** The fused operations differ in the signs of product and addend. */
const fused = (
  precision: Precision,
  name: string,
  code: number,
  negateProduct: boolean,
  negateAddend: boolean,
  summary: string,
): Instruction => {
  const { extension, suffix, unbox, box, sign } = precision
  return roundedRow({
    name: `${name}.${suffix}`,
    extension,
    format: formats.FloatFused,
    match: code | (precision.fmt << 25),
    mask: 0x0600_007f,
    summary,
    semantics: (e) => {
      const factor = unbox(e, e.fs1())
      const addend = unbox(e, e.fs3())
      const result = e.float(
        `fma.${suffix}`,
        negateProduct ? e.xor(factor, e.constant(sign)) : factor,
        unbox(e, e.fs2()),
        negateAddend ? e.xor(addend, e.constant(sign)) : addend,
      )
      e.setFd(box(e, result))
    },
  })
}

type Sign = <V, C>(e: Semantics<V, C>, a: V, b: V) => V

/** The first operand with a sign that comes from the signs of both. */
const signInjection = (
  precision: Precision,
  letter: string,
  funct3: number,
  summary: string,
  sign: Sign,
): Instruction => {
  const { extension, suffix, unbox, box } = precision
  return floatRow({
    name: `fsgnj${letter}.${suffix}`,
    extension,
    format: formats.Float,
    match: opcode(precision, 0b00100, funct3),
    mask: 0xfe00_707f,
    summary,
    semantics: (e) => {
      const a = e.let(unbox(e, e.fs1()))
      const injected = e.and(sign(e, a, unbox(e, e.fs2())), e.constant(precision.sign))
      e.setFd(box(e, e.or(e.and(a, e.constant(precision.sign - 1n)), injected)))
    },
  })
}

const extreme = (
  precision: Precision,
  operation: 'min' | 'max',
  funct3: number,
  which: string,
): Instruction => {
  const { extension, suffix, unbox, box } = precision
  return floatRow({
    name: `f${operation}.${suffix}`,
    extension,
    format: formats.Float,
    match: opcode(precision, 0b00101, funct3),
    mask: 0xfe00_707f,
    summary: `Takes the ${which}; of a number and a NaN the number.`,
    semantics: (e) =>
      e.setFd(box(e, e.float(`${operation}.${suffix}`, unbox(e, e.fs1()), unbox(e, e.fs2())))),
  })
}

const comparison = (
  precision: Precision,
  operation: 'eq' | 'lt' | 'le',
  funct3: number,
  summary: string,
): Instruction => {
  const { extension, suffix, unbox } = precision
  return floatRow({
    name: `f${operation}.${suffix}`,
    extension,
    format: formats.FloatCompare,
    match: opcode(precision, 0b10100, funct3),
    mask: 0xfe00_707f,
    summary,
    semantics: (e) => e.setRd(e.float(`${operation}.${suffix}`, unbox(e, e.fs1()), unbox(e, e.fs2()))),
  })
}

/** Sets the bit of the class: from 0 for minus infinity upwards to 7 for infinity, then the two kinds of NaN. */
const classification = (precision: Precision): Instruction => {
  const { extension, suffix, unbox, sign, infinity, leastNormal, leastQuiet } = precision
  return floatRow({
    name: `fclass.${suffix}`,
    extension,
    format: formats.MoveToInteger,
    match: opcode(precision, 0b11100, 1),
    mask: 0xfff0_707f,
    summary: 'Says of which of ten classes a number is.',
    semantics: (e) => {
      const bits = e.let(unbox(e, e.fs1()))
      const magnitude = e.let(e.and(bits, e.constant(sign - 1n)))
      const bit = (number: bigint) => e.constant(1n << number)
      const bySign = (negative: bigint, positive: bigint) =>
        e.select(e.ltU(bits, e.constant(sign)), bit(positive), bit(negative))
      const below = (limit: bigint) => e.ltU(magnitude, e.constant(limit))
      const subnormal = e.select(e.eq(magnitude, e.constant(0n)), bySign(3n, 4n), bySign(2n, 5n))
      const finite = e.select(below(leastNormal), subnormal, bySign(1n, 6n))
      const nan = e.select(below(leastQuiet), bit(8n), bit(9n))
      const special = e.select(e.eq(magnitude, e.constant(infinity)), bySign(0n, 7n), nan)
      e.setRd(e.select(below(infinity), finite, special))
    },
  })
}

/** What F has of singles and D of doubles, but for loads, stores, moves and conversions. */
export const floatArithmetic = (precision: Precision): readonly Instruction[] => [
  fused(precision, 'fmadd', 0x43, false, false, 'Multiplies and adds, rounding once.'),
  fused(precision, 'fmsub', 0x47, false, true, 'Multiplies and subtracts, rounding once.'),
  fused(precision, 'fnmsub', 0x4b, true, false, 'Multiplies, negates and adds, rounding once.'),
  fused(precision, 'fnmadd', 0x4f, true, true, 'Multiplies, negates and subtracts, rounding once.'),
  rounded(precision, 'add', 0b00000, 'Adds.'),
  rounded(precision, 'sub', 0b00001, 'Subtracts.'),
  rounded(precision, 'mul', 0b00010, 'Multiplies.'),
  rounded(precision, 'div', 0b00011, 'Divides.'),
  squareRoot(precision),
  signInjection(precision, '', 0, 'Copies with the sign of the other.', (_e, _a, b) => b),
  signInjection(precision, 'n', 1, 'Copies with the opposite of the sign of the other.', (e, _a, b) =>
    e.xor(b, e.constant(-1n)),
  ),
  signInjection(precision, 'x', 2, 'Copies with the exclusive or of both signs.', (e, a, b) => e.xor(a, b)),
  extreme(precision, 'min', 0, 'smaller'),
  extreme(precision, 'max', 1, 'greater'),
  comparison(precision, 'eq', 2, 'Sets `rd` to 1 if equal, to 0 if not or when one is a NaN.'),
  comparison(precision, 'lt', 1, 'Sets `rd` to 1 if less; a NaN is invalid.'),
  comparison(precision, 'le', 0, 'Sets `rd` to 1 if less or equal; a NaN is invalid.'),
  classification(precision),
]
