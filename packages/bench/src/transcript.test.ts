import { describe, expect, test } from 'vitest'
import { firstDifference, Transcript } from './transcript.ts'

const of = (text: string): Transcript => {
  const transcript = new Transcript()
  for (const byte of new TextEncoder().encode(text)) transcript.push(byte)
  return transcript
}

describe('the first difference of two consoles', () => {
  test.each<[string, string, string, ReturnType<typeof firstDifference>]>([
    ['there is none', 'a\nb\n', 'a\nb\n', undefined],
    ['both are empty', '', '', undefined],
    ['in the middle', 'a\nb\nc\n', 'a\nx\nc\n', { line: 2, left: 'b', right: 'x' }],
    ['one goes on', 'a\n', 'a\nb', { line: 2, left: '', right: 'b' }],
    ['a newline is missing', 'a\n', 'a', { line: 2, left: '', right: undefined }],
  ])('%s', (_name, left, right, difference) => {
    expect(firstDifference(of(left), of(right))).toEqual(difference)
  })

  test('may be looked for in some lines only, which are counted by themselves', () => {
    const [left, right] = [of('1.0 hello\n@ a\n1.1 x\n@ b'), of('@ a\n@ c\n2.0 bye\n')]
    expect(firstDifference(left, right, /^@/)).toEqual({ line: 2, left: '@ b', right: '@ c' })
    expect(firstDifference(left, of('@ a\n@ b\nlonger, with more'), /^@/)).toBeUndefined()
  })

  test('is in the length when it is beyond what is kept', () => {
    const [long, longer] = ['x'.repeat(2 ** 20 + 1), 'x'.repeat(2 ** 20 + 2)].map(of)
    expect(firstDifference(long, long)).toBeUndefined()
    expect(firstDifference(long, longer)).toMatchObject({ left: '1048577 bytes in all' })
    expect(longer.lines.join('').length).toBe(2 ** 20)
  })
})
