import { field } from './fields.ts'
import type { Format } from './instruction.ts'

const rd = field([[7, 5, 0]])
const rs1 = field([[15, 5, 0]])
const rs2 = field([[20, 5, 0]])
const immediate = field([[20, 12, 0]], { signed: true })
const csr = field([[20, 12, 0]])
const aq = field([[26, 1, 0]])
const rl = field([[25, 1, 0]])
const fd = field([[7, 5, 0]], { file: 'f' })
const fs1 = field([[15, 5, 0]], { file: 'f' })
const fs2 = field([[20, 5, 0]], { file: 'f' })
const fs3 = field([[27, 5, 0]], { file: 'f' })
const rm = field([[12, 3, 0]])

/** Register-register. */
export const R: Format = { name: 'R', fields: { rd, rs1, rs2 }, syntax: 'rd,rs1,rs2' }

/** Register-immediate. */
export const I: Format = { name: 'I', fields: { rd, rs1, imm: immediate }, syntax: 'rd,rs1,imm' }

/** One source register. */
export const Unary: Format = { name: 'R (unary)', fields: { rd, rs1 }, syntax: 'rd,rs1' }

/** Cache-block operations. */
export const CacheBlock: Format = { name: 'I (cbo)', fields: { rs1 }, syntax: '(rs1)' }

/** I-type with an address: loads and JALR. */
export const Load: Format = { name: 'I', fields: I.fields, syntax: 'rd,imm(rs1)' }

/** I-type with a six-bit shift amount. */
export const Shift: Format = {
  name: 'I (shift)',
  fields: { rd, rs1, imm: field([[20, 6, 0]]) },
  syntax: 'rd,rs1,shamt',
}

/** I-type with a five-bit shift amount, for the shifts of 32-bit values. */
export const ShiftWord: Format = {
  name: 'I (shift)',
  fields: { rd, rs1, imm: field([[20, 5, 0]]) },
  syntax: 'rd,rs1,shamt',
}

/** Stores. */
export const S: Format = {
  name: 'S',
  fields: {
    rs1,
    rs2,
    imm: field(
      [
        [7, 5, 0],
        [25, 7, 5],
      ],
      { signed: true },
    ),
  },
  syntax: 'rs2,imm(rs1)',
}

/** Conditional branches. */
export const B: Format = {
  name: 'B',
  fields: {
    rs1,
    rs2,
    imm: field(
      [
        [8, 4, 1],
        [25, 6, 5],
        [7, 1, 11],
        [31, 1, 12],
      ],
      { signed: true },
    ),
  },
  syntax: 'rs1,rs2,target',
}

/** Upper immediates: the operand is the whole 32-bit value, its low twelve bits zero. */
export const U: Format = {
  name: 'U',
  fields: { rd, imm: field([[12, 20, 12]], { signed: true }) },
  syntax: 'rd,upper',
}

/** JAL. */
export const J: Format = {
  name: 'J',
  fields: {
    rd,
    imm: field(
      [
        [21, 10, 1],
        [20, 1, 11],
        [12, 8, 12],
        [31, 1, 20],
      ],
      { signed: true },
    ),
  },
  syntax: 'rd,target',
}

/** FENCE: `imm` is the fence mode, predecessor and successor sets; `rd` and `rs1` are ignored. */
export const Fence: Format = {
  name: 'I (fence)',
  fields: { rd, rs1, imm: field([[20, 12, 0]]) },
  syntax: 'pred,succ',
}

/** FENCE.I: all operands are ignored. */
export const FenceInstructions: Format = { name: 'I (fence.i)', fields: I.fields, syntax: '' }

/** Every bit is the opcode's. */
export const Fixed: Format = { name: 'fixed', fields: {}, syntax: '' }

/** HLV and HLVX. */
export const GuestLoad: Format = { name: 'R (guest)', fields: { rd, rs1 }, syntax: 'rd,(rs1)' }

/** HSV. */
export const GuestStore: Format = { name: 'R (guest)', fields: { rs1, rs2 }, syntax: 'rs2,(rs1)' }

/** SFENCE.VMA. */
export const FenceTranslations: Format = { name: 'R (fence)', fields: { rs1, rs2 }, syntax: 'rs1,rs2' }

/** Zicsr with a register. */
export const Csr: Format = { name: 'I (csr)', fields: { rd, rs1, csr }, syntax: 'rd,csr,rs1' }

/** Zicsr with a five-bit immediate. */
export const CsrImmediate: Format = {
  name: 'I (csr)',
  fields: { rd, imm: field([[15, 5, 0]]), csr },
  syntax: 'rd,csr,imm',
}

/** AMOs and SC. */
export const Amo: Format = { name: 'R (amo)', fields: { rd, rs1, rs2, aq, rl }, syntax: 'rd,rs2,(rs1)' }

/** LR. */
export const LoadReserved: Format = { name: 'R (amo)', fields: { rd, rs1, aq, rl }, syntax: 'rd,(rs1)' }

/** Loads of F and D. */
export const FloatLoad: Format = {
  name: 'I',
  fields: { rd: fd, rs1, imm: immediate },
  syntax: 'rd,imm(rs1)',
}

/** Stores of F and D. */
export const FloatStore: Format = { name: 'S', fields: { ...S.fields, rs2: fs2 }, syntax: 'rs2,imm(rs1)' }

/** Two floating-point operands, nothing to round: sign injection, minimum and maximum. */
export const Float: Format = { name: 'R', fields: { rd: fd, rs1: fs1, rs2: fs2 }, syntax: 'rd,rs1,rs2' }

/** Two floating-point operands and a rounding mode. */
export const FloatRounded: Format = {
  name: 'R (rounded)',
  fields: { ...Float.fields, rm },
  syntax: 'rd,rs1,rs2,rm',
}

/** The fused operations: three operands and a rounding mode. */
export const FloatFused: Format = {
  name: 'R4',
  fields: { ...FloatRounded.fields, rs3: fs3 },
  syntax: 'rd,rs1,rs2,rs3,rm',
}

/** One floating-point operand and a rounding mode: square root, and conversion to the other format. */
export const FloatUnary: Format = {
  name: 'R (rounded)',
  fields: { rd: fd, rs1: fs1, rm },
  syntax: 'rd,rs1,rm',
}

/** Conversions to integers. */
export const FloatToInteger: Format = {
  name: 'R (rounded)',
  fields: { rd, rs1: fs1, rm },
  syntax: 'rd,rs1,rm',
}

/** Conversions of integers. */
export const IntegerToFloat: Format = {
  name: 'R (rounded)',
  fields: { rd: fd, rs1, rm },
  syntax: 'rd,rs1,rm',
}

/** Comparisons. */
export const FloatCompare: Format = { name: 'R', fields: { rd, rs1: fs1, rs2: fs2 }, syntax: 'rd,rs1,rs2' }

/** The bits of a floating-point register into an integer one, and FCLASS. */
export const MoveToInteger: Format = { name: 'R', fields: { rd, rs1: fs1 }, syntax: 'rd,rs1' }

/** The bits of an integer register into a floating-point one. */
export const MoveToFloat: Format = { name: 'R', fields: { rd: fd, rs1 }, syntax: 'rd,rs1' }
