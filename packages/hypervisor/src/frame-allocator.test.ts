import { expect, test } from 'vitest'
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
