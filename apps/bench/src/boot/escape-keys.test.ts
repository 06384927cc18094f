import { describe, expect, test } from 'vitest'
import { EscapeKeys } from './escape-keys.ts'

const type = (...pieces: string[]): { done: string[]; kept: string } => {
  const done: string[] = []
  const keys = new EscapeKeys({ quit: () => done.push('quit'), help: () => done.push('help') })
  const kept = pieces.map((piece) => {
    const bytes = keys.filter(new TextEncoder().encode(piece))
    return new TextDecoder().decode(bytes)
  })
  return { done, kept: kept.join('') }
}

describe('keys', () => {
  test.each<[string, string[], string, string[]]>([
    ['go to the guest, Ctrl-C too', ['ls\r\x03'], 'ls\r\x03', []],
    ['quit after Ctrl-A', ['a\x01xb'], 'ab', ['quit']],
    ['quit in capitals', ['\x01X'], '', ['quit']],
    ['help after Ctrl-A', ['\x01h'], '', ['help']],
    ['are escaped across pieces', ['\x01', 'x'], '', ['quit']],
    ['send one Ctrl-A for two', ['\x01\x01x'], '\x01x', []],
    ['mean nothing after Ctrl-A otherwise', ['\x01qz'], 'z', []],
  ])('%s', (_name, pieces, kept, done) => expect(type(...pieces)).toEqual({ done, kept }))
})
