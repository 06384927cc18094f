import { csrNumber } from './csrs.ts'
import type { Instruction, Operands } from './instruction.ts'
import { roundingModes } from './syntax.ts'
import { instructionNamed, instructions } from './table.ts'

/** A name for an instruction with some operands given: `ret` for `jalr zero,0(ra)`. */
export interface Alias {
  readonly name: string
  readonly of: Instruction
  readonly fixed: Partial<Operands>
  readonly syntax: string
  /** When disassembly uses it; the first that fits is taken. Some are instructions in their own right. */
  readonly prints: 'always' | 'pseudo' | 'never'
}

const alias = (
  name: string,
  of: string,
  syntax: string,
  fixed: Partial<Operands> = {},
  prints: Alias['prints'] = 'pseudo',
): Alias => ({ name, of: instructionNamed(of)!, fixed, syntax, prints })

const assembled = (name: string, of: string, syntax: string, fixed: Partial<Operands> = {}) =>
  alias(name, of, syntax, fixed, 'never')

const counter = (name: string, csr: string) => alias(name, 'csrrs', 'rd', { rs1: 0, csr: csrNumber(csr)! })

/** Conversions that round nothing: whoever does not name a mode gets the first, not that of `frm`. */
const exactConversions = new Set(['fcvt.d.s', 'fcvt.d.w', 'fcvt.d.wu'])

/** Instructions that round are written without the mode when it is the usual one. */
const withUsualRounding = (): Alias[] =>
  instructions
    .filter(({ format }) => format.fields.rm !== undefined)
    .map(({ name, format }) => {
      const rm = roundingModes.indexOf(exactConversions.has(name) ? 'rne' : 'dyn')
      return alias(name, name, format.syntax.replace(/,rm$/, ''), { rm }, 'always')
    })

/** Sign injection from the same register, and comparisons the other way round. */
const floatAliases = (suffix: 's' | 'd'): Alias[] => [
  alias(`fmv.${suffix}`, `fsgnj.${suffix}`, 'rd,rs'),
  alias(`fneg.${suffix}`, `fsgnjn.${suffix}`, 'rd,rs'),
  alias(`fabs.${suffix}`, `fsgnjx.${suffix}`, 'rd,rs'),
  assembled(`fgt.${suffix}`, `flt.${suffix}`, 'rd,rs2,rs1'),
  assembled(`fge.${suffix}`, `fle.${suffix}`, 'rd,rs2,rs1'),
]

/** The names of reads, writes and swaps of a CSR of F: `frcsr`, `fscsr`. */
const floatCsr = (suffix: string, name: string): Alias[] => {
  const csr = csrNumber(name)!
  return [
    alias(`fr${suffix}`, 'csrrs', 'rd', { rs1: 0, csr }),
    alias(`fs${suffix}`, 'csrrw', 'rs1', { rd: 0, csr }),
    alias(`fs${suffix}`, 'csrrw', 'rd,rs1', { csr }),
  ]
}

/** The same with an immediate. */
const floatCsrImmediate = (suffix: string, name: string): Alias[] => {
  const csr = csrNumber(name)!
  return [
    alias(`fs${suffix}i`, 'csrrwi', 'imm', { rd: 0, csr }),
    alias(`fs${suffix}i`, 'csrrwi', 'rd,imm', { csr }),
  ]
}

