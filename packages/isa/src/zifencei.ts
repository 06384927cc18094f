import * as formats from './formats.ts'
import { type Instruction, instruction } from './instruction.ts'

/** Unprivileged ISA, chapter "Zifencei". */
export const zifencei: readonly Instruction[] = [
  instruction({
    name: 'fence.i',
    extension: 'Zifencei',
    format: formats.FenceInstructions,
    match: 0x100f,
    mask: 0x707f,
    summary: 'Makes earlier stores visible to later instruction fetches of this hart.',
    semantics: (e) => e.fenceInstructions(),
  }),
]
