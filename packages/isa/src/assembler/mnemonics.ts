import { aliases } from '../aliases.ts'
import type { Instruction, Operands } from '../instruction.ts'
import { instructions } from '../table.ts'

/** One way to write a mnemonic. */
export interface Form {
  readonly row: Instruction
  readonly syntax: string
  readonly fixed: Partial<Operands>
}

let forms: Map<string, Form[]> | undefined

function allForms(): Map<string, Form[]> {
  if (forms !== undefined) return forms
  const made = new Map<string, Form[]>()
  const add = (name: string, form: Form) => made.set(name, [...(made.get(name) ?? []), form])
  for (const row of instructions) {
    const { syntax, fields } = row.format
    add(row.name, { row, syntax, fixed: {} })
    if (fields.aq === undefined) continue
    add(`${row.name}.aq`, { row, syntax, fixed: { aq: 1 } })
    add(`${row.name}.rl`, { row, syntax, fixed: { rl: 1 } })
    add(`${row.name}.aqrl`, { row, syntax, fixed: { aq: 1, rl: 1 } })
  }
  // An alias of a compressed instruction is only printed; `li` may be more than one instruction.
  for (const { name, of, syntax, fixed } of aliases())
    if (of.length === 4 && name !== 'li') add(name, { row: of, syntax, fixed })
  forms = made
  return made
}

/** The ways to write a mnemonic, the instruction's own first; undefined when there is none. */
export const formsOf = (mnemonic: string): readonly Form[] | undefined => allForms().get(mnemonic)

/** Every mnemonic that is one instruction. */
export const mnemonics = (): Iterable<string> => allForms().keys()
