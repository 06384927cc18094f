import * as formats from '../formats.ts'
import { type Instruction, instruction, type Meaning } from '../instruction.ts'

const row = (
  name: string,
  format: Instruction['format'],
  match: number,
  mask: number,
  summary: string,
  semantics: Meaning,
) => instruction({ name, extension: 'I', format, match, mask, summary, semantics })

const register = 0xfe00_707f
const immediate = 0x0000_707f
const shift = 0xfc00_707f

/** Integer computation. Unprivileged ISA, chapters "RV32I" and "RV64I". */
export const arithmetic: readonly Instruction[] = [
  row('lui', formats.U, 0x37, 0x7f, 'Loads an upper immediate.', (e) => e.setRd(e.imm())),
  row('auipc', formats.U, 0x17, 0x7f, 'Adds an upper immediate to `pc`.', (e) =>
    e.setRd(e.add(e.pc(), e.imm())),
  ),

  row('addi', formats.I, 0x0013, immediate, 'Adds an immediate.', (e) => e.setRd(e.add(e.rs1(), e.imm()))),
  row('slti', formats.I, 0x2013, immediate, 'Sets to 1 if less than an immediate, signed.', (e) =>
    e.setRd(e.fromCondition(e.ltS(e.rs1(), e.imm()))),
  ),
  row(
    'sltiu',
    formats.I,
    0x3013,
    immediate,
    'Sets to 1 if less than a sign-extended immediate, unsigned.',
    (e) => e.setRd(e.fromCondition(e.ltU(e.rs1(), e.imm()))),
  ),
  row('xori', formats.I, 0x4013, immediate, 'Exclusive or with an immediate.', (e) =>
    e.setRd(e.xor(e.rs1(), e.imm())),
  ),
  row('ori', formats.I, 0x6013, immediate, 'Or with an immediate.', (e) => e.setRd(e.or(e.rs1(), e.imm()))),
  row('andi', formats.I, 0x7013, immediate, 'And with an immediate.', (e) =>
    e.setRd(e.and(e.rs1(), e.imm())),
  ),
  row('slli', formats.Shift, 0x1013, shift, 'Shifts left by an immediate.', (e) =>
    e.setRd(e.shl(e.rs1(), e.imm())),
  ),
  row('srli', formats.Shift, 0x5013, shift, 'Shifts right by an immediate, filling with zeros.', (e) =>
    e.setRd(e.shrU(e.rs1(), e.imm())),
  ),
  row(
    'srai',
    formats.Shift,
    0x4000_5013,
    shift,
    'Shifts right by an immediate, filling with the sign.',
    (e) => e.setRd(e.shrS(e.rs1(), e.imm())),
  ),

  row('add', formats.R, 0x0033, register, 'Adds.', (e) => e.setRd(e.add(e.rs1(), e.rs2()))),
  row('sub', formats.R, 0x4000_0033, register, 'Subtracts.', (e) => e.setRd(e.sub(e.rs1(), e.rs2()))),
  row('sll', formats.R, 0x1033, register, 'Shifts left by the low six bits of `rs2`.', (e) =>
    e.setRd(e.shl(e.rs1(), e.rs2())),
  ),
  row('slt', formats.R, 0x2033, register, 'Sets to 1 if less than, signed.', (e) =>
    e.setRd(e.fromCondition(e.ltS(e.rs1(), e.rs2()))),
  ),
  row('sltu', formats.R, 0x3033, register, 'Sets to 1 if less than, unsigned.', (e) =>
    e.setRd(e.fromCondition(e.ltU(e.rs1(), e.rs2()))),
  ),
  row('xor', formats.R, 0x4033, register, 'Exclusive or.', (e) => e.setRd(e.xor(e.rs1(), e.rs2()))),
  row(
    'srl',
    formats.R,
    0x5033,
    register,
    'Shifts right by the low six bits of `rs2`, filling with zeros.',
    (e) => e.setRd(e.shrU(e.rs1(), e.rs2())),
  ),
  row(
    'sra',
    formats.R,
    0x4000_5033,
    register,
    'Shifts right by the low six bits of `rs2`, filling with the sign.',
    (e) => e.setRd(e.shrS(e.rs1(), e.rs2())),
  ),
  row('or', formats.R, 0x6033, register, 'Or.', (e) => e.setRd(e.or(e.rs1(), e.rs2()))),
  row('and', formats.R, 0x7033, register, 'And.', (e) => e.setRd(e.and(e.rs1(), e.rs2()))),
]

/** The same on the low 32 bits, the result sign-extended. Unprivileged ISA, chapter "RV64I". */
export const wordArithmetic: readonly Instruction[] = [
  row('addiw', formats.I, 0x001b, immediate, '32-bit add of an immediate, sign-extended.', (e) =>
    e.setRd(e.signExtend(32, e.add(e.rs1(), e.imm()))),
  ),
  row(
    'slliw',
    formats.ShiftWord,
    0x101b,
    register,
    '32-bit shift left by an immediate, sign-extended.',
    (e) => e.setRd(e.signExtend(32, e.shl(e.rs1(), e.imm()))),
  ),
  row(
    'srliw',
    formats.ShiftWord,
    0x501b,
    register,
    '32-bit shift right by an immediate, sign-extended.',
    (e) => e.setRd(e.signExtend(32, e.shrU(e.zeroExtend(32, e.rs1()), e.imm()))),
  ),
  row(
    'sraiw',
    formats.ShiftWord,
    0x4000_501b,
    register,
    '32-bit arithmetic shift right by an immediate.',
    (e) => e.setRd(e.shrS(e.signExtend(32, e.rs1()), e.imm())),
  ),
  row('addw', formats.R, 0x003b, register, '32-bit add, sign-extended.', (e) =>
    e.setRd(e.signExtend(32, e.add(e.rs1(), e.rs2()))),
  ),
  row('subw', formats.R, 0x4000_003b, register, '32-bit subtraction, sign-extended.', (e) =>
    e.setRd(e.signExtend(32, e.sub(e.rs1(), e.rs2()))),
  ),
  row(
    'sllw',
    formats.R,
    0x103b,
    register,
    '32-bit shift left by the low five bits of `rs2`, sign-extended.',
    (e) => e.setRd(e.signExtend(32, e.shl(e.rs1(), e.and(e.rs2(), e.constant(31n))))),
  ),
  row(
    'srlw',
    formats.R,
    0x503b,
    register,
    '32-bit shift right by the low five bits of `rs2`, sign-extended.',
    (e) => e.setRd(e.signExtend(32, e.shrU(e.zeroExtend(32, e.rs1()), e.and(e.rs2(), e.constant(31n))))),
  ),
  row(
    'sraw',
    formats.R,
    0x4000_503b,
    register,
    '32-bit arithmetic shift right by the low five bits of `rs2`.',
    (e) => e.setRd(e.shrS(e.signExtend(32, e.rs1()), e.and(e.rs2(), e.constant(31n)))),
  ),
]
