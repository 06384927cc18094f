import * as formats from './formats.ts'
import { type Instruction, instruction, type Meaning } from './instruction.ts'

const row = (name: string, match: number, summary: string, semantics: Meaning): Instruction =>
  instruction({ name, extension: 'Zicond', format: formats.R, match, mask: 0xfe00_707f, summary, semantics })

/** Integer conditional operations. Unprivileged ISA, chapter "Zicond". */
export const zicond: readonly Instruction[] = [
  row('czero.eqz', 0x0e00_5033, 'Zero if `rs2` is zero, otherwise `rs1`.', (e) =>
    e.setRd(e.select(e.eq(e.rs2(), e.constant(0n)), e.constant(0n), e.rs1())),
  ),
  row('czero.nez', 0x0e00_7033, 'Zero if `rs2` is not zero, otherwise `rs1`.', (e) =>
    e.setRd(e.select(e.ne(e.rs2(), e.constant(0n)), e.constant(0n), e.rs1())),
  ),
]
