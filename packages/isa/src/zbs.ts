import * as formats from './formats.ts'
import { type Instruction, instruction } from './instruction.ts'
import type { Semantics } from './semantics.ts'

type Operation = <V, C>(e: Semantics<V, C>, value: V, index: V) => V

/** The form with a register and the form with an immediate. */
const pair = (name: string, funct6: number, funct3: number, does: string, on: Operation): Instruction[] => {
  const match = (funct6 << 26) | (funct3 << 12)
  return [
    instruction({
      name,
      extension: 'Zbs',
      format: formats.R,
      match: match | 0x33,
      mask: 0xfe00_707f,
      summary: `${does} the bit that the low six bits of \`rs2\` name.`,
      semantics: (e) => e.setRd(on(e, e.rs1(), e.rs2())),
    }),
    instruction({
      name: `${name}i`,
      extension: 'Zbs',
      format: formats.Shift,
      match: match | 0x13,
      mask: 0xfc00_707f,
      summary: `${does} the bit that an immediate names.`,
      semantics: (e) => e.setRd(on(e, e.rs1(), e.imm())),
    }),
  ]
}

/** Single bits. Unprivileged ISA, chapter "B", extension Zbs. */
export const zbs: readonly Instruction[] = [
  ...pair('bclr', 0b010010, 1, 'Clears', (e, value, index) =>
    e.and(value, e.rotateLeft(e.constant(-2n), index)),
  ),
  ...pair('bext', 0b010010, 5, 'Extracts', (e, value, index) => e.and(e.shrU(value, index), e.constant(1n))),
  ...pair('binv', 0b011010, 1, 'Inverts', (e, value, index) => e.xor(value, e.shl(e.constant(1n), index))),
  ...pair('bset', 0b001010, 1, 'Sets', (e, value, index) => e.or(value, e.shl(e.constant(1n), index))),
]
