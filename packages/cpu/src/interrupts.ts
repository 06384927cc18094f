import { CsrSlot, State } from './state-layout.ts'
import { Status } from './status.ts'

/** Highest priority first. Privileged ISA, "Machine Interrupt Registers". */
const PRIORITY = [11, 3, 7, 9, 1, 5]

function first(pending: number): number {
  for (const cause of PRIORITY) if ((pending & (1 << cause)) !== 0) return cause
  return -1
}

/** An interrupt to take: its cause, with {@link TO_SUPERVISOR} added when it is delegated; -1 for none. */
export const TO_SUPERVISOR = 64

/**
 * Which interrupt is to be taken now, if any.
 *
 * @param words - the hart's state block.
 * @param pending - the bits of `mip`.
 */
export function interruptToTake(words: Int32Array, pending: number): number {
  const enabled = pending & words[CsrSlot.mie >> 2]
  if (enabled === 0) return -1
  const status = words[CsrSlot.mstatus >> 2]
  const privilege = words[State.privilege >> 2]
  const delegated = words[CsrSlot.mideleg >> 2]
  const machine = enabled & ~delegated
  if (machine !== 0 && (privilege < 3 || (status & Status.mie) !== 0)) return first(machine)
  const supervisor = enabled & delegated
  if (supervisor !== 0 && (privilege < 1 || (privilege === 1 && (status & Status.sie) !== 0))) {
    return first(supervisor) + TO_SUPERVISOR
  }
  return -1
}
