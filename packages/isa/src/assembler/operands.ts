import { csrNumber, csrs } from '../csrs.ts'
import { encode, OperandError } from '../encode.ts'
import type { Format, Operand, Operands } from '../instruction.ts'
import {
  fenceBits,
  type Group,
  groupsOf,
  type Piece,
  pieceFile,
  pieceOperand,
  roundingModes,
} from '../syntax.ts'
import { nearest, Problem } from './assembly-error.ts'
import { evaluateExpression, type Scope } from './expression.ts'
import type { Form } from './mnemonics.ts'
import { readRegister } from './register-operand.ts'
import type { Located } from './statement.ts'

type Building = { -readonly [K in Operand]?: number }

/** Encodes one instruction by the form whose operands fit. @throws `Problem` */
export function encodeForm(
  mnemonic: Located,
  forms: readonly Form[],
  operands: readonly Located[],
  scope: Scope,
): number {
  const fitting = forms.filter(({ syntax }) => groupsOf(syntax).length === operands.length)
  if (fitting.length === 0) {
    const ways = forms.map(({ syntax }) => (syntax === '' ? 'nothing' : syntax)).join(' or ')
    const text = `${mnemonic.text} takes ${ways}, not ${operands.length} operand${operands.length === 1 ? '' : 's'}`
    throw new Problem('ERR_ASSEMBLY_OPERAND', mnemonic.column, text)
  }
  let first: Problem | undefined
  for (const form of fitting)
    try {
      return encodeWith(form, mnemonic, operands, scope)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      first ??= error
    }
  throw first!
}

function encodeWith(form: Form, mnemonic: Located, operands: readonly Located[], scope: Scope): number {
  const values: Building = { ...form.fixed }
  const columns = new Map<Operand | undefined, number>()
  for (const [i, group] of groupsOf(form.syntax).entries())
    readGroup(group, form.row.format, operands[i]!, values, columns, scope)
  try {
    return encode(form.row, values as Partial<Operands>)
  } catch (error) {
    if (!(error instanceof OperandError)) throw error
    const column = columns.get(error.operand) ?? mnemonic.column
    throw new Problem('ERR_ASSEMBLY_RANGE', column, error.message)
  }
}

function readGroup(
  group: Group,
  format: Format,
  operand: Located,
  values: Building,
  columns: Map<Operand | undefined, number>,
  scope: Scope,
): void {
  const { plain, inParentheses } = group
  if (inParentheses === undefined) {
    if (plain !== undefined) readPiece(plain, format, operand, values, columns, scope)
    return
  }
  // The register is in the last parentheses; what is before them may have its own.
  const match = /^(.*?)\(\s*([\w.$]+)\s*\)$/s.exec(operand.text)
  const wanted = plain === undefined ? '(register)' : 'offset(register)'
  if (match === null)
    throw new Problem(
      'ERR_ASSEMBLY_OPERAND',
      operand.column,
      `expected ${wanted}, not ${operand.text || 'nothing'}`,
    )
  const outer: Located = { text: match[1]!.trim(), column: operand.column }
  const inner: Located = { text: match[2]!, column: operand.column + operand.text.lastIndexOf('(') + 1 }
  readPiece(inParentheses, format, inner, values, columns, scope)
  if (plain !== undefined) {
    if (outer.text === '') values.imm ??= 0
    else readPiece(plain, format, outer, values, columns, scope)
  } else if (outer.text !== '' && evaluateExpression(outer, scope) !== 0n)
    throw new Problem('ERR_ASSEMBLY_OPERAND', operand.column, `expected ${wanted} without an offset`)
}

function readPiece(
  piece: Piece,
  format: Format,
  at: Located,
  values: Building,
  columns: Map<Operand | undefined, number>,
  scope: Scope,
): void {
  const value = pieceValue(piece, format, at, scope)
  const about = pieceOperand[piece]
  if (about === undefined) return
  columns.set(about.operand, at.column)
  // The two sets of a FENCE share an operand; every other piece has its own.
  const others = about.bits === -1 ? 0 : (values[about.operand] ?? 0)
  values[about.operand] = others + value
  if (about.also !== undefined) values[about.also] = value
}

function pieceValue(piece: Piece, format: Format, at: Located, scope: Scope): number {
  switch (piece) {
    case 'rd':
    case 'rs1':
    case 'rs2':
    case 'rs3':
    case 'rs':
      return readRegister(at, pieceFile(piece, format))
    case 'sp':
      if (readRegister(at, 'x') === 2) return 2
      throw new Problem('ERR_ASSEMBLY_OPERAND', at.column, `expected sp, not ${at.text}`)
    case 'imm':
    case 'shamt':
      return small(evaluateExpression(at, scope), at)
    case 'upper':
      return readUpper(evaluateExpression(at, scope), at)
    case 'target':
      return small(BigInt.asIntN(64, evaluateExpression(at, scope) - scope.here), at)
    case 'csr':
      return readCsr(at, scope)
    case 'pred':
    case 'succ': {
      const bits = fenceBits(at.text)
      if (bits !== undefined) return piece === 'pred' ? bits << 4 : bits
      const text = `expected some of iorw, in this order, not ${at.text}`
      throw new Problem('ERR_ASSEMBLY_OPERAND', at.column, text)
    }
    case 'rm':
      return readRounding(at)
  }
}

function readRounding({ text, column }: Located): number {
  const number = roundingModes.indexOf(text as 'dyn')
  if (number >= 0) return number
  const names = roundingModes.filter((it) => it !== undefined)
  const said = `expected a rounding mode (${names.join(', ')}), not ${text || 'nothing'}`
  throw new Problem('ERR_ASSEMBLY_OPERAND', column, said, nearest(text, names))
}

/** Any number that every field's own check can judge. */
function small(value: bigint, { column }: Located): number {
  if (value >= -(1n << 32n) && value <= 1n << 32n) return Number(value)
  throw new Problem('ERR_ASSEMBLY_RANGE', column, `${value} does not fit the instruction`)
}

/** `lui a0,0xfffff` and `c.lui a0,-1` both say the twenty upper bits. */
function readUpper(value: bigint, { column }: Located): number {
  if (value < -(1n << 19n) || value >= 1n << 20n)
    throw new Problem('ERR_ASSEMBLY_RANGE', column, `an upper immediate has 20 bits, ${value} has more`)
  return Number(BigInt.asIntN(32, value << 12n))
}

function readCsr(at: Located, scope: Scope): number {
  const named = csrNumber(at.text)
  if (named !== undefined) return named
  try {
    return small(evaluateExpression(at, scope), at)
  } catch (error) {
    if (!(error instanceof Problem) || !/^[a-z]\w*$/.test(at.text)) throw error
    const near = nearest(
      at.text,
      csrs.map(({ name }) => name),
    )
    throw new Problem('ERR_ASSEMBLY_UNKNOWN_NAME', at.column, `unknown CSR ${at.text}`, near)
  }
}
