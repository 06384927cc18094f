import { Problem } from './assembly-error.ts'
import { evaluateExpression, type Scope } from './expression.ts'
import { type Located, stringBytes } from './statement.ts'

/** What a directive has to work with. */
export interface DirectiveContext {
  readonly name: Located
  readonly operands: readonly Located[]
  readonly scope: Scope
  define(symbol: Located, value: bigint): void
}

/** What a directive puts into the program, if anything. */
export interface Laid {
  readonly size: number
  bytes(scope: Scope): ArrayLike<number>
}

/** A directive of the assembler. */
export type Directive = (context: DirectiveContext) => Laid | undefined

const most = 1n << 28n

function count({ name, operands }: DirectiveContext, least: number, greatest: number): void {
  if (operands.length >= least && operands.length <= greatest) return
  const wanted = least === greatest ? String(least) : `${least} to ${greatest}`
  const text = `${name.text} takes ${wanted} operands, not ${operands.length}`
  throw new Problem('ERR_ASSEMBLY_OPERAND', name.column, text)
}

/** A number that must be known where it is written. */
function size({ scope, operands }: DirectiveContext, index = 0): number {
  const value = evaluateExpression(operands[index]!, scope)
  if (value >= 0n && value <= most) return Number(value)
  throw new Problem('ERR_ASSEMBLY_RANGE', operands[index]!.column, `must be from 0 to ${most}, not ${value}`)
}

const fill = (length: number, value = 0): Laid => ({
  size: length,
  bytes: () => new Uint8Array(length).fill(value),
})

const data =
  (width: number): Directive =>
  (context) => {
    count(context, 1, Number.POSITIVE_INFINITY)
    const { operands } = context
    return {
      size: width * operands.length,
      bytes: (scope) => operands.flatMap((operand) => dataBytes(operand, width, scope)),
    }
  }

function dataBytes(operand: Located, width: number, scope: Scope): number[] {
  const bits = BigInt(8 * width)
  const value = evaluateExpression(operand, scope)
  if (value < -(1n << (bits - 1n)) || value >= 1n << bits)
    throw new Problem('ERR_ASSEMBLY_RANGE', operand.column, `${value} has more than ${bits} bits`)
  return Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

const text =
  (terminated: boolean): Directive =>
  (context) => {
    count(context, 1, Number.POSITIVE_INFINITY)
    const bytes = context.operands.flatMap((operand) =>
      terminated ? [...stringBytes(operand), 0] : stringBytes(operand),
    )
    return { size: bytes.length, bytes: () => bytes }
  }

const zero: Directive = (context) => {
  count(context, 1, 2)
  return fill(size(context), context.operands.length === 2 ? size(context, 1) & 0xff : 0)
}

const align =
  (bytesOf: (operand: number) => number): Directive =>
  (context) => {
    count(context, 1, 1)
    const boundary = bytesOf(size(context))
    if (!Number.isInteger(Math.log2(boundary)) || boundary > Number(most))
      throw new Problem('ERR_ASSEMBLY_RANGE', context.operands[0]!.column, 'alignment must be a power of two')
    return fill(Number(BigInt.asUintN(64, -context.scope.here) & BigInt(boundary - 1)))
  }

const equate: Directive = (context) => {
  count(context, 2, 2)
  const [symbol, value] = context.operands as [Located, Located]
  context.define(symbol, evaluateExpression(value, context.scope))
  return undefined
}

const origin: Directive = (context) => {
  count(context, 1, 1)
  const [operand] = context.operands as [Located]
  const distance = evaluateExpression(operand, context.scope) - context.scope.here
  if (distance >= 0n && distance <= most) return fill(Number(distance))
  throw new Problem('ERR_ASSEMBLY_RANGE', operand.column, '.org goes forward only, by 256 MiB at most')
}

const nothing: Directive = () => undefined

/** By name. Those about sections and linkage are accepted where they mean nothing here. */
export const directives: Readonly<Record<string, Directive>> = {
  '.byte': data(1),
  '.half': data(2),
  '.short': data(2),
  '.2byte': data(2),
  '.word': data(4),
  '.long': data(4),
  '.4byte': data(4),
  '.dword': data(8),
  '.quad': data(8),
  '.8byte': data(8),
  '.ascii': text(false),
  '.asciz': text(true),
  '.string': text(true),
  '.zero': zero,
  '.space': zero,
  '.skip': zero,
  '.align': align((power) => 2 ** power),
  '.p2align': align((power) => 2 ** power),
  '.balign': align((bytes) => bytes),
  '.equ': equate,
  '.set': equate,
  '.org': origin,
  '.text': nothing,
  '.globl': nothing,
  '.global': nothing,
}
