import { expect, test } from 'vitest'
import { readResult } from './console.ts'
import { computePrograms } from './programs.ts'

const { checksum } = computePrograms.find(({ name }) => name === 'sort')!
const wrong = '0123456789abcdef'

test.each([
  ['a run', `@bench begin sort\n@bench end sort checksum=${checksum}\n`, 'ok', checksum],
  ['lines with CR', `fw\r\n@bench begin sort\r\n@bench end sort checksum=${checksum}\r\n`, 'ok', checksum],
  ['a wrong checksum', `@bench begin sort\n@bench end sort checksum=${wrong}\n`, 'mismatch', wrong],
  [
    "another program's checksum",
    `@bench begin crc\n@bench end crc checksum=${checksum}\n`,
    'mismatch',
    checksum,
  ],
  ['the end of another', `@bench begin sort\n@bench end crc checksum=${checksum}\n`, 'unfinished', undefined],
  [
    'an end before the beginning',
    `@bench end sort checksum=${checksum}\n@bench begin sort\n`,
    'unfinished',
    undefined,
  ],
  [
    'half an end',
    `@bench begin sort\n@bench end sort checksum=${checksum.slice(1)}\n`,
    'unfinished',
    undefined,
  ],
  ['a trap', '@bench begin sort\n\n@bench trap sort scause=000000000000000d\n', 'unfinished', undefined],
])('reads %s', (_name, text, status, sum) => {
  expect(readResult(text)).toMatchObject({ status, checksum: sum })
})

test.each(['', 'OpenSBI v1.1\n', 'x @bench begin sort\n'])('finds no program in %j', (text) => {
  expect(readResult(text)).toBeUndefined()
})
