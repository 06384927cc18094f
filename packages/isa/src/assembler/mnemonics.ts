import { aliases } from '../aliases.ts'
import type { Instruction, Operands } from '../instruction.ts'
import { instructions } from '../table.ts'

/** One way to write a mnemonic. */
export interface Form {
  readonly row: Instruction
  readonly syntax: string
  readonly fixed: Partial<Operands>
}

const forms = new Map<string, Form[]>()
const add = (name: string, form: Form) => forms.set(name, [...(forms.get(name) ?? []), form])

for (const row of instructions) {
  const { syntax, fields } = row.format
  add(row.name, { row, syntax, fixed: {} })
  if (fields.aq === undefined) continue
  add(`${row.name}.aq`, { row, syntax, fixed: { aq: 1 } })
  add(`${row.name}.rl`, { row, syntax, fixed: { rl: 1 } })
  add(`${row.name}.aqrl`, { row, syntax, fixed: { aq: 1, rl: 1 } })
}
for (const { name, of, syntax, fixed } of aliases) {
  // The spelling of a compressed instruction in disassembly; assembling it gives the long one.
  if (of.length === 4 && name !== 'li') add(name, { row: of, syntax, fixed })
}

/** The ways to write a mnemonic, the instruction's own first; undefined when there is none. */
export const formsOf = (mnemonic: string): readonly Form[] | undefined => forms.get(mnemonic)

/** Every mnemonic that is one instruction. */
export const mnemonics = (): Iterable<string> => forms.keys()
