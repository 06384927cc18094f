import { describe, expect, test } from 'vitest'
import { RandomSource } from './index.ts'

describe('a seeded source', () => {
  test('makes the same choices on every machine', () => {
    const source = new RandomSource(1)
    expect([source.below(2 ** 32), source.of(['a', 'b', 'c']), source.chance(50), source.bits64()]).toEqual([
      814657751,
      'a',
      false,
      9862782062294761382n,
    ])
  })
  test('stays in its bounds, up to both ends', () => {
    const source = new RandomSource(7)
    const seen = new Set(Array.from({ length: 200 }, () => source.below(4)))
    expect([...seen].sort()).toEqual([0, 1, 2, 3])
    expect(Array.from({ length: 50 }, () => source.below(1))).toEqual(Array.from({ length: 50 }, () => 0))
  })
  test.each([
    [0, 0],
    [100, 1000],
  ])('takes %i chances of a hundred for what they are', (percent, taken) => {
    const source = new RandomSource(3)
    expect(Array.from({ length: 1000 }, () => source.chance(percent)).filter(Boolean)).toHaveLength(taken)
  })
  test('tells seeds apart', () => {
    expect(new RandomSource(1).bits64()).not.toBe(new RandomSource(2).bits64())
  })
})
