import { describe, expect, test } from 'vitest'
import { random, snapshot } from './board.ts'
import { chaos, checksum, runSteps, steer } from './chaos.ts'

/** More seeds by `WORLDSWITCH_FUZZ=1000`. */
const SEEDS = Number(process.env.WORLDSWITCH_FUZZ ?? 24)
const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1)

describe('random programs in random modes on random page tables', () => {
  test('both engines agree on all state after every instruction', () => {
    for (const seed of seeds) {
      const one = chaos(seed, 'interpreter')
      const other = chaos(seed, 'reference')
      for (let step = 0; step < 150; step++) {
        const a = one.hart.run(1)
        const b = other.hart.run(1)
        steer(one.hart, a)
        steer(other.hart, b)
        if (
          a.reason !== b.reason ||
          a.steps !== b.steps ||
          !equal(one.hart.saveState(), other.hart.saveState())
        ) {
          expect({ seed, step, ...snapshot(one.hart) }).toEqual({ seed, step, ...snapshot(other.hart) })
        }
      }
      expect(checksum(one.memory)).toBe(checksum(other.memory))
    }
  })

  test('both engines agree after long runs, however they are sliced', () => {
    for (const seed of seeds) {
      const next = random(seed)
      const one = chaos(seed, 'interpreter')
      const other = chaos(seed, 'reference')
      expect(runSteps(one.hart, 4000, () => 4000)).toBe(runSteps(other.hart, 4000, () => 1 + (next() % 50)))
      expect({ seed, ...snapshot(one.hart) }).toEqual({ seed, ...snapshot(other.hart) })
      expect(checksum(one.memory)).toBe(checksum(other.memory))
    }
  })

  test.each(['interpreter', 'translator'] as const)(
    'the %s counts as the interpreter does, however it is sliced',
    (engine) => {
      for (const seed of seeds) {
        const whole = chaos(seed, 'interpreter')
        const sliced = chaos(seed, engine)
        expect(runSteps(whole.hart, 6000, () => 6000)).toBe(
          runSteps(sliced.hart, 6000, (turn) => 1 + (turn % 7)),
        )
        expect({ seed, ...snapshot(whole.hart) }).toEqual({ seed, ...snapshot(sliced.hart) })
        expect(checksum(whole.memory)).toBe(checksum(sliced.memory))
      }
    },
  )
})

test.each(['interpreter', 'translator'] as const)(
  'random bytes as a program neither throw nor hang on the %s, and keep the budget',
  (engine) => {
    for (const seed of seeds) {
      const { hart } = chaos(seed, engine, true)
      expect(runSteps(hart, 20_000, () => 1000)).toBeGreaterThan(0)
    }
  },
)

function equal(a: Uint8Array, b: Uint8Array): boolean {
  // What the interpreter alone uses: its position, and what it last asked TypeScript for.
  const ours = new Uint8Array(a)
  const theirs = new Uint8Array(b)
  for (const bytes of [ours, theirs]) {
    bytes.fill(0, 292, 304)
    bytes.fill(0, 336, 352)
    bytes.fill(0, 384, 408)
    bytes.fill(0, 256, 264)
  }
  return Buffer.compare(ours, theirs) === 0
}
