import { RandomSource } from '@worldswitch/isa/vectors'
import { expect, test } from 'vitest'
import { PcCounts } from './pc-counts.ts'

test('counts what a map counts, the first PCs only', () => {
  const source = new RandomSource(1)
  const pcs = Array.from({ length: 3000 }, () => source.bits64())
  // The same low halves, then the same high ones.
  for (let i = 0n; i < 500n; i++) pcs.push((i << 32n) | 0x8000_0000n, 0xffff_ffff_8000_0000n + 2n * i)
  const counts = new PcCounts(2000)
  const expected = new Map<bigint, number>()
  for (let round = 0; round < 20_000; round++) {
    const pc = pcs[source.below(pcs.length)]
    counts.add(pc)
    if (expected.has(pc) || expected.size < 2000) expected.set(pc, (expected.get(pc) ?? 0) + 1)
  }
  expect(new Map(counts.entries().map(({ pc, count }) => [pc, count]))).toEqual(expected)
})

test('has nothing at first', () => {
  expect(new PcCounts(1).entries()).toEqual([])
})
