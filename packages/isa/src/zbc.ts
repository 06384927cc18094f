import * as formats from './formats.ts'
import { type Instruction, instruction, type Meaning } from './instruction.ts'

const row = (name: string, match: number, summary: string, semantics: Meaning): Instruction =>
  instruction({ name, extension: 'Zbc', format: formats.R, match, mask: 0xfe00_707f, summary, semantics })

/** Carry-less multiplication. Unprivileged ISA, chapter "B", extension Zbc. */
export const zbc: readonly Instruction[] = [
  row('clmul', 0x0a00_1033, 'Multiplies without carries: the lower 64 bits.', (e) =>
    e.setRd(e.carrylessMul(e.rs1(), e.rs2())),
  ),
  row('clmulh', 0x0a00_3033, 'Multiplies without carries: the upper 64 of 128 bits.', (e) =>
    e.setRd(e.carrylessMulHigh(e.rs1(), e.rs2())),
  ),
  row('clmulr', 0x0a00_2033, 'Multiplies without carries: bits 126 to 63, the bit-reversed product.', (e) => {
    const high = e.let(e.carrylessMulHigh(e.rs1(), e.rs2()))
    const low = e.carrylessMul(e.rs1(), e.rs2())
    e.setRd(e.or(e.shl(high, e.constant(1n)), e.shrU(low, e.constant(63n))))
  }),
]
