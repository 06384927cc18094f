import { describe, expect, test } from 'vitest'
import { FRAME_SIZE, FrameAllocator } from './frame-allocator.ts'

const BASE = 0x8000_0000

test('frames come in ascending order, each once, until none is left', () => {
  const frames = new FrameAllocator(BASE, 3 * FRAME_SIZE)
  expect([frames.allocate(), frames.allocate(), frames.allocate(), frames.allocate()]).toEqual([
    BASE,
    BASE + 0x1000,
    BASE + 0x2000,
    undefined,
  ])
  expect([frames.used, frames.available]).toEqual([3, 0])
})

test('a frame that was given back comes again', () => {
  const frames = new FrameAllocator(BASE, FRAME_SIZE)
  const frame = frames.allocate()!
  frames.release(frame)
  expect([frames.used, frames.allocate()]).toEqual([0, frame])
})

test.each([
  ['a misaligned base', BASE + 1, FRAME_SIZE],
  ['a misaligned length', BASE, 100],
  ['nothing', BASE, 0],
])('%s is refused', (_name, base, bytes) => {
  expect(() => new FrameAllocator(base, bytes)).toThrow('4 KiB alignment')
})

describe('frames in a row', () => {
  test('are aligned to their length, and what is skipped is not lost', () => {
    const frames = new FrameAllocator(BASE, 16 * FRAME_SIZE)
    frames.allocate()
    expect(frames.allocateRun(4)).toBe(BASE + 4 * FRAME_SIZE)
    expect([frames.used, frames.available]).toEqual([5, 11])
    const rest = Array.from({ length: 11 }, () => frames.allocate()!)
    expect(new Set(rest).size).toBe(11)
    expect(frames.allocate()).toBeUndefined()
  })

  test('are found among those given back, and only there where they are aligned', () => {
    const frames = new FrameAllocator(BASE, 8 * FRAME_SIZE)
    const all = Array.from({ length: 8 }, () => frames.allocate()!)
    for (const index of [1, 2, 3, 6, 5]) frames.release(all[index])
    expect(frames.allocateRun(4)).toBeUndefined()
    frames.release(all[4])
    expect(frames.allocateRun(4)).toBeUndefined()
    frames.release(all[7])
    expect(frames.allocateRun(4)).toBe(all[4])
    expect(frames.allocateRun(2)).toBe(all[2])
    expect([frames.allocate(), frames.allocate()]).toEqual([all[1], undefined])
  })
})
