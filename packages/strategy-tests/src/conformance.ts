import {
  bareStepper,
  interruptSources,
  lockstep,
  randomProgram,
  strategyStepper,
} from '@worldswitch/hypervisor/conformance'
import { RandomSource } from '@worldswitch/isa/vectors'
import { describe, expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'

/** What {@link testConformance} runs. */
export interface ConformanceOptions {
  /** Seed of the first program. Default 1. */
  readonly first?: number
  /** Programs of each kind. Default 8. */
  readonly runs?: number
  /** Pieces of each program. Default 200. */
  readonly length?: number
}

/** What random programs write to. */
const PLAYGROUND = [0x8030_0000, 0x30_0000] as const
const LIMIT = 100_000

/** Random privileged programs do the same as on the bare machine, instruction by instruction. */
export function testConformance({ strategy }: StrategyKit, options: ConformanceOptions = {}): void {
  const { first = 1, length = 200 } = options
  /** Set it to run more of them. */
  const runs = Number(process.env.CONFORMANCE_RUNS ?? options.runs ?? 8)
  const seeds = Array.from({ length: runs }, (_, index) => first + index)

  describe(`${runs} random privileged programs do the same bare and virtualized`, () => {
    test.each([
      ['whose tables have A and D set by software', false],
      ['whose tables have A and D set by hardware', true],
    ])(
      '%s',
      (_name, svadu) => {
        for (const seed of seeds) {
          const program = randomProgram(seed, length)
          const subject = strategyStepper(program, strategy, { svadu })
          const result = lockstep(bareStepper(program, { svadu }), subject, {
            limit: LIMIT,
            memory: PLAYGROUND,
          })
          expect(result.divergence, `${program.name}, after ${result.retired} instructions`).toBeUndefined()
          expect(result.retired).toBeGreaterThan(500)
        }
      },
      900_000,
    )

    test('with an interrupt from outside before any instruction', () => {
      for (const seed of seeds) {
        const program = randomProgram(seed, length / 4)
        const roll = new RandomSource(seed)
        const interrupt = { after: 50 + roll.below(400), source: roll.of(interruptSources) }
        const result = lockstep(bareStepper(program), strategyStepper(program, strategy), {
          limit: LIMIT,
          memory: PLAYGROUND,
          interrupt,
        })
        expect(
          result.divergence,
          `${program.name}, ${interrupt.source} after ${interrupt.after}`,
        ).toBeUndefined()
        expect(result.retired).toBeGreaterThan(interrupt.after)
      }
    }, 900_000)
  })
}
