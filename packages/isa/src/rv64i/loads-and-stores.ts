import * as formats from '../formats.ts'
import { type Instruction, instruction } from '../instruction.ts'
import type { Width } from '../semantics.ts'

const mask = 0x0000_707f

const load = (name: string, match: number, width: Width, signed: boolean): Instruction =>
  instruction({
    name,
    extension: 'I',
    format: formats.Load,
    match,
    mask,
    summary: `Loads ${8 * width} bits${width === 8 ? '' : signed ? ', sign-extended' : ', zero-extended'}.`,
    semantics: (e) => {
      const value = e.load(width, e.add(e.rs1(), e.imm()))
      e.setRd(signed && width !== 8 ? e.signExtend((8 * width) as 8 | 16 | 32, value) : value)
    },
  })

const store = (name: string, match: number, width: Width): Instruction =>
  instruction({
    name,
    extension: 'I',
    format: formats.S,
    match,
    mask,
    summary: `Stores the low ${8 * width} bits.`,
    semantics: (e) => e.store(width, e.add(e.rs1(), e.imm()), e.rs2()),
  })

/** Unprivileged ISA, chapters "RV32I" and "RV64I", load and store instructions. */
export const loadsAndStores: readonly Instruction[] = [
  load('lb', 0x0003, 1, true),
  load('lh', 0x1003, 2, true),
  load('lw', 0x2003, 4, true),
  load('ld', 0x3003, 8, true),
  load('lbu', 0x4003, 1, false),
  load('lhu', 0x5003, 2, false),
  load('lwu', 0x6003, 4, false),
  store('sb', 0x0023, 1),
  store('sh', 0x1023, 2),
  store('sw', 0x2023, 4),
  store('sd', 0x3023, 8),
]
