import { expect, test } from 'vitest'
import { prompt } from './prompt.ts'

test.each([
  ['# ', 'login\r\n/ # ', 1],
  ['aab', 'aaab aab', 1],
  ['# ', '#', 0],
  ['$', '', 0],
  ['é', 'caffé', 1],
])('%j in %j is seen %d times', (text, printed, times) => {
  let seen = 0
  const watch = prompt(text, () => {
    seen++
  })
  for (const byte of new TextEncoder().encode(printed)) watch(byte)
  expect(seen).toBe(times)
})
