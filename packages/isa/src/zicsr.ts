import * as formats from './formats.ts'
import { type Instruction, instruction } from './instruction.ts'
import type { CsrOperation } from './semantics.ts'

const pair = (suffix: string, funct3: number, operation: CsrOperation, does: string): Instruction[] => [
  instruction({
    name: `csrr${suffix}`,
    extension: 'Zicsr',
    format: formats.Csr,
    match: 0x73 | (funct3 << 12),
    mask: 0x707f,
    summary: `Reads a CSR and ${does} \`rs1\`.`,
    semantics: (e) => e.setRd(e.csr(operation, e.rs1())),
  }),
  instruction({
    name: `csrr${suffix}i`,
    extension: 'Zicsr',
    format: formats.CsrImmediate,
    match: 0x73 | ((funct3 + 4) << 12),
    mask: 0x707f,
    summary: `Reads a CSR and ${does} a five-bit immediate.`,
    semantics: (e) => e.setRd(e.csr(operation, e.imm())),
  }),
]

/** Unprivileged ISA, chapter "Zicsr". */
export const zicsr: readonly Instruction[] = [
  ...pair('w', 1, 'write', 'writes to it'),
  ...pair('s', 2, 'set', 'sets in it the bits of'),
  ...pair('c', 3, 'clear', 'clears in it the bits of'),
]
