import { expect, test } from 'vitest'
import { TimedConsole } from './timed-console.ts'

const console = (...pieces: [piece: string, time: number][]): TimedConsole => {
  const filled = new TimedConsole()
  for (const [piece, time] of pieces) filled.add(piece, time)
  return filled
}

test('a text has come when its last character has', () => {
  const split = console(['x beg', 1], ['in', 2], [' and', 3])
  expect(split.find('begin', 0)).toEqual({ time: 2, end: 7 })
  expect(split.find('x', 0)).toEqual({ time: 1, end: 1 })
  expect(split.text).toBe('x begin and')
})

test('what came before an offset is not found, what comes right there is', () => {
  const twice = console(['mark ', 1], ['mark', 5])
  expect(twice.find('mark', 0)?.time).toBe(1)
  expect(twice.find('mark', 4)?.time).toBe(5)
  expect(twice.find('mark', 5)?.time).toBe(5)
  expect(twice.find('mark', 6)).toBeUndefined()
})

test('nothing is found where nothing came', () => {
  expect(console().find('mark', 0)).toBeUndefined()
  expect(console(['mar', 1]).find('mark', 0)).toBeUndefined()
})
