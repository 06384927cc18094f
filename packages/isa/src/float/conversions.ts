import * as formats from '../formats.ts'
import type { Instruction } from '../instruction.ts'
import { double, floatRow, type Precision, roundedRow, single } from './precision.ts'

const integers = [
  { letter: 'w', operand: 'i32', rs2: 0, bits: 32, what: 'a signed 32-bit integer' },
  { letter: 'wu', operand: 'u32', rs2: 1, bits: 32, what: 'an unsigned 32-bit integer' },
  { letter: 'l', operand: 'i64', rs2: 2, bits: 64, what: 'a signed 64-bit integer' },
  { letter: 'lu', operand: 'u64', rs2: 3, bits: 64, what: 'an unsigned 64-bit integer' },
] as const

const opcode = ({ fmt }: Precision, funct5: number, rs2: number, funct3 = 0): number =>
  ((funct5 << 27) | (fmt << 25) | (rs2 << 20) | (funct3 << 12) | 0x53) >>> 0

const roundedMask = 0xfff0_007f
const moveMask = 0xfff0_707f

/** From and to integers, rounding, and by their bits. */
export const floatConversions = (precision: Precision): readonly Instruction[] => {
  const { extension, suffix, bytes, unbox, box, name } = precision
  const letter = suffix === 's' ? 'w' : 'd'
  return [
    ...integers.map((integer) =>
      roundedRow({
        name: `fcvt.${integer.letter}.${suffix}`,
        extension,
        format: formats.FloatToInteger,
        match: opcode(precision, 0b11000, integer.rs2),
        mask: roundedMask,
        summary: `Converts to ${integer.what}; what does not fit becomes the nearest that does.`,
        semantics: (e) => e.setRd(e.float(`${integer.operand}.${suffix}`, unbox(e, e.fs1()))),
      }),
    ),
    ...integers.map((integer) =>
      roundedRow({
        name: `fcvt.${suffix}.${integer.letter}`,
        extension,
        format: formats.IntegerToFloat,
        match: opcode(precision, 0b11010, integer.rs2),
        mask: roundedMask,
        summary: `Converts ${integer.what}.`,
        semantics: (e) => {
          const value = integer.bits === 32 ? e.zeroExtend(32, e.rs1()) : e.rs1()
          e.setFd(box(e, e.float(`${suffix}.${integer.operand}`, value)))
        },
      }),
    ),
    floatRow({
      name: `fmv.x.${letter}`,
      extension,
      format: formats.MoveToInteger,
      match: opcode(precision, 0b11100, 0),
      mask: moveMask,
      summary: bytes === 8 ? 'Copies the bits.' : 'Copies the low 32 bits, sign-extended.',
      semantics: (e) => e.setRd(bytes === 8 ? e.fs1() : e.signExtend(32, e.fs1())),
    }),
    floatRow({
      name: `fmv.${letter}.x`,
      extension,
      format: formats.MoveToFloat,
      match: opcode(precision, 0b11110, 0),
      mask: moveMask,
      summary: `Copies bits: they are a ${name}.`,
      semantics: (e) => e.setFd(box(e, e.rs1())),
    }),
  ]
}

/** Between the two formats; both belong to D. */
export const precisionConversions: readonly Instruction[] = [
  roundedRow({
    name: 'fcvt.s.d',
    extension: 'D',
    format: formats.FloatUnary,
    match: opcode(single, 0b01000, 1),
    mask: roundedMask,
    summary: 'Converts a double to a single.',
    semantics: (e) => e.setFd(single.box(e, e.float('s.d', e.fs1()))),
  }),
  roundedRow({
    name: 'fcvt.d.s',
    extension: 'D',
    format: formats.FloatUnary,
    match: opcode(double, 0b01000, 0),
    mask: roundedMask,
    summary: 'Converts a single to a double, exactly.',
    semantics: (e) => e.setFd(e.float('d.s', single.unbox(e, e.fs1()))),
  }),
]
