import {
  bareStepper,
  type InterruptSource,
  interruptProgram,
  interruptSources,
  lockstepInterrupted,
  strategyStepper,
} from '@worldswitch/hypervisor/conformance'
import { describe, expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'

/** Interrupts are taken when the architecture says so: before each instruction of a program, one run for each. */
export function testInterrupts(
  { strategy }: StrategyKit,
  sources: readonly InterruptSource[] = interruptSources,
): void {
  describe.each(sources)('an interrupt, %s', (source) => {
    test('before any instruction does what it does on the bare machine', () => {
      const program = interruptProgram()
      const subject = strategyStepper(program, strategy)
      expect(lockstepInterrupted(bareStepper(program), subject, source)).toEqual([])
    }, 120_000)
  })
}
