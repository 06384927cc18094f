import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { changingCode } from './changing-code.ts'

/**
 * Code that never stays the same must not make the host's memory grow. `WORLDSWITCH_SOAK` says for how many minutes on
 * each engine; `pnpm soak` says 30.
 */
const MINUTES = Number(process.env.WORLDSWITCH_SOAK ?? 0.5)
if (!(MINUTES > 0)) throw new Error('WORLDSWITCH_SOAK is a number of minutes, such as 30 or 0.5')

const SAMPLES = 40
const MIB = 2 ** 20
/** Between the second quarter of the time and the last one, in MiB: half a minute of modules that are kept is more. */
const MOST_GROWTH = 64

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]

/** Resident memory of the process in MiB, garbage not counted. */
async function resident(): Promise<number> {
  // The host frees compiled code in tasks of its own behind a collection.
  for (let i = 0; i < 2; i++) {
    collectGarbage()
    await sleep(50)
  }
  return process.memoryUsage().rss / MIB
}

test.each([
  { engine: 'auto', rounds: 20_000 },
  { engine: 'translator', rounds: 50 },
] as const)(
  `${MINUTES} minutes of ever-changing code on engine $engine keep the host's memory flat`,
  async ({ engine, rounds }) => {
    const guest = changingCode(engine, rounds)
    const began = performance.now()
    const sizes: number[] = []
    for (let sample = 1; sample <= SAMPLES; sample++) {
      while (performance.now() - began < (sample / SAMPLES) * MINUTES * 60_000) {
        guest.run()
        await breathe()
      }
      sizes.push(await resident())
    }
    const quarter = (number: number): number =>
      median(sizes.slice((number * SAMPLES) / 4, ((number + 1) * SAMPLES) / 4))
    const { translated, invalidated, evicted, regions } = guest.hart.translation!
    console.info(
      `${engine}, ${MINUTES} min: resident ${[0, 1, 2, 3].map((n) => quarter(n).toFixed()).join(', ')} MiB (medians of quarters), ` +
        `${(guest.hart.steps / 1e6).toFixed()} million steps, ${translated} regions translated, ${invalidated} invalidated, ${evicted} evicted`,
    )
    expect(quarter(3) - quarter(1)).toBeLessThan(MOST_GROWTH)
    expect(translated).toBeGreaterThan(20 * MINUTES)
    expect(invalidated).toBeGreaterThan(0)
    expect(regions).toBeLessThan(translated)
  },
  MINUTES * 60_000 + 120_000,
)
