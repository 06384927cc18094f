import { RandomSource } from '@worldswitch/isa/vectors'
import { expect, test } from 'vitest'
import { expectSame } from '../../test/agreement.ts'
import { type Execution, RandomMachine } from '../../test/random-machine.ts'

/** More programs by `WORLDSWITCH_LOCKSTEP=3000`, from the seed `WORLDSWITCH_LOCKSTEP_SEED`. */
const PROGRAMS = Number(process.env.WORLDSWITCH_LOCKSTEP ?? 25)
const SEED = Number(process.env.WORLDSWITCH_LOCKSTEP_SEED ?? 1)
const STEPS = 6000
const LIMIT = 30_000 + PROGRAMS * 2000

/** Runs a program on both, disturbs both alike, and compares all there is after each disturbance but the shortest. */
function lockstep(seed: number, execution: Execution): Record<'entered' | 'translated' | 'hot', number> {
  const one = new RandomMachine(seed, 'interpreter')
  const other = new RandomMachine(seed, execution)
  const slices = new RandomSource(seed)
  for (let done = 0; done < STEPS; ) {
    const steps = one.disturb()
    expect(other.disturb()).toBe(steps)
    one.run(steps)
    const slice = slices.of([steps, 60, 5])
    other.run(steps, () => 1 + slices.below(slice))
    done += steps
    if (steps > 1000 || done >= STEPS) expectSame(one, other, { seed, done })
  }
  const { entries, dispatches, translated, hot } = other.hart.translation!
  return { entered: entries + dispatches, translated, hot }
}

test.each(['translator', 'mixed'] as const)(
  'random programs do the same on the interpreter and when they are executed as "%s"',
  (execution) => {
    let entered = 0
    let translated = 0
    let hot = 0
    for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
      const done = lockstep(seed, execution)
      entered += done.entered
      translated += done.translated
      hot += done.hot
    }
    expect(entered).toBeGreaterThan(100 * PROGRAMS)
    expect(translated).toBeGreaterThan(20 * PROGRAMS)
    if (execution === 'mixed') expect(hot).toBeGreaterThan(PROGRAMS / 10)
  },
  LIMIT,
)
