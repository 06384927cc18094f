import { csrName } from './csrs.ts'
import type { RegisterFile } from './fields.ts'
import type { Format, Operand, Operands } from './instruction.ts'
import { floatRegisterNames, registerNames } from './registers.ts'

/**
 * The words of a format's syntax. `rd`, `rs1`, `rs2`, `rs3`, `sp`: registers; `rs`: one register, for `rs1` and `rs2`;
 * `rm`: a rounding mode. The others are spellings of `imm` and `csr`: `imm` decimal, `shamt` hexadecimal, `upper` its
 * bits from 12 upwards, `target` an address relative to `pc`, `pred` and `succ` the sets of a FENCE.
 */
export type Piece =
  | 'rd'
  | 'rs1'
  | 'rs2'
  | 'rs3'
  | 'rs'
  | 'sp'
  | 'imm'
  | 'shamt'
  | 'upper'
  | 'target'
  | 'csr'
  | 'pred'
  | 'succ'
  | 'rm'

/** One operand as it is written: `a`, `a(b)` or `(b)`. */
export interface Group {
  readonly plain: Piece | undefined
  readonly inParentheses: Piece | undefined
}

const parsed = new Map<string, readonly Group[]>()

/** Takes a syntax such as `rd,imm(rs1)` apart. */
export function groupsOf(syntax: string): readonly Group[] {
  const known = parsed.get(syntax)
  if (known !== undefined) return known
  const groups = syntax === '' ? [] : syntax.split(',').map(groupOf)
  parsed.set(syntax, groups)
  return groups
}

function groupOf(text: string): Group {
  const [, plain, inParentheses] = /^(\w*)(?:\((\w+)\))?$/.exec(text)!
  return {
    plain: (plain || undefined) as Piece | undefined,
    inParentheses: inParentheses as Piece | undefined,
  }
}

const sets = ['w', 'r', 'o', 'i'] as const

/** The letters of a FENCE set, `0` when it is empty. */
const fenceSet = (bits: number): string =>
  bits === 0 ? '0' : [8, 4, 2, 1].map((bit, i) => (bits & bit ? sets[3 - i] : '')).join('')

/** The bits of a FENCE set, or undefined. */
export function fenceBits(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^i?o?r?w?$/.test(text)) return undefined
  return [...text].reduce((bits, letter) => bits | (1 << sets.indexOf(letter as 'w')), 0)
}

/** The rounding modes by number; 7 stands for the one in `frm`. Unprivileged ISA, chapter "F". */
export const roundingModes = ['rne', 'rtz', 'rdn', 'rup', 'rmm', undefined, undefined, 'dyn'] as const

/** Which operand a piece speaks of, and the bits of it; `also` has the same value. */
export const pieceOperand: Readonly<
  Record<Piece, { operand: Operand; bits: number; also?: Operand } | undefined>
> = {
  rd: { operand: 'rd', bits: -1 },
  rs1: { operand: 'rs1', bits: -1 },
  rs2: { operand: 'rs2', bits: -1 },
  rs3: { operand: 'rs3', bits: -1 },
  rs: { operand: 'rs1', bits: -1, also: 'rs2' },
  sp: undefined,
  imm: { operand: 'imm', bits: -1 },
  shamt: { operand: 'imm', bits: -1 },
  upper: { operand: 'imm', bits: -1 },
  target: { operand: 'imm', bits: -1 },
  csr: { operand: 'csr', bits: -1 },
  pred: { operand: 'imm', bits: 0xf0 },
  succ: { operand: 'imm', bits: 0x0f },
  rm: { operand: 'rm', bits: -1 },
}

/** Which registers a piece names in a format. */
export const pieceFile = (piece: Piece, format: Format): RegisterFile => {
  const operand = pieceOperand[piece]?.operand
  return (operand && format.fields[operand]?.file) ?? 'x'
}

const hexadecimal = (value: number | bigint) => `0x${value.toString(16)}`

/** Writes one piece as GNU objdump does; without a `pc`, targets are relative to `.`, the location counter. */
function printPiece(piece: Piece, format: Format, operands: Operands, pc: bigint | undefined): string {
  const { imm } = operands
  switch (piece) {
    case 'rd':
    case 'rs1':
    case 'rs2':
    case 'rs3':
    case 'rs': {
      const names = pieceFile(piece, format) === 'f' ? floatRegisterNames : registerNames
      return names[operands[piece === 'rs' ? 'rs1' : piece]]!
    }
    case 'sp':
      return 'sp'
    case 'imm':
      return String(imm)
    case 'shamt':
      return hexadecimal(imm)
    case 'upper':
      return hexadecimal(imm >>> 12)
    case 'target':
      if (pc === undefined) return `.${imm < 0 ? '' : '+'}${imm}`
      return hexadecimal(BigInt.asUintN(64, pc + BigInt(imm)))
    case 'csr':
      return csrName(operands.csr) ?? hexadecimal(operands.csr)
    case 'pred':
      return fenceSet((imm >>> 4) & 15)
    case 'succ':
      return fenceSet(imm & 15)
    case 'rm':
      return roundingModes[operands.rm]!
  }
}

/** Writes all operands. @param format - of the instruction; `syntax` is its own, or an alias's. */
export const printOperands = (
  syntax: string,
  format: Format,
  operands: Operands,
  pc: bigint | undefined,
): string =>
  groupsOf(syntax)
    .map(({ plain, inParentheses }) => {
      const outer = plain === undefined ? '' : printPiece(plain, format, operands, pc)
      return inParentheses === undefined
        ? outer
        : `${outer}(${printPiece(inParentheses, format, operands, pc)})`
    })
    .join(',')
