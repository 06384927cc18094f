import { expect, test } from 'vitest'
import { InputQueue } from './input-queue.ts'

test('keeps order while it grows and wraps', () => {
  const queue = new InputQueue(1000)
  const seen: number[] = []
  let next = 0
  for (let round = 0; round < 200; round++) {
    next += queue.push(Uint8Array.from({ length: 7 }, (_, i) => (next + i) & 0xff))
    for (let i = 0; i < 3; i++) seen.push(queue.shift())
  }
  seen.push(...queue.take(2000))
  expect(seen).toEqual(Array.from({ length: next }, (_, i) => i & 0xff))
  expect(next).toBe(1400)
})

test('takes what fits and says how much', () => {
  const queue = new InputQueue(10)
  expect([
    queue.push(new Uint8Array(8)),
    queue.push(new Uint8Array(8)),
    queue.push(new Uint8Array(1)),
  ]).toEqual([8, 2, 0])
  expect(queue.length).toBe(10)
  queue.clear()
  expect(queue.length).toBe(0)
})
