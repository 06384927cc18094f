import { describe, expect, test } from 'vitest'
import type { EngineName } from '../../src/index.ts'
import { compare, instructionAt } from './compare.ts'
import { Batch } from './image.ts'
import { engineUnderTest, machines } from './machine-under-test.ts'
import { onHart } from './on-hart.ts'
import { onQemu } from './on-qemu.ts'
import type { LogEntry, Outcome } from './record.ts'
import { show } from './show.ts'

/**
 * Random programs on the hart and on Debian's QEMU. `FUZZ_SEED` is the first program's seed, `FUZZ_PROGRAMS` how many
 * there are for each machine, `FUZZ_ENGINE` the engine of the hart. A difference names the batch in which it was found:
 * with the same two numbers and `FUZZ_SHOW`, the seed, all of that program is shown.
 */
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const PROGRAMS = Number(process.env.FUZZ_PROGRAMS ?? 1500)
const SHOWN = Number(process.env.FUZZ_SHOW ?? -1)
const BATCH = 100
/** A batch takes some five seconds, one with other engines up to a minute; machines differ. */
const LIMIT = 900_000

const batches = Array.from({ length: Math.ceil(PROGRAMS / BATCH) }, (_, i) => ({
  seed: SEED + i * BATCH,
  count: Math.min(BATCH, PROGRAMS - i * BATCH),
  // The other engines are slow, each in its way: they do the first ones.
  others: (i === 0 ? ['reference', 'translator'] : i < 3 ? ['translator'] : []) as EngineName[],
}))

describe.each(machines)('the hart and QEMU agree, $name', (machine) => {
  test.each(batches)(
    'on $count programs from seed $seed',
    ({ seed, count, others }) => {
      const batch = new Batch(machine, seed, count)
      const ours = onHart(batch, engineUnderTest)
      for (const engine of others) {
        expect(Buffer.compare(onHart(batch, engine).output, ours.output)).toBe(0)
      }
      const { found, hung } = onQemu(batch)
      if (SHOWN >= seed && SHOWN < seed + count) console.log(show(batch, SHOWN - seed, ours, found))
      const { compared, differences, excused } = compare(batch, ours, found)
      expect(differences.map(({ text }) => text)).toEqual([])
      // A generator or an excuse that leaves nothing to compare would go unnoticed otherwise.
      if (count < BATCH) return
      const excuses = [...excused.values()].flat().length
      expect(compared).toBeGreaterThan(count / 2)
      expect(compared - excuses).toBeGreaterThan(count / 3)
      expect(hung.length).toBeLessThanOrEqual(count / 25)
    },
    LIMIT,
  )
})

describe('the comparison', () => {
  const batch = new Batch(machines[0]!, 1, 30)
  const ours = onHart(batch, undefined)
  const [first, ...rest] = ours.found
  test.each(['x5', 'f3', 'vsatp', 'data', 'tables'])('finds one wrong bit in %s', (name) => {
    const wrong = { ...first!, state: { ...first!.state, [name]: first!.state[name]! ^ 0x10n } }
    const { differences } = compare(batch, ours, [wrong, ...rest])
    expect(differences.map(({ fields }) => fields)).toEqual([[name]])
  })
  test('finds a trap too few', () => {
    const { differences } = compare(batch, ours, [{ ...first!, log: first!.log.slice(1) }, ...rest])
    expect(differences).toHaveLength(1)
  })

  // A store fault at an AMO with traps behind it, and the load fault that QEMU raises there.
  const amo = ours.found
    .flatMap((outcome) => outcome.log.map((entry, i) => ({ outcome, entry, i })))
    .find(
      ({ outcome: { log, index }, entry: { fields }, i }) =>
        i < log.length - 1 &&
        [6n, 7n, 15n, 23n].includes((fields.scause ?? fields.mcause)!) &&
        instructionAt(batch, ours.memory, index, fields.sepc ?? fields.mepc)?.startsWith('amo'),
    )!
  const load = (amo.entry.fields.scause ?? amo.entry.fields.mcause)! - 2n
  const withLog = (change: (log: LogEntry[]) => void): Outcome[] => {
    const log = [...amo.outcome.log]
    change(log)
    return ours.found.map((each) => (each === amo.outcome ? { ...each, log } : each))
  }
  const set = (log: LogEntry[], i: number, name: 'cause' | 'epc', value: bigint) => {
    const { level, fields } = log[i]!
    log[i] = { level, fields: { ...fields, [level === 3 ? `m${name}` : `s${name}`]: value } }
  }
  test('goes on behind a known deviation', () => {
    const theirs = withLog((log) => set(log, amo.i, 'cause', load))
    const { differences, excused, passed } = compare(batch, ours, theirs)
    expect([differences, excused.size, [...passed.keys()]]).toEqual([[], 0, ['faults of AMOs and SCs']])
  })
  test('finds what is wrong behind it', () => {
    const theirs = withLog((log) => {
      set(log, amo.i, 'cause', load)
      set(log, amo.i + 1, 'epc', 0x8000_0000n)
    })
    expect(compare(batch, ours, theirs).differences).toHaveLength(1)
  })
  test('does not take another cause for it', () => {
    const theirs = withLog((log) => set(log, amo.i, 'cause', 12n))
    expect(compare(batch, ours, theirs).differences).toHaveLength(1)
  })
})
