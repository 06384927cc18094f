import { bareStepper, lockstep, randomProgram, strategyStepper } from '@worldswitch/hypervisor/conformance'
import { expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'

/** Random privileged programs do the same as on the bare machine, instruction by instruction. */
export function testConformance(kit: StrategyKit): void {
  /** Set it to run more of them. */
  const RUNS = Number(process.env.CONFORMANCE_RUNS ?? 20)

  const PLAYGROUND = [0x8030_0000, 0x30_0000] as const

  test(`${RUNS} random privileged programs do the same bare and virtualized, instruction by instruction`, () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const program = randomProgram(seed)
      const result = lockstep(bareStepper(program), strategyStepper(program, kit.strategy), {
        limit: 20_000,
        memory: PLAYGROUND,
      })
      expect(result.divergence, `${program.name}, after ${result.retired} instructions`).toBeUndefined()
      expect(result.retired).toBeGreaterThan(500)
    }
  }, 120_000)
}
