import { csrName } from './csrs.ts'
import type { Operand, Operands } from './instruction.ts'
import { registerNames } from './registers.ts'

/**
 * The words of a format's syntax. `rd`, `rs1`, `rs2`, `sp`: registers. The others are spellings of `imm` and `csr`:
 * `imm` decimal, `shamt` hexadecimal, `upper` its bits from 12 upwards, `target` an address relative to `pc`, `pred`
 * and `succ` the sets of a FENCE.
 */
export type Piece =
  | 'rd'
  | 'rs1'
  | 'rs2'
  | 'sp'
  | 'imm'
  | 'shamt'
  | 'upper'
  | 'target'
  | 'csr'
  | 'pred'
  | 'succ'

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

/** Which operand a piece speaks of, and the bits of it. */
export const pieceOperand: Readonly<Record<Piece, { operand: Operand; bits: number } | undefined>> = {
  rd: { operand: 'rd', bits: -1 },
  rs1: { operand: 'rs1', bits: -1 },
  rs2: { operand: 'rs2', bits: -1 },
  sp: undefined,
  imm: { operand: 'imm', bits: -1 },
  shamt: { operand: 'imm', bits: -1 },
  upper: { operand: 'imm', bits: -1 },
  target: { operand: 'imm', bits: -1 },
  csr: { operand: 'csr', bits: -1 },
  pred: { operand: 'imm', bits: 0xf0 },
  succ: { operand: 'imm', bits: 0x0f },
}

const hexadecimal = (value: number | bigint) => `0x${value.toString(16)}`

/** Writes one piece as GNU objdump does; without a `pc`, targets are relative to `.`, the location counter. */
function printPiece(piece: Piece, operands: Operands, pc: bigint | undefined): string {
  const { imm } = operands
  switch (piece) {
    case 'rd':
    case 'rs1':
    case 'rs2':
      return registerNames[operands[piece]]!
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
  }
}

/** Writes all operands. */
export const printOperands = (syntax: string, operands: Operands, pc: bigint | undefined): string =>
  groupsOf(syntax)
    .map(({ plain, inParentheses }) => {
      const outer = plain === undefined ? '' : printPiece(plain, operands, pc)
      return inParentheses === undefined ? outer : `${outer}(${printPiece(inParentheses, operands, pc)})`
    })
    .join(',')