const table = (): readonly Alias[] => [
  alias('nop', 'addi', '', { rd: 0, rs1: 0, imm: 0 }),
  alias('li', 'addi', 'rd,imm', { rs1: 0 }),
  alias('mv', 'addi', 'rd,rs1', { imm: 0 }),
  alias('mv', 'c.mv', 'rd,rs2'),
  alias('not', 'xori', 'rd,rs1', { imm: -1 }),
  alias('zext.b', 'andi', 'rd,rs1', { imm: 255 }),
  alias('neg', 'sub', 'rd,rs2', { rs1: 0 }),
  alias('negw', 'subw', 'rd,rs2', { rs1: 0 }),
  alias('sext.w', 'addiw', 'rd,rs1', { imm: 0 }),
  alias('zext.w', 'add.uw', 'rd,rs1', { rs2: 0 }),
  alias('seqz', 'sltiu', 'rd,rs1', { imm: 1 }),
  alias('snez', 'sltu', 'rd,rs2', { rs1: 0 }),
  alias('sltz', 'slt', 'rd,rs1', { rs2: 0 }),
  alias('sgtz', 'slt', 'rd,rs2', { rs1: 0 }),

  alias('beqz', 'beq', 'rs1,target', { rs2: 0 }),
  alias('bnez', 'bne', 'rs1,target', { rs2: 0 }),
  alias('blez', 'bge', 'rs2,target', { rs1: 0 }),
  alias('bgez', 'bge', 'rs1,target', { rs2: 0 }),
  alias('bltz', 'blt', 'rs1,target', { rs2: 0 }),
  alias('bgtz', 'blt', 'rs2,target', { rs1: 0 }),
  assembled('bgt', 'blt', 'rs2,rs1,target'),
  assembled('ble', 'bge', 'rs2,rs1,target'),
  assembled('bgtu', 'bltu', 'rs2,rs1,target'),
  assembled('bleu', 'bgeu', 'rs2,rs1,target'),
  alias('j', 'jal', 'target', { rd: 0 }),
  alias('jal', 'jal', 'target', { rd: 1 }),
  alias('ret', 'jalr', '', { rd: 0, rs1: 1, imm: 0 }),
  alias('jr', 'jalr', 'rs1', { rd: 0, imm: 0 }),
  alias('jr', 'jalr', 'imm(rs1)', { rd: 0 }),
  alias('jalr', 'jalr', 'rs1', { rd: 1, imm: 0 }),
  alias('jalr', 'jalr', 'imm(rs1)', { rd: 1 }),
  alias('jalr', 'jalr', 'rd,rs1', { imm: 0 }),
  assembled('jalr', 'jalr', 'rd,rs1,imm'),

  alias('fence', 'fence', '', { rd: 0, rs1: 0, imm: 0x0ff }),
  alias('fence.tso', 'fence', '', { rd: 0, rs1: 0, imm: 0x833 }, 'always'),
  alias('pause', 'fence', '', { rd: 0, rs1: 0, imm: 0x010 }),
  assembled('ntl.p1', 'add', '', { rd: 0, rs1: 0, rs2: 2 }),
  assembled('ntl.pall', 'add', '', { rd: 0, rs1: 0, rs2: 3 }),
  assembled('ntl.s1', 'add', '', { rd: 0, rs1: 0, rs2: 4 }),
  assembled('ntl.all', 'add', '', { rd: 0, rs1: 0, rs2: 5 }),
  alias('sfence.vma', 'sfence.vma', '', { rs1: 0, rs2: 0 }),
  alias('sfence.vma', 'sfence.vma', 'rs1', { rs2: 0 }),
  ...['hfence.vvma', 'hfence.gvma'].flatMap((fence) => [
    alias(fence, fence, '', { rs1: 0, rs2: 0 }),
    alias(fence, fence, 'rs1', { rs2: 0 }),
  ]),

  alias('unimp', 'csrrw', '', { rd: 0, rs1: 0, csr: csrNumber('cycle')! }, 'always'),
  counter('rdcycle', 'cycle'),
  counter('rdtime', 'time'),
  counter('rdinstret', 'instret'),
  ...floatCsr('csr', 'fcsr'),
  ...floatCsr('rm', 'frm'),
  ...floatCsr('flags', 'fflags'),
  ...floatCsrImmediate('rm', 'frm'),
  ...floatCsrImmediate('flags', 'fflags'),
  alias('csrr', 'csrrs', 'rd,csr', { rs1: 0 }),
  alias('csrw', 'csrrw', 'csr,rs1', { rd: 0 }),
  alias('csrs', 'csrrs', 'csr,rs1', { rd: 0 }),
  alias('csrc', 'csrrc', 'csr,rs1', { rd: 0 }),
  alias('csrwi', 'csrrwi', 'csr,imm', { rd: 0 }),
  alias('csrsi', 'csrrsi', 'csr,imm', { rd: 0 }),
  alias('csrci', 'csrrci', 'csr,imm', { rd: 0 }),

  ...withUsualRounding(),
  ...floatAliases('s'),
  ...floatAliases('d'),
  assembled('fmv.x.s', 'fmv.x.w', 'rd,rs1'),
  assembled('fmv.s.x', 'fmv.w.x', 'rd,rs1'),

  // The GNU assembler takes the register forms' names for immediates, too.
  ...(['add', 'slt', 'xor', 'or', 'and', 'addw'] as const).map((name) =>
    assembled(name, name === 'addw' ? 'addiw' : `${name}i`, 'rd,rs1,imm'),
  ),
  assembled('sltu', 'sltiu', 'rd,rs1,imm'),
  ...(['sll', 'srl', 'sra', 'ror', 'bclr', 'bext', 'binv', 'bset'] as const).map((name) =>
    assembled(name, `${name}i`, 'rd,rs1,shamt'),
  ),
  ...(['sll', 'srl', 'sra', 'ror'] as const).map((name) =>
    assembled(`${name}w`, `${name}iw`, 'rd,rs1,shamt'),
  ),
]

let made: readonly Alias[] | undefined

/** The pseudo-instructions that are one instruction. RISC-V Assembly Programmer's Manual. Made when first asked for. */
export const aliases = (): readonly Alias[] => {
  made ??= table()
  return made
}
