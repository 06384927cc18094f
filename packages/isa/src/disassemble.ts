import { type Alias, aliases } from './aliases.ts'
import { type Decoded, decode, instructionLength } from './decode.ts'
import type { Instruction, Operand, Operands } from './instruction.ts'
import { groupsOf, pieceOperand, printOperands } from './syntax.ts'

/** How to disassemble. */
export interface DisassembleOptions {
  /** Address of the instruction: targets are printed as addresses. Without it, as `.+8`. */
  readonly pc?: bigint
  /** Print pseudo-instructions, and compressed instructions by the name of their expansion. Off when left out. */
  readonly pseudo?: boolean
}

let printed: Map<Instruction, Alias[]> | undefined

/** The aliases of an instruction that disassembly prints. */
function printedAs(row: Instruction): readonly Alias[] {
  if (printed === undefined) {
    printed = new Map()
    for (const alias of aliases())
      if (alias.prints !== 'never') printed.set(alias.of, [...(printed.get(alias.of) ?? []), alias])
  }
  return printed.get(row) ?? []
}

/**
 * Writes an instruction in the spelling of GNU objdump, one space after the mnemonic. What is illegal, and the few
 * legal words that no assembler can name (a FENCE with its ignored fields set), print as `.4byte` or `.2byte`; so
 * without `pseudo` the text always assembles to the same word.
 *
 * @param word - 32 bits; when it is a compressed instruction only the low 16 are looked at.
 */
export function disassemble(word: number, options: DisassembleOptions = {}): string {
  const decoded = decode(word)
  if (decoded === undefined) return data(word)
  const { pc, pseudo = false } = options
  const { instruction: row, base } = decoded
  const text = pseudo
    ? (aliased(row, decoded, options) ?? aliased(base, decoded, options) ?? named(base, decoded, pc))
    : (aliased(row, decoded, options) ?? named(row, decoded, pc))
  return text ?? data(word)
}

/** The halfword 0 is defined to be illegal, and has a name. */
const data = (word: number): string => {
  if (instructionLength(word) === 4) return `.4byte 0x${(word >>> 0).toString(16)}`
  const halfword = word & 0xffff
  return halfword === 0 ? 'c.unimp' : `.2byte 0x${halfword.toString(16)}`
}

const line = (name: string, operands: string): string => (operands === '' ? name : `${name} ${operands}`)

function named(row: Instruction, decoded: Decoded, pc: bigint | undefined): string | undefined {
  const { syntax } = row.format
  if (!tells(row, syntax, row.fixed, decoded)) return undefined
  const ordering = row.format.fields.aq && (decoded.aq || decoded.rl)
  const suffix = ordering ? `.${decoded.aq ? 'aq' : ''}${decoded.rl ? 'rl' : ''}` : ''
  return line(row.name + suffix, printOperands(syntax, row.format, decoded, pc))
}

function aliased(row: Instruction, decoded: Decoded, options: DisassembleOptions): string | undefined {
  for (const { name, fixed, syntax, prints } of printedAs(row)) {
    if (prints === 'pseudo' && !options.pseudo) continue
    const fits = (Object.keys(fixed) as Operand[]).every((operand) => fixed[operand] === decoded[operand])
    if (fits && tells(row, syntax, { ...row.fixed, ...fixed }, decoded))
      return line(name, printOperands(syntax, row.format, decoded, options.pc))
  }
  return undefined
}

/** Whether the operands that the text names, and those that it implies, are all there is. */
function tells(row: Instruction, syntax: string, implied: Operands, decoded: Decoded): boolean {
  const told: Record<Operand, number> = { ...implied, aq: decoded.aq, rl: decoded.rl }
  for (const { plain, inParentheses } of groupsOf(syntax))
    for (const piece of [plain, inParentheses]) {
      const spoken = piece === undefined ? undefined : pieceOperand[piece]
      if (spoken === undefined) continue
      told[spoken.operand] |= decoded[spoken.operand] & spoken.bits
      if (spoken.also !== undefined) told[spoken.also] |= told[spoken.operand]
    }
  return (Object.entries(row.format.fields) as [Operand, unknown][]).every(([operand, of]) => {
    if (told[operand] === decoded[operand]) return true
    // The same field twice, as in `c.addi`: named once is enough.
    return row.format.fields.rd === of && told.rd === decoded[operand]
  })
}
