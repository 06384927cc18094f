import * as formats from './formats.ts'
import { type Instruction, instruction } from './instruction.ts'
import { trapped } from './privileged.ts'

const SYSTEM = 0x73

/** The parts that order the invalidations between them: nothing here is ever out of order. */
const order = (name: string, match: number, summary: string): Instruction =>
  instruction({
    name,
    extension: 'Svinval',
    format: formats.Fixed,
    match,
    mask: 0xffff_ffff,
    summary,
    semantics: (e) => {
      e.virtualIf(e.both(e.inVirtual(), e.privilegeBelow('S')))
      e.illegalIf(e.privilegeBelow('S'))
      e.fence()
    },
  })

/** With the hypervisor extension only. */
const invalidateGuest = (name: string, funct7: number, stage: 'VS' | 'G', summary: string): Instruction =>
  instruction({
    name,
    extension: 'Svinval',
    with: 'H',
    format: formats.FenceTranslations,
    match: SYSTEM | (funct7 << 25),
    mask: 0xfe00_7fff,
    summary,
    semantics: (e) => {
      e.virtualIf(e.inVirtual())
      e.illegalIf(e.privilegeBelow('S'))
      if (stage === 'G') e.illegalIf(e.both(e.status('TVM'), e.privilegeBelow('M')))
      e.fenceGuestTranslations(stage)
    },
  })

/** Privileged ISA, chapter "Svinval". An invalidation takes effect at once, as the fence that it is a part of would. */
export const svinval: readonly Instruction[] = [
  instruction({
    name: 'sinval.vma',
    extension: 'Svinval',
    format: formats.FenceTranslations,
    match: 0x1600_0073,
    mask: 0xfe00_7fff,
    summary: 'Invalidates translations, between `sfence.w.inval` and `sfence.inval.ir`.',
    semantics: (e) => {
      e.virtualIf(e.both(e.inVirtual(), e.either(e.privilegeBelow('S'), e.status('VTVM'))))
      e.illegalIf(e.either(e.privilegeBelow('S'), trapped(e, 'TVM')))
      e.fenceTranslations()
    },
  }),
  order('sfence.w.inval', 0x1800_0073, 'Orders stores before later invalidations of translations.'),
  order('sfence.inval.ir', 0x1810_0073, 'Orders invalidations before later translations.'),
  invalidateGuest('hinval.vvma', 0x13, 'VS', "Invalidates translations by the guest's own page tables."),
  invalidateGuest('hinval.gvma', 0x33, 'G', 'Invalidates translations by second-stage page tables.'),
]
