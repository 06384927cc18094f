import { field, type Slice } from './fields.ts'
import type { Format } from './instruction.ts'

// The registers x8 to x15 in three bits; the others in five.
const lowAt7 = field([[7, 3, 0]], { plus: 8 })
const lowAt2 = field([[2, 3, 0]], { plus: 8 })
const floatLowAt2 = field([[2, 3, 0]], { plus: 8, file: 'f' })
const at7 = field([[7, 5, 0]])
const at2 = field([[2, 5, 0]])

const immediate6: readonly Slice[] = [
  [2, 5, 0],
  [12, 1, 5],
]
const wordOffset: readonly Slice[] = [
  [6, 1, 2],
  [10, 3, 3],
  [5, 1, 6],
]
const doubleOffset: readonly Slice[] = [
  [10, 3, 3],
  [5, 2, 6],
]

/** C.ADDI4SPN. */
export const AddToSp: Format = {
  name: 'CIW',
  fields: {
    rd: lowAt2,
    imm: field([
      [6, 1, 2],
      [5, 1, 3],
      [11, 2, 4],
      [7, 4, 6],
    ]),
  },
  syntax: 'rd,sp,imm',
}

/** C.LW. */
export const LoadWord: Format = {
  name: 'CL',
  fields: { rd: lowAt2, rs1: lowAt7, imm: field(wordOffset) },
  syntax: 'rd,imm(rs1)',
}

/** C.LD. */
export const LoadDouble: Format = {
  name: 'CL',
  fields: { rd: lowAt2, rs1: lowAt7, imm: field(doubleOffset) },
  syntax: 'rd,imm(rs1)',
}

/** C.SW. */
export const StoreWord: Format = {
  name: 'CS',
  fields: { rs2: lowAt2, rs1: lowAt7, imm: field(wordOffset) },
  syntax: 'rs2,imm(rs1)',
}

/** C.SD. */
export const StoreDouble: Format = {
  name: 'CS',
  fields: { rs2: lowAt2, rs1: lowAt7, imm: field(doubleOffset) },
  syntax: 'rs2,imm(rs1)',
}

/** C.ADDI and C.ADDIW: the destination is also the source. */
export const AddImmediate: Format = {
  name: 'CI',
  fields: { rd: at7, rs1: at7, imm: field(immediate6, { signed: true }) },
  syntax: 'rd,imm',
}

/** C.LI. */
export const LoadImmediate: Format = {
  name: 'CI',
  fields: { rd: at7, imm: field(immediate6, { signed: true }) },
  syntax: 'rd,imm',
}

/** C.ADDI16SP. */
export const MoveSp: Format = {
  name: 'CI',
  fields: {
    imm: field(
      [
        [6, 1, 4],
        [2, 1, 5],
        [5, 1, 6],
        [3, 2, 7],
        [12, 1, 9],
      ],
      { signed: true },
    ),
  },
  syntax: 'sp,imm',
}

/** C.LUI. */
export const LoadUpper: Format = {
  name: 'CI',
  fields: {
    rd: at7,
    imm: field(
      [
        [2, 5, 12],
        [12, 1, 17],
      ],
      { signed: true },
    ),
  },
  syntax: 'rd,upper',
}

/** C.SLLI. */
export const ShiftLeft: Format = {
  name: 'CI',
  fields: { rd: at7, rs1: at7, imm: field(immediate6) },
  syntax: 'rd,shamt',
}

/** C.SRLI and C.SRAI. */
export const ShiftRight: Format = {
  name: 'CB',
  fields: { rd: lowAt7, rs1: lowAt7, imm: field(immediate6) },
  syntax: 'rd,shamt',
}

/** C.ANDI. */
export const AndImmediate: Format = {
  name: 'CB',
  fields: { rd: lowAt7, rs1: lowAt7, imm: field(immediate6, { signed: true }) },
  syntax: 'rd,imm',
}

/** C.SUB and its like, on x8 to x15. */
export const Arithmetic: Format = {
  name: 'CA',
  fields: { rd: lowAt7, rs1: lowAt7, rs2: lowAt2 },
  syntax: 'rd,rs2',
}

/** C.J. */
export const Jump: Format = {
  name: 'CJ',
  fields: {
    imm: field(
      [
        [3, 3, 1],
        [11, 1, 4],
        [2, 1, 5],
        [7, 1, 6],
        [6, 1, 7],
        [9, 2, 8],
        [8, 1, 10],
        [12, 1, 11],
      ],
      { signed: true },
    ),
  },
  syntax: 'target',
}

/** C.BEQZ and C.BNEZ. */
export const Branch: Format = {
  name: 'CB',
  fields: {
    rs1: lowAt7,
    imm: field(
      [
        [3, 2, 1],
        [10, 2, 3],
        [2, 1, 5],
        [5, 2, 6],
        [12, 1, 8],
      ],
      { signed: true },
    ),
  },
  syntax: 'rs1,target',
}

/** C.LWSP. */
export const LoadWordSp: Format = {
  name: 'CI',
  fields: {
    rd: at7,
    imm: field([
      [4, 3, 2],
      [12, 1, 5],
      [2, 2, 6],
    ]),
  },
  syntax: 'rd,imm(sp)',
}

/** C.LDSP. */
export const LoadDoubleSp: Format = {
  name: 'CI',
  fields: {
    rd: at7,
    imm: field([
      [5, 2, 3],
      [12, 1, 5],
      [2, 3, 6],
    ]),
  },
  syntax: 'rd,imm(sp)',
}

/** C.SWSP. */
export const StoreWordSp: Format = {
  name: 'CSS',
  fields: {
    rs2: at2,
    imm: field([
      [9, 4, 2],
      [7, 2, 6],
    ]),
  },
  syntax: 'rs2,imm(sp)',
}

/** C.SDSP. */
export const StoreDoubleSp: Format = {
  name: 'CSS',
  fields: {
    rs2: at2,
    imm: field([
      [10, 3, 3],
      [7, 3, 6],
    ]),
  },
  syntax: 'rs2,imm(sp)',
}

/** C.JR and C.JALR. */
export const JumpRegister: Format = { name: 'CR', fields: { rs1: at7 }, syntax: 'rs1' }

/** C.MV. */
export const Move: Format = { name: 'CR', fields: { rd: at7, rs2: at2 }, syntax: 'rd,rs2' }

/** C.ADD: the destination is also the source. */
export const Add: Format = { name: 'CR', fields: { rd: at7, rs1: at7, rs2: at2 }, syntax: 'rd,rs2' }

/** C.FLD. */
export const FloatLoadDouble: Format = {
  name: 'CL',
  fields: { ...LoadDouble.fields, rd: floatLowAt2 },
  syntax: 'rd,imm(rs1)',
}

/** C.FSD. */
export const FloatStoreDouble: Format = {
  name: 'CS',
  fields: { ...StoreDouble.fields, rs2: floatLowAt2 },
  syntax: 'rs2,imm(rs1)',
}

/** C.FLDSP. */
export const FloatLoadDoubleSp: Format = {
  name: 'CI',
  fields: { ...LoadDoubleSp.fields, rd: field([[7, 5, 0]], { file: 'f' }) },
  syntax: 'rd,imm(sp)',
}

/** C.FSDSP. */
export const FloatStoreDoubleSp: Format = {
  name: 'CSS',
  fields: { ...StoreDoubleSp.fields, rs2: field([[2, 5, 0]], { file: 'f' }) },
  syntax: 'rs2,imm(sp)',
}
