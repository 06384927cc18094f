import { describe, expect, test } from 'vitest'
import { address, memorySize, portForward, wholeNumber } from './quantities.ts'

describe('sizes of memory', () => {
  test.each([
    ['64', 64 * 2 ** 20],
    ['64M', 64 * 2 ** 20],
    ['1g', 2 ** 30],
    ['4 KiB', 4096],
    ['128MB', 128 * 2 ** 20],
  ])('%s', (text, bytes) => expect(memorySize(text)).toBe(bytes))

  test.each(['', '0', '-1', '1.5G', '3K', '64Q', '99999999999G', 'M'])('%j is none', (text) => {
    expect(() => memorySize(text)).toThrow('is no size of memory')
  })
})

test.each(['-1', '0', '1.5', '1e3', '', '99999999999999999999'])(
  '%j is no whole number from 1 on',
  (text) => {
    expect(() => wholeNumber(1)(text)).toThrow('is no whole number from 1 on')
  },
)

test('addresses are decimal or hexadecimal', () => {
  expect([address('4096'), address('0x80200000'), address('0XfF')]).toEqual([4096n, 0x8020_0000n, 255n])
  expect(() => address('80200000h')).toThrow('is no address')
})

describe('ports', () => {
  test.each([
    ['2222:22', { hostPort: 2222, guestPort: 22 }],
    ['0.0.0.0:80:8080', { hostAddress: '0.0.0.0', hostPort: 80, guestPort: 8080 }],
  ])('%s', (text, forward) => expect(portForward(text)).toEqual(forward))

  test.each(['', '22', '0:22', '22:0', '70000:22', '22:70000', 'host:22:22', '1:2:3', '-1:22'])(
    '%j is no pair',
    (text) => {
      expect(() => portForward(text)).toThrow('is no pair of ports')
    },
  )
})
