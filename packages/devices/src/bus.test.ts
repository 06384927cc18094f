import { describe, expect, test } from 'vitest'
import { Bus } from './bus.ts'
import type { AccessWidth, Device } from './device.ts'
import { DeviceError } from './device-error.ts'

/** A device that notes what reaches it, and answers with the offset. */
const recorder = (size: number): Device & { log: string[] } => {
  const log: string[] = []
  return {
    log,
    compatible: ['test,recorder'],
    size,
    read(offset, width) {
      log.push(`r${width}@${offset}`)
      return width === 1 ? offset & 0xff : offset
    },
    write: (offset, width, value) => void log.push(`w${width}@${offset}=${value.toString(16)}`),
    reset: () => void log.push('reset'),
  }
}

describe('mapping', () => {
  test('names both devices of an overlap', () => {
    const bus = new Bus().map({ name: 'uart0', base: 0x1000, device: recorder(0x100) })
    const build = () => bus.map({ name: 'rtc', base: 0x10f8, device: recorder(8) })
    expect(build).toThrow(DeviceError)
    expect(build).toThrow(/rtc \(0x10f8 to 0x10ff\) overlaps uart0 \(0x1000 to 0x10ff\)/)
    expect(bus.mappings).toHaveLength(1)
  })

  test.each([
    ['from below', 0xff8, 0x10],
    ['inside', 0x1010, 8],
    ['around', 0xf00, 0x1000],
    ['the same', 0x1000, 0x100],
  ])('refuses an overlap %s', (_name, base, size) => {
    const bus = new Bus().map({ name: 'a', base: 0x1000, device: recorder(0x100) })
    expect(() => bus.map({ name: 'b', base, device: recorder(size) })).toThrow(
      expect.objectContaining({ code: 'bus-overlap' }),
    )
  })

  test.each([
    ['a negative base', -8, 8],
    ['a base that is no multiple of 8', 4, 8],
    ['a fractional base', 0.5, 8],
    ['no size', 0, 0],
    ['an end beyond exact numbers', Number.MAX_SAFE_INTEGER - 7, 16],
  ])('refuses %s', (_name, base, size) => {
    expect(() => new Bus().map({ name: 'x', base, device: recorder(size) })).toThrow(
      expect.objectContaining({ code: 'bus-range' }),
    )
  })

  test('lists neighbours by address, whatever the order they came in', () => {
    const bus = new Bus()
    for (const base of [0x3000, 0x1000, 0x2000])
      bus.map({ name: `d${base / 0x1000}`, base, device: recorder(0x1000) })
    expect(bus.mappings.map(({ name }) => name)).toEqual(['d1', 'd2', 'd3'])
  })
})

describe('accesses', () => {
  const setUp = () => {
    const low = recorder(0x100)
    const high = recorder(0xc)
    const bus = new Bus()
      .map({ name: 'high', base: 0x10_0000_0000, device: high })
      .map({ name: 'low', base: 0x1000, device: low })
    return { bus, low, high }
  }

  test.each<[string, number, AccessWidth | 8]>([
    ['below everything', 0xff8, 4],
    ['between devices', 0x1100, 1],
    ['above everything', 2 ** 52, 8],
    ['misaligned by one', 0x1001, 2],
    ['misaligned to half a word', 0x1002, 4],
    ['misaligned to a word', 0x1004, 8],
    ['crossing the end of a device', 0x10_0000_0008, 8],
  ])('fault %s, and no device sees them', (_name, address, width) => {
    const { bus, low, high } = setUp()
    expect(bus.read(address, width)).toBeUndefined()
    expect(bus.write(address, width, 0n)).toBe(false)
    if (width !== 8) {
      expect(bus.load(address, width)).toBe(-1)
      expect(bus.store(address, width, 0)).toBe(false)
    }
    expect([...low.log, ...high.log]).toEqual([])
  })

  test.each<[AccessWidth, bigint, string]>([
    [1, 0xfn, 'w1@15=ef'],
    [2, 0xen, 'w2@14=beef'],
    [4, 0xcn, 'w4@12=deadbeef'],
  ])('of %d bytes reach the device once', (width, read, written) => {
    const { bus, low } = setUp()
    const address = 0x1000 + Number(read)
    expect(bus.read(address, width)).toBe(read)
    expect(bus.write(address, width, 0x1234_dead_beefn)).toBe(true)
    expect(low.log).toEqual([`r${width}@${Number(read)}`, written])
  })

  test('of 8 bytes are two of 4, the lower first', () => {
    const { bus, high } = setUp()
    expect(bus.read(0x10_0000_0000, 8)).toBe(0x4_0000_0000n)
    expect(bus.write(0x10_0000_0000, 8, 0x1122_3344_5566_7788n)).toBe(true)
    expect(high.log).toEqual(['r4@0', 'r4@4', 'w4@0=55667788', 'w4@4=11223344'])
  })

  test('of 8 bytes read a moving register at one moment when it can', () => {
    const { bus } = setUp()
    bus.map({ name: 'clock', base: 0x5000, device: { ...recorder(8), read64: () => 0xffff_ffff_ffff_fffen } })
    expect(bus.read(0x5000, 8)).toBe(0xffff_ffff_ffff_fffen)
  })

  test('alternate between devices', () => {
    const { bus, low, high } = setUp()
    for (let i = 0; i < 3; i++) {
      bus.load(0x1000, 4)
      bus.load(0x10_0000_0000, 4)
    }
    expect([low.log.length, high.log.length]).toEqual([3, 3])
  })

  test('find every one of many devices', () => {
    const bus = new Bus()
    for (let i = 0; i < 50; i++) bus.map({ name: `d${i}`, base: i * 0x20, device: recorder(8) })
    for (let i = 0; i < 50; i++) {
      expect(bus.find(i * 0x20 + 7)?.name).toBe(`d${i}`)
      expect(bus.find(i * 0x20 + 8)).toBeUndefined()
    }
  })
})

test('reset reaches every device', () => {
  const devices = [recorder(8), recorder(8)]
  const bus = new Bus()
  devices.forEach((device, i) => {
    bus.map({ name: `d${i}`, base: i * 8, device })
  })
  bus.reset()
  expect(devices.map(({ log }) => log)).toEqual([['reset'], ['reset']])
})
