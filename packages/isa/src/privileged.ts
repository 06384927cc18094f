import * as formats from './formats.ts'
import { type Instruction, instruction } from './instruction.ts'
import type { Semantics } from './semantics.ts'

/** TSR and TVM of `mstatus` restrict HS-mode, not M-mode and not VS-mode. */
export const trapped = <V, C>(e: Semantics<V, C>, field: 'TSR' | 'TVM'): C =>
  e.both(e.status(field), e.both(e.privilegeBelow('M'), e.not(e.inVirtual())))

/** Privileged ISA, chapters "Machine-Level ISA" and "Supervisor-Level ISA", instructions. */
export const privileged: readonly Instruction[] = [
  instruction({
    name: 'mret',
    extension: 'Sm',
    format: formats.Fixed,
    match: 0x3020_0073,
    mask: 0xffff_ffff,
    summary: 'Returns from a trap taken to M-mode.',
    semantics: (e) => {
      e.illegalIf(e.privilegeBelow('M'))
      e.returnFrom('M')
    },
  }),
  instruction({
    name: 'sret',
    extension: 'S',
    format: formats.Fixed,
    match: 0x1020_0073,
    mask: 0xffff_ffff,
    summary: 'Returns from a trap taken to S-mode.',
    semantics: (e) => {
      e.virtualIf(e.both(e.inVirtual(), e.either(e.privilegeBelow('S'), e.status('VTSR'))))
      e.illegalIf(e.either(e.privilegeBelow('S'), trapped(e, 'TSR')))
      e.returnFrom('S')
    },
  }),
  instruction({
    name: 'wfi',
    extension: 'Sm',
    format: formats.Fixed,
    match: 0x1050_0073,
    mask: 0xffff_ffff,
    summary: 'Waits until an interrupt is pending.',
    semantics: (e) => {
      // The time limit after which WFI may trap in U-mode, in S-mode with TW, or in VS-mode with VTW, is zero.
      e.illegalIf(e.both(e.status('TW'), e.privilegeBelow('M')))
      e.virtualIf(e.both(e.inVirtual(), e.either(e.privilegeBelow('S'), e.status('VTW'))))
      e.illegalIf(e.privilegeBelow('S'))
      e.waitForInterrupt()
    },
  }),
  instruction({
    name: 'sfence.vma',
    extension: 'S',
    format: formats.FenceTranslations,
    match: 0x1200_0073,
    mask: 0xfe00_7fff,
    summary: 'Orders stores to page tables before later address translations.',
    semantics: (e) => {
      e.virtualIf(e.both(e.inVirtual(), e.either(e.privilegeBelow('S'), e.status('VTVM'))))
      e.illegalIf(e.either(e.privilegeBelow('S'), trapped(e, 'TVM')))
      e.fenceTranslations()
    },
  }),
]
