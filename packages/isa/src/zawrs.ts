import * as formats from './formats.ts'
import { type Instruction, instruction } from './instruction.ts'

/** Unprivileged ISA, chapter "Zawrs". */
export const zawrs: readonly Instruction[] = [
  instruction({
    name: 'wrs.nto',
    extension: 'Zawrs',
    format: formats.Fixed,
    match: 0x00d0_0073,
    mask: 0xffff_ffff,
    summary: 'Waits until the reservation is lost or an interrupt is pending.',
    semantics: (e) => {
      // The time limit after which it may trap below M-mode with TW, or in VS-mode with VTW, is zero: as for WFI.
      const waits = e.reservationHeld()
      e.illegalIf(e.both(waits, e.both(e.status('TW'), e.privilegeBelow('M'))))
      e.virtualIf(e.both(waits, e.both(e.inVirtual(), e.status('VTW'))))
      e.waitForReservation()
    },
  }),
  instruction({
    name: 'wrs.sto',
    extension: 'Zawrs',
    format: formats.Fixed,
    match: 0x01d0_0073,
    mask: 0xffff_ffff,
    summary: 'Waits likewise, for a short time.',
    semantics: (e) => e.waitForReservation(),
  }),
]
