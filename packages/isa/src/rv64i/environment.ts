import * as formats from '../formats.ts'
import { type Instruction, instruction } from '../instruction.ts'

/** Unprivileged ISA, chapter "RV32I", memory ordering, environment call and breakpoints. */
export const environment: readonly Instruction[] = [
  instruction({
    name: 'fence',
    extension: 'I',
    format: formats.Fence,
    match: 0x0f,
    mask: 0x707f,
    summary: 'Orders memory accesses and I/O before it against those after it.',
    semantics: (e) => e.fence(),
  }),
  instruction({
    name: 'ecall',
    extension: 'I',
    format: formats.Fixed,
    match: 0x0000_0073,
    mask: 0xffff_ffff,
    summary: 'Raises an environment-call exception.',
    semantics: (e) => e.environmentCall(),
  }),
  instruction({
    name: 'ebreak',
    extension: 'I',
    format: formats.Fixed,
    match: 0x0010_0073,
    mask: 0xffff_ffff,
    summary: 'Raises a breakpoint exception.',
    semantics: (e) => e.breakpoint(),
  }),
]
