import { INTERRUPT_COUNTS, type InterruptSource } from './interrupt-program.ts'
import { lockstep } from './lockstep.ts'
import type { Stepper } from './stepper.ts'

const CAUSES = { software: 1, timer: 5, external: 9 } as const satisfies Record<InterruptSource, number>
/** Longer than the program takes with any interrupt. */
const LIMIT = 5000
/** What the program and its handler write. */
const MEMORY = [0x8031_0000, 0x2000] as const

/**
 * Runs {@link interruptProgram} on two steppers side by side once for each of its instructions, with an interrupt from
 * outside before that instruction, and compares all architectural state as they go, then memory.
 *
 * @param reference - usually the bare machine.
 * @returns a line for each instruction at which they parted, or at which the interrupt was lost; none when all is well.
 */
export function lockstepInterrupted(
  reference: Stepper,
  subject: Stepper,
  source: InterruptSource,
  every = 8,
): string[] {
  const lines: string[] = []
  while (reference.step());
  const length = reference.retired
  const counts = new BigUint64Array(CAUSES.external + 1)
  for (let after = 0; after < length; after++) {
    reference.restart()
    subject.restart()
    const options = { limit: LIMIT, every, memory: MEMORY, interrupt: { after, source } }
    const { divergence } = lockstep(reference, subject, options)
    if (divergence) {
      const { retired, differences } = divergence
      lines.push(`before instruction ${after}: parted after ${retired}: ${differences.join('; ')}`)
    }
    subject.read(INTERRUPT_COUNTS, new Uint8Array(counts.buffer))
    if (counts[CAUSES[source]] === 0n) lines.push(`before instruction ${after}: not taken`)
  }
  return lines
}
