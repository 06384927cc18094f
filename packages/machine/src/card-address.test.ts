import { expect, test } from 'vitest'
import { cardAddress } from './card-address.ts'

test.each([
  [0, 0, '52:54:00:12:34:56'],
  [0, 7, '52:54:00:12:34:5d'],
  [1, 0, '52:54:00:12:34:5e'],
  [22, 0, '52:54:00:12:35:06'],
  [2 ** 32 - 1, 0, '52:54:00:12:34:4e'],
])('with seed %i card %i is %s', (seed, card, address) => expect(cardAddress(seed, card)).toBe(address))

test('no two cards of a thousand machines with seeds of their own are the same', () => {
  const addresses = Array.from({ length: 8000 }, (_, i) => cardAddress(Math.floor(i / 8), i % 8))
  expect(new Set(addresses).size).toBe(8000)
})
