import * as formats from '../formats.ts'
import { type Instruction, instruction, type Meaning } from '../instruction.ts'

const branch = (name: string, match: number, when: string, semantics: Meaning): Instruction =>
  instruction({
    name,
    extension: 'I',
    format: formats.B,
    match,
    mask: 0x0000_707f,
    summary: `Branches if ${when}.`,
    semantics,
  })

/** Unprivileged ISA, chapter "RV32I", control transfer instructions. */
export const controlTransfer: readonly Instruction[] = [
  instruction({
    name: 'jal',
    extension: 'I',
    format: formats.J,
    match: 0x6f,
    mask: 0x7f,
    summary: 'Jumps, leaving the return address in `rd`.',
    semantics: (e) => {
      e.setRd(e.nextPc())
      e.jump()
    },
  }),
  instruction({
    name: 'jalr',
    extension: 'I',
    format: formats.Load,
    match: 0x67,
    mask: 0x707f,
    summary: 'Jumps to a register plus offset, leaving the return address in `rd`.',
    semantics: (e) => {
      const target = e.let(e.and(e.add(e.rs1(), e.imm()), e.constant(-2n)))
      e.setRd(e.nextPc())
      e.jumpTo(target)
    },
  }),
  branch('beq', 0x0063, 'equal', (e) => e.branch(e.eq(e.rs1(), e.rs2()))),
  branch('bne', 0x1063, 'not equal', (e) => e.branch(e.ne(e.rs1(), e.rs2()))),
  branch('blt', 0x4063, 'less, signed', (e) => e.branch(e.ltS(e.rs1(), e.rs2()))),
  branch('bge', 0x5063, 'greater or equal, signed', (e) => e.branch(e.geS(e.rs1(), e.rs2()))),
  branch('bltu', 0x6063, 'less, unsigned', (e) => e.branch(e.ltU(e.rs1(), e.rs2()))),
  branch('bgeu', 0x7063, 'greater or equal, unsigned', (e) => e.branch(e.geU(e.rs1(), e.rs2()))),
]
