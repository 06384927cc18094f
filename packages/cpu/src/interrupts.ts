import { CsrSlot, State } from './state-layout.ts'
import { Status } from './status.ts'

/** Highest priority first. Privileged ISA, "Machine Interrupt Registers", "Hypervisor Interrupt Registers". */
const PRIORITY = [11, 3, 7, 9, 1, 5, 10, 2, 6]

function first(pending: number): number {
  for (const cause of PRIORITY) if ((pending & (1 << cause)) !== 0) return cause
  return -1
}

/** Added to the cause of an interrupt that is delegated to S-mode, which is HS-mode with the hypervisor extension. */
export const TO_SUPERVISOR = 64
/** Added to the cause of an interrupt that is delegated to VS-mode. */
export const TO_VIRTUAL = 128

/**
 * Which interrupt is to be taken now, if any.
 *
 * @param words - the hart's state block.
 * @param pending - the bits of `mip`.
 * @returns its cause, with {@link TO_SUPERVISOR} or {@link TO_VIRTUAL} added when it is delegated; -1 for none.
 */
export function interruptToTake(words: Int32Array, pending: number): number {
  const enabled = pending & words[CsrSlot.mie >> 2]
  if (enabled === 0) return -1
  const status = words[CsrSlot.mstatus >> 2]
  const privilege = words[State.privilege >> 2]
  const delegated = words[CsrSlot.mideleg >> 2]
  const machine = enabled & ~delegated
  if (machine !== 0 && (privilege < 3 || (status & Status.mie) !== 0)) return first(machine)
  const virtual = words[State.virtual >> 2] !== 0
  const toGuests = words[CsrSlot.hideleg >> 2]
  const supervisor = enabled & delegated & ~toGuests
  if (supervisor !== 0 && (virtual || privilege < 1 || (privilege === 1 && (status & Status.sie) !== 0))) {
    return first(supervisor) + TO_SUPERVISOR
  }
  if (!virtual) return -1
  const guest = enabled & delegated & toGuests
  if (guest !== 0 && (privilege < 1 || (words[CsrSlot.vsstatus >> 2] & Status.sie) !== 0)) {
    return first(guest) + TO_VIRTUAL
  }
  return -1
}
