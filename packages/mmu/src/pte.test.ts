import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPermissions, parsePermissions } from './permissions.ts'
import { decodePte, encodePte } from './pte.ts'

test('every 64-bit word decodes and encodes back to itself', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (word) => {
      expect(encodePte(decodePte(word))).toBe(word)
    }),
    { seed: 1 },
  )
})

test.each([
  ['ppn', { ppn: 2 ** 44 }],
  ['software', { software: 4 }],
  ['memoryType', { memoryType: -1 }],
  ['reserved', { reserved: 0.5 }],
])('encoding refuses a %s that does not fit', (_name, pte) => {
  expect(() => encodePte(pte)).toThrow(expect.objectContaining({ code: 'bad-field' }))
})

test.each([
  ['rw', 0b0_0110],
  ['xr', 0b0_1010],
  ['rwxug', 0b11_1110],
  ['r--u-', 0b1_0010],
])('permissions %s', (text, bits) => expect(parsePermissions(text)).toBe(bits))

test.each(['w', 'wx', '', 'ug', 'rq', 'ra'])("permissions '%s' are refused", (text) => {
  expect(() => parsePermissions(text)).toThrow(expect.objectContaining({ code: 'bad-permissions' }))
})

test('permissions print in columns', () => {
  expect(formatPermissions(0xff)).toBe('rwxugad')
  expect(formatPermissions(0x47)).toBe('rw---a-')
})
