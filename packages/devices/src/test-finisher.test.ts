import { expect, test } from 'vitest'
import type { AccessWidth } from './device.ts'
import { testFinisher } from './test-finisher.ts'

test.each<[string, number, AccessWidth, number, string[]]>([
  ['a pass', 0, 4, 0x5555, ['exit 0']],
  ['a pass with other bits set', 0, 4, 0x1234_5555, ['exit 0']],
  ['a 16-bit pass', 0, 2, 0x5555, ['exit 0']],
  ['a failure with its code', 0, 4, 0x002a_3333, ['exit 42']],
  ['the largest code', 0, 4, 0xffff_3333, ['exit 65535']],
  ['a failure without a code', 0, 4, 0x3333, ['exit 1']],
  ['a reset', 0, 4, 0x7777, ['reset']],
  ['nonsense', 0, 4, 0x1111, []],
  ['another offset', 4, 4, 0x5555, []],
  ['a byte', 0, 1, 0x55, []],
])('%s', (_name, offset, width, value, expected) => {
  const events: string[] = []
  const finisher = testFinisher({
    exit: (code) => events.push(`exit ${code}`),
    reset: () => events.push('reset'),
  })
  finisher.write(offset, width, value)
  expect([events, finisher.read(offset, width)]).toEqual([expected, 0])
})

test('a reset that nobody listens to is ignored', () => {
  const finisher = testFinisher({ exit: () => expect.unreachable() })
  expect(() => finisher.write(0, 4, 0x7777)).not.toThrow()
})
