import * as formats from './formats.ts'
import { type Instruction, instruction } from './instruction.ts'
import type { Semantics, StatusField } from './semantics.ts'

/** What the environment configuration says of an instruction: in `menvcfg`, `henvcfg` and `senvcfg`. */
type Fields = readonly [machine: StatusField, hypervisor: StatusField, supervisor: StatusField]

const invalidate: Fields = ['menvcfg.CBIE', 'henvcfg.CBIE', 'senvcfg.CBIE']
const clean: Fields = ['menvcfg.CBCFE', 'henvcfg.CBCFE', 'senvcfg.CBCFE']
const zero: Fields = ['menvcfg.CBZE', 'henvcfg.CBZE', 'senvcfg.CBZE']

function guard<V, C>(e: Semantics<V, C>, [machine, hypervisor, supervisor]: Fields): void {
  e.illegalIf(e.both(e.privilegeBelow('M'), e.not(e.status(machine))))
  const withheld = e.both(e.privilegeBelow('S'), e.not(e.status(supervisor)))
  e.illegalIf(e.both(e.not(e.inVirtual()), withheld))
  e.virtualIf(e.both(e.inVirtual(), e.either(e.not(e.status(hypervisor)), withheld)))
}

/** There is no cache: what is left of these is whether the block may be accessed. */
const manage = (name: string, number: number, fields: Fields, summary: string): Instruction =>
  instruction({
    name,
    extension: 'Zicbom',
    format: formats.CacheBlock,
    match: 0x200f | (number << 20),
    mask: 0xfff0_7fff,
    summary,
    semantics: (e) => {
      guard(e, fields)
      e.manageBlock(e.rs1())
    },
  })

/** Unprivileged ISA, chapter "CMO", extensions Zicbom and Zicboz. */
export const cacheBlocks: readonly Instruction[] = [
  manage('cbo.inval', 0, invalidate, 'Invalidates the copies of a cache block.'),
  manage('cbo.clean', 1, clean, 'Writes a modified cache block back.'),
  manage('cbo.flush', 2, clean, 'Writes a modified cache block back and invalidates its copies.'),
  instruction({
    name: 'cbo.zero',
    extension: 'Zicboz',
    format: formats.CacheBlock,
    match: 0x0040_200f,
    mask: 0xfff0_7fff,
    summary: 'Stores zeros to the 64 bytes of a cache block.',
    semantics: (e) => {
      guard(e, zero)
      e.zeroBlock(e.rs1())
    },
  }),
]
