import * as formats from './formats.ts'
import { type Instruction, instruction, type Meaning } from './instruction.ts'

const row = (name: string, match: number, summary: string, semantics: Meaning): Instruction =>
  instruction({ name, extension: 'Zba', format: formats.R, match, mask: 0xfe00_707f, summary, semantics })

const shiftAndAdd = (amount: 1 | 2 | 3): Instruction[] => {
  const factor = 1 << amount
  return [
    row(`sh${amount}add`, 0x2000_0033 | (amount << 13), `Adds ${factor} times \`rs1\` to \`rs2\`.`, (e) =>
      e.setRd(e.add(e.shl(e.rs1(), e.constant(BigInt(amount))), e.rs2())),
    ),
    row(
      `sh${amount}add.uw`,
      0x2000_003b | (amount << 13),
      `Adds ${factor} times the low 32 bits of \`rs1\`, unsigned, to \`rs2\`.`,
      (e) => e.setRd(e.add(e.shl(e.zeroExtend(32, e.rs1()), e.constant(BigInt(amount))), e.rs2())),
    ),
  ]
}

/** Address generation. Unprivileged ISA, chapter "B", extension Zba. */
export const zba: readonly Instruction[] = [
  row('add.uw', 0x0800_003b, 'Adds the low 32 bits of `rs1`, unsigned, to `rs2`.', (e) =>
    e.setRd(e.add(e.zeroExtend(32, e.rs1()), e.rs2())),
  ),
  ...shiftAndAdd(1),
  ...shiftAndAdd(2),
  ...shiftAndAdd(3),
  instruction({
    name: 'slli.uw',
    extension: 'Zba',
    format: formats.Shift,
    match: 0x0800_101b,
    mask: 0xfc00_707f,
    summary: 'Shifts the low 32 bits, unsigned, left by an immediate.',
    semantics: (e) => e.setRd(e.shl(e.zeroExtend(32, e.rs1()), e.imm())),
  }),
]
