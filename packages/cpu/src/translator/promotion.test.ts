import { assemble } from '@worldswitch/isa'
import { expect, test } from 'vitest'
import { ENTRY, lateLimits } from '../../test/board.ts'
import { Hart, MachineMemory } from '../index.ts'
import type { TranslatorLimits } from './hotness.ts'
import { translatorOf } from './translator.ts'

/** Instructions of a round. */
const ROUND = 50
const THRESHOLD = 12

/** Harts of a memory whose translator has these limits. */
function hartsWith(text: string, limits: Partial<TranslatorLimits>, count = 1): Hart[] {
  const memory = new MachineMemory({ ramBytes: 0x20_0000, codePages: 16, harts: count })
  const extensions = ['M'] as const
  translatorOf(memory, new Set(['I', 'Zicsr', 'Zifencei', ...extensions]), {
    ...lateLimits,
    threshold: THRESHOLD,
    calm: 1,
    halvings: 1,
    batch: 1,
    patience: 0,
    loopPeriod: 1e9,
    ...limits,
  })
  memory.writeRam(Number(ENTRY), assemble(text, { origin: ENTRY }).bytes)
  return Array.from({ length: count }, (_, id) => {
    const hart = new Hart({ id, memory, extensions })
    hart.pc = ENTRY
    return hart
  })
}

/**
 * A loop, executed in short runs.
 *
 * @param period - interpreted steps for which arrivals are counted.
 * @param calmPeriods - periods in which nothing is translated until half of the arrivals are enough.
 * @param halvings - how often that is so.
 */
function translated(
  rounds: number,
  period: number,
  { harts = 1, ...limits }: { harts?: number; calmPeriods?: number; halvings?: number } = {},
): number {
  const text = `loop:\n${'addi a0, a0, 1\n'.repeat(ROUND - 1)}j loop`
  const all = hartsWith(text, { period, ...limits }, harts)
  for (let round = 0; round < rounds; round++) for (const hart of all) hart.run(ROUND)
  for (const hart of all) expect(hart.readX(10)).toBe(BigInt(rounds * (ROUND - 1)))
  return all[0].translation!.translated
}

test('a place is hot that is arrived at often enough in one period', () => {
  // A round's arrivals are two: by its jump, and where a run begins.
  expect(translated(THRESHOLD / 2 - 1, 1_000_000)).toBe(0)
  expect(translated(THRESHOLD / 2 + 1, 1_000_000)).toBe(1)
  expect(translated(THRESHOLD, (THRESHOLD / 2 + 1) * ROUND)).toBe(1)
})

test('a place is never hot that is not, however long it is arrived at', () => {
  expect(translated(10_000, (THRESHOLD / 2 - 1) * ROUND)).toBe(0)
})

test('arrivals of all harts count, in periods of what they have interpreted together', () => {
  expect(translated(THRESHOLD / 4 - 1, 1_000_000, { harts: 2 })).toBe(0)
  expect(translated(THRESHOLD / 2, 1_000_000, { harts: 2 })).toBe(1)
  expect(translated(5000, (THRESHOLD / 2 - 1) * ROUND, { harts: 2 })).toBe(0)
})

test('where nothing has become hot for long, half as often is enough', () => {
  // Eight arrivals in a period, and twelve are asked for.
  const period = 4 * ROUND
  expect(translated(4 * 4, period, { calmPeriods: 5 })).toBe(0)
  expect(translated(4 * 6, period, { calmPeriods: 5 })).toBe(1)
  // Four are always too few.
  expect(translated(1000, 2 * ROUND, { calmPeriods: 5 })).toBe(0)
})

test('while most steps are interpreted, the longer nothing becomes hot the less often is enough, down to a limit', () => {
  // Four arrivals in a period: a third of what is asked for, then two thirds, then more.
  const period = 2 * ROUND
  expect(translated(2 * 9, period, { calmPeriods: 5, halvings: 2 })).toBe(0)
  expect(translated(2 * 11, period, { calmPeriods: 5, halvings: 2 })).toBe(1)
  // Two: a sixth.
  expect(translated(1000, ROUND, { calmPeriods: 5, halvings: 2 })).toBe(0)
  expect(translated(1000, ROUND, { calmPeriods: 5, halvings: 3 })).toBe(1)
})

test.each([
  ['most steps are interpreted', 100, true],
  ['half of the steps are translated', 1000, false],
] as const)('what comes seldom, while %s', (_what, rounds, isTranslated) => {
  const functions = Array.from({ length: 40 }, (_, i) => `f${i}:\n${'addi a0, a0, 1\n'.repeat(ROUND - 1)}ret`)
  const calls = functions.map((_, i) => `call f${i}`).join('\n')
  const text = `again: li s0, ${rounds}\n 1: addi s0, s0, -1\n bnez s0, 1b\n ${calls}\n j again\n ${functions.join('\n')}`
  // Each function is called four times in a period: a third of what is asked for.
  const [hart] = hartsWith(text, { period: 4 * 40 * (ROUND + 2), calmPeriods: 5, halvings: 2 })
  for (let run = 0; run < 500; run++) hart.run(10_000)
  expect(hart.translation!.translated > functions.length).toBe(isTranslated)
  expect(hart.translation!.translated).toBeGreaterThan(0)
})
