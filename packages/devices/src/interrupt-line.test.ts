import { expect, test } from 'vitest'
import { fanOut, onChange, orGate } from './interrupt-line.ts'

test('an or-gate is asserted while any input is, and tells of changes only', () => {
  const seen: boolean[] = []
  const input = orGate((on) => seen.push(on))
  const [a, b] = [input(), input()]
  a(true)
  a(true)
  b(true)
  a(false)
  expect(seen).toEqual([true])
  b(false)
  b(false)
  a(true)
  expect(seen).toEqual([true, false, true])
})

test('a fan-out drives every line', () => {
  const seen: string[] = []
  const line = fanOut(
    (on) => seen.push(`a${on}`),
    (on) => seen.push(`b${on}`),
  )
  line(true)
  line(false)
  expect(seen).toEqual(['atrue', 'btrue', 'afalse', 'bfalse'])
})

test('a line that starts deasserted does not tell of being deasserted', () => {
  const seen: boolean[] = []
  const line = onChange((on) => seen.push(on))
  for (const on of [false, true, true, false, false]) line(on)
  expect(seen).toEqual([true, false])
})
