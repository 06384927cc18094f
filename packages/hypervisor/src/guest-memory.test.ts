import { MachineMemory } from '@worldswitch/cpu'
import { describe, expect, test } from 'vitest'
import { FrameAllocator } from './frame-allocator.ts'
import { GuestMemory } from './guest-memory.ts'
import { HypervisorError } from './hypervisor-error.ts'

const RAM = 0x8000_0000
const PAGE = 4096

function setup(pages = 8, slots = [{ base: RAM, bytes: 4 * PAGE }]) {
  const host = new MachineMemory({ ramBytes: pages * PAGE, codePages: 4 })
  const frames = new FrameAllocator(host.ramBase, pages * PAGE)
  return { host, frames, memory: new GuestMemory(host, frames, slots) }
}

test('host memory is taken page by page, zeroed, at the first touch', () => {
  const { host, frames, memory } = setup()
  host.ram.fill(0xaa)
  expect([memory.resident, frames.used]).toEqual([0, 0])
  expect(memory.load32(RAM + PAGE)).toBe(0)
  expect([memory.resident, frames.used]).toEqual([PAGE, 1])
  memory.store32(RAM + PAGE + 4, 7)
  expect([memory.load32(RAM + PAGE + 4), frames.used]).toEqual([7, 1])
})

test.each([
  ['before the slot', RAM - 4],
  ['behind the slot', RAM + 4 * PAGE],
  ['at zero', 0],
  ['far away', 2 ** 52],
])('an address %s is no memory', (_name, address) => {
  const { memory, frames } = setup()
  expect([memory.hostAddress(address), memory.load32(address), memory.store32(address, 1)]).toEqual([
    -1,
    -1,
    false,
  ])
  expect(memory.contains(address)).toBe(false)
  expect(frames.used).toBe(0)
})

describe('DMA', () => {
  test('goes over page boundaries to frames that are not neighbours', () => {
    const { memory } = setup()
    memory.load32(RAM + 2 * PAGE)
    memory.load32(RAM)
    const bytes = Uint8Array.from({ length: 2 * PAGE + 10 }, (_, i) => i * 7)
    expect(memory.write(RAM + PAGE - 5, bytes)).toBe(true)
    const back = new Uint8Array(bytes.length)
    expect(memory.read(RAM + PAGE - 5, back)).toBe(true)
    expect(Buffer.from(back).equals(Buffer.from(bytes))).toBe(true)
  })

  test('that leaves the slot is refused whole', () => {
    const { memory, frames } = setup()
    const before = new Uint8Array(8).fill(9)
    expect(memory.write(RAM + 4 * PAGE - 4, before)).toBe(false)
    expect(memory.read(RAM + 4 * PAGE - 4, before)).toBe(false)
    expect(before.every((byte) => byte === 9)).toBe(true)
    expect(frames.used).toBe(0)
  })
})

test('a host without frames says so, and the guest sees no memory', () => {
  const { memory } = setup(2)
  memory.load32(RAM)
  memory.load32(RAM + PAGE)
  expect(memory.exhausted).toBe(false)
  expect(memory.load32(RAM + 2 * PAGE)).toBe(-1)
  expect(memory.exhausted).toBe(true)
  memory.release()
  expect([memory.exhausted, memory.resident]).toEqual([false, 0])
})

test.each([
  ['none', [], 'at least one'],
  ['misaligned', [{ base: RAM + 8, bytes: PAGE }], 'multiples of 4096'],
  ['empty', [{ base: RAM, bytes: 0 }], 'multiples of 4096'],
  [
    'overlapping',
    [
      { base: RAM, bytes: 2 * PAGE },
      { base: RAM + PAGE, bytes: PAGE },
    ],
    'overlap',
  ], // prettier-ignore
])('slots that are %s are refused', (_name, slots, message) => {
  const { host, frames } = setup()
  expect(() => new GuestMemory(host, frames, slots)).toThrow(HypervisorError)
  expect(() => new GuestMemory(host, frames, slots)).toThrow(message)
})

test('several slots are told apart', () => {
  const { memory } = setup(8, [
    { base: RAM + 16 * PAGE, bytes: PAGE },
    { base: RAM, bytes: PAGE },
  ])
  memory.store32(RAM, 1)
  memory.store32(RAM + 16 * PAGE, 2)
  expect([memory.load32(RAM), memory.load32(RAM + 16 * PAGE), memory.load32(RAM + 8 * PAGE)]).toEqual([
    1, 2, -1,
  ])
})

describe('memory taken in blocks', () => {
  const BLOCK = 2 ** 21
  const PAGES = BLOCK / PAGE
  const large = (hostPages: number) => {
    const made = setup(hostPages, [{ base: RAM + BLOCK - PAGE, bytes: 2 * BLOCK }])
    made.memory.largestBlock = 2 ** 21
    return made
  }

  test('comes zeroed and in one piece where the slot covers the block, page by page elsewhere', () => {
    const { host, memory } = large(4 * PAGES)
    host.ram.fill(0xaa)
    const at = RAM + BLOCK + 5 * PAGE + 12
    const block = memory.blockAt(at)!
    expect(block).toMatchObject({ gpa: RAM + BLOCK, bytes: BLOCK })
    expect(block.hpa % BLOCK).toBe(0)
    expect(memory.hostAddress(at)).toBe(block.hpa + 5 * PAGE + 12)
    expect(memory.load32(RAM + 2 * BLOCK - 4)).toBe(0)
    expect(memory.resident).toBe(BLOCK)
    expect(memory.blockAt(RAM + BLOCK - 4)?.bytes).toBe(PAGE)
    expect(memory.blockAt(RAM + 2 * BLOCK)?.bytes).toBe(PAGE)
    expect(memory.blockAt(RAM)).toBeUndefined()
  })

  test('leaves the last eighth of the host to single pages', () => {
    const { frames, memory } = large(2 * PAGES)
    while (frames.available > PAGES + 100) frames.allocate()
    expect(memory.blockAt(RAM + BLOCK)?.bytes).toBe(PAGE)
    expect(memory.resident).toBe(PAGE)
  })

  test('goes back to the host whole', () => {
    const { frames, memory } = large(4 * PAGES)
    memory.blockAt(RAM + BLOCK)
    memory.release()
    expect([frames.used, memory.resident]).toEqual([0, 0])
    expect(memory.blockAt(RAM + BLOCK)).toBeUndefined()
  })
})
