import { describe, expect, test } from 'vitest'
import { readCpio } from '../test/read-cpio.ts'
import { type CpioEntry, writeCpio } from './cpio.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('every kind of entry is read back, whatever its length', () => {
  const files = [0, 1, 2, 3, 4, 5].map(
    (length): CpioEntry => ({
      kind: 'file',
      path: `bin/${'n'.repeat(length + 1)}`,
      contents: bytes('x'.repeat(length)),
    }),
  )
  const archive = writeCpio([
    { kind: 'folder', path: 'bin' },
    ...files,
    { kind: 'file', path: 'init', contents: bytes('#!'), executable: true },
    { kind: 'link', path: 'bin/sh', target: 'busybox' },
    { kind: 'device', path: 'console', major: 5, minor: 1 },
  ])
  const read = readCpio(archive).map(({ path, mode, device, contents }) => [
    path,
    mode.toString(8),
    device.join(),
    new TextDecoder().decode(contents),
  ])
  expect(read).toEqual([
    ['bin', '40755', '0,0', ''],
    ...[0, 1, 2, 3, 4, 5].map((length) => [
      `bin/${'n'.repeat(length + 1)}`,
      '100644',
      '0,0',
      'x'.repeat(length),
    ]),
    ['init', '100755', '0,0', '#!'],
    ['bin/sh', '120777', '0,0', 'busybox'],
    ['console', '20600', '5,1', ''],
  ])
})

test('an empty archive is its end', () => expect(readCpio(writeCpio([]))).toEqual([]))

describe('an entry that no kernel could unpack is refused', () => {
  const folder = (path: string): CpioEntry => ({ kind: 'folder', path })
  test.each([
    ['', 'no relative path'],
    ['/bin', 'no relative path'],
    ['bin/', 'no relative path'],
    ['a/../b', 'no relative path'],
    ['a\0b', 'no relative path'],
    ['TRAILER!!!', 'the mark of the end'],
    ['bin/sh', 'before its folder bin'],
  ])('%j', (path, message) => {
    expect(() => writeCpio([folder(path)])).toThrow(
      expect.objectContaining({ code: 'CPIO_ENTRY', message: expect.stringContaining(message) }),
    )
  })
  test('twice the same', () => expect(() => writeCpio([folder('a'), folder('a')])).toThrow('there twice'))
})
