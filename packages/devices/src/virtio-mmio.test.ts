import { describe, expect, test } from 'vitest'
import { GuestRam, RAM_BASE } from '../test/guest-ram.ts'
import { SmallDriver } from '../test/small-driver.ts'
import type { AccessWidth } from './device.ts'
import type { VirtioDevice, VirtioTransport } from './virtio-device.ts'
import { virtioMmio } from './virtio-mmio.ts'

const VERSION_1 = 1n << 32n
const INDIRECT = 1n << 28n

/** A device with two queues that notes what happens to it. */
const testDevice = () => {
  const log: string[] = []
  let transport: VirtioTransport | undefined
  const device: VirtioDevice = {
    id: 42,
    features: 0b101n | (1n << 50n),
    queueSizes: [8, 4],
    config: Uint8Array.of(0x11, 0x22, 0x33, 0x44, 0x55),
    attach: (to) => {
      transport = to
    },
    notify: (queue) => log.push(`notify ${queue}`),
    writeConfig: (offset, width, value) => log.push(`config ${offset} ${width} ${value}`),
    stop: () => log.push('stop'),
    reset: () => log.push('reset'),
  }
  return { device, log, transport: () => transport as VirtioTransport }
}

const setUp = () => {
  const ram = new GuestRam(0x4000)
  const lines: boolean[] = []
  const { device, log, transport } = testDevice()
  const slot = virtioMmio({ device, memory: ram, interrupt: (on) => lines.push(on) })
  return { driver: new SmallDriver(slot, ram), slot, ram, lines, log, transport }
}

describe('registers', () => {
  test.each([
    ['magic', 0x000, 0x7472_6976],
    ['version', 0x004, 2],
    ['device ID', 0x008, 42],
    ['status', 0x070, 0],
    ['interrupt status', 0x060, 0],
    ['shared memory length, low', 0x0b0, 0xffff_ffff],
    ['shared memory length, high', 0x0b4, 0xffff_ffff],
    ['shared memory base, low', 0x0b8, 0xffff_ffff],
    ['shared memory base, high', 0x0bc, 0xffff_ffff],
    ['queue reset, which is not offered', 0x0c0, 0],
    ['config generation', 0x0fc, 0],
    ['a write-only register', 0x030, 0],
  ])('%s', (_name, offset, value) => {
    const { driver } = setUp()
    driver.set(0xac, 0)
    expect(driver.get(offset)).toBe(value)
  })

  test('features come in words, and there are two', () => {
    const { driver } = setUp()
    expect(driver.offered()).toBe(0b101n | (1n << 50n) | VERSION_1 | INDIRECT)
    driver.set(0x14, 2)
    expect(driver.get(0x10)).toBe(0)
  })

  test.each<[AccessWidth, number]>([
    [1, 0],
    [2, 0],
    [4, 0x7472_6976],
  ])('accesses of %d bytes to them', (width, value) => {
    const { slot } = setUp()
    slot.write(0x70, width, 1)
    expect([slot.read(0, width), slot.read(0x70, 4)]).toEqual([value, width === 4 ? 1 : 0])
  })

  test.each<[number, AccessWidth, number]>([
    [0x100, 4, 0x4433_2211],
    [0x100, 1, 0x11],
    [0x102, 2, 0x4433],
    [0x104, 4, 0x55],
    [0x108, 4, 0],
    [0xffc, 4, 0],
  ])('the configuration space at 0x%x by %d', (offset, width, value) => {
    expect(setUp().slot.read(offset, width)).toBe(value)
  })

  test('stores to the configuration space reach the device while they are inside', () => {
    const { slot, log } = setUp()
    slot.write(0x102, 2, 7)
    slot.write(0x104, 2, 7)
    expect(log).toEqual(['config 2 2 7'])
  })

  test('an empty slot has device ID 0 and ignores everything', () => {
    const slot = virtioMmio({ memory: new GuestRam(16) })
    const driver = new SmallDriver(slot, new GuestRam(16))
    expect([driver.get(0), driver.get(4), driver.get(8)]).toEqual([0x7472_6976, 2, 0])
    expect(driver.negotiate()).toBe(false)
    driver.set(0x50, 0)
    slot.reset()
    expect([driver.status, driver.get(0x34), driver.get(0x100)]).toEqual([0, 0, 0])
  })
})

describe('negotiation', () => {
  test.each<[string, bigint, boolean]>([
    ['version 1 alone is accepted', VERSION_1, true],
    ['everything on offer is accepted', 0b101n | (1n << 50n) | VERSION_1 | INDIRECT, true],
    ['without version 1 it is refused', 0b101n, false],
    ['a low bit not on offer is refused', 0b10n | VERSION_1, false],
    ['a high bit not on offer is refused', (1n << 51n) | VERSION_1, false],
  ])('%s', (_name, features, accepted) => {
    expect(setUp().driver.negotiate(features)).toBe(accepted)
  })

  test('a refused driver can try again without a reset', () => {
    const { driver } = setUp()
    driver.negotiate(0n)
    driver.set(0x24, 1)
    driver.set(0x20, 1)
    driver.set(0x70, 11)
    expect(driver.status).toBe(11)
  })

  test('what is accepted is fixed', () => {
    const { driver } = setUp()
    driver.negotiate()
    driver.set(0x24, 1)
    driver.set(0x20, 0)
    driver.go()
    expect(driver.status).toBe(15)
  })

  test('a driver cannot start without it', () => {
    const { driver, log } = setUp()
    driver.set(0x70, 7)
    expect(driver.status).toBe(3)
    driver.addQueue(0, 8)
    driver.set(0x50, 0)
    expect(log).toEqual([])
  })

  test('only a reset clears status bits, and unknown ones stay clear', () => {
    const { driver } = setUp()
    driver.set(0x70, 0xff)
    driver.set(0x70, 1)
    expect(driver.status).toBe(0x83)
    driver.set(0x70, 0)
    expect(driver.status).toBe(0)
  })
})

describe('queues', () => {
  test.each([
    [0, 8],
    [1, 4],
    [2, 0],
    [0xffff_ffff, 0],
  ])('queue %d has at most %d descriptors', (index, size) => {
    const { driver } = setUp()
    driver.set(0x30, index)
    expect(driver.get(0x34)).toBe(size)
  })

  test.each([
    ['no size', 0, 0, 0, 0],
    ['a size that is no power of two', 6, 0, 0, 0],
    ['a size above the most', 16, 0, 0, 0],
    ['a huge size', 0x8000_0000, 0, 0, 0],
    ['a misaligned descriptor table', 8, 8, 0, 0],
    ['a misaligned available ring', 8, 0, 1, 0],
    ['a misaligned used ring', 8, 0, 0, 2],
  ])('%s does not become ready', (_name, size, descriptors, available, used) => {
    const { driver } = setUp()
    driver.negotiate()
    driver.enable({
      index: 0,
      size,
      descriptors: RAM_BASE + descriptors,
      available: RAM_BASE + 0x100 + available,
      used: RAM_BASE + 0x200 + used,
      free: 0,
      added: 0,
      seen: 0,
    })
    expect(driver.get(0x44)).toBe(0)
  })

  test('a ready queue is ready until it is not', () => {
    const { driver } = setUp()
    driver.negotiate()
    driver.addQueue(1, 2)
    expect(driver.get(0x44)).toBe(1)
    driver.set(0x44, 0)
    expect(driver.get(0x44)).toBe(0)
  })

  test('the set-up of a ready queue is fixed', () => {
    const { driver } = setUp()
    driver.negotiate()
    driver.addQueue(1, 2)
    for (const offset of [0x38, 0x80, 0x90, 0xa0]) driver.set(offset, 0xffff)
    driver.set(0x44, 0)
    driver.set(0x44, 1)
    expect(driver.get(0x44)).toBe(1)
  })

  test('notifications reach the device for ready queues only, once it runs', () => {
    const { driver, log } = setUp()
    driver.negotiate()
    const queue = driver.addQueue(1, 4)
    driver.notify(queue)
    expect(log).toEqual(['stop'])
    driver.go()
    expect(log).toEqual(['stop', 'notify 1'])
    driver.notify(queue)
    driver.set(0x50, 0)
    driver.set(0x50, 2)
    driver.set(0x50, 0xffff_ffff)
    expect(log).toEqual(['stop', 'notify 1', 'notify 1'])
  })
})

describe('interrupts', () => {
  test('a used buffer raises one until it is acknowledged', () => {
    const { driver, transport, lines } = setUp()
    const [, queue] = driver.start([8, 4])
    driver.add(queue, [{ room: 4 }])
    const chain = transport().queues[1].pop()
    expect(chain?.writableLength).toBe(4)
    if (chain) transport().queues[1].complete(chain, 3)
    expect([driver.get(0x60), lines, driver.collect(queue)]).toEqual([1, [true], [{ head: 0, length: 3 }]])
    driver.set(0x64, 2)
    expect(lines).toEqual([true])
    driver.set(0x64, 1)
    expect([driver.get(0x60), lines]).toEqual([0, [true, false]])
  })

  test('the driver can do without', () => {
    const { driver, ram, transport, lines } = setUp()
    const [queue] = driver.start([8])
    ram.set16(queue.available, 1)
    driver.add(queue, [{ room: 4 }])
    const chain = transport().queues[0].pop()
    if (chain) transport().queues[0].complete(chain, 0)
    expect([driver.collect(queue).length, driver.get(0x60), lines]).toEqual([1, 0, []])
  })

  test('a configuration change raises one and moves the generation', () => {
    const { driver, transport, lines } = setUp()
    transport().configChanged()
    expect([driver.get(0xfc), driver.get(0x60), lines]).toEqual([1, 0, []])
    driver.start([8])
    transport().configChanged()
    expect([driver.get(0xfc), driver.get(0x60), lines]).toEqual([2, 2, [true]])
  })
})

describe('reset', () => {
  test('by the driver stops queues, interrupts and requests under way', () => {
    const { driver, ram, transport, lines, log } = setUp()
    const [queue] = driver.start([8])
    driver.add(queue, [{ room: 4 }])
    const { at } = driver.add(queue, [{ room: 4 }])
    const [first, late] = [transport().queues[0].pop(), transport().queues[0].pop()]
    if (first) transport().queues[0].complete(first, 0)
    driver.set(0x70, 0)
    expect([driver.status, driver.get(0x60), lines, log.at(-1)]).toEqual([0, 0, [true, false], 'stop'])
    driver.set(0x30, 0)
    expect(driver.get(0x44)).toBe(0)
    const before = ram.bytes.slice()
    expect([late?.live, late?.write(0, Uint8Array.of(1))]).toEqual([false, false])
    if (late) transport().queues[0].complete(late, 4)
    expect([ram.bytes, at.length, lines]).toEqual([before, 1, [true, false]])
  })

  test('of the board reaches the device', () => {
    const { slot, driver, transport, log } = setUp()
    driver.start([8])
    transport().configChanged()
    slot.reset()
    expect([driver.status, driver.get(0xfc), log.slice(-2)]).toEqual([0, 0, ['stop', 'reset']])
  })

  test('leaves a device that works', () => {
    const { driver, transport } = setUp()
    for (let round = 0; round < 3; round++) {
      const [queue] = driver.start([4])
      driver.add(queue, [{ room: 8 }])
      const chain = transport().queues[0].pop()
      if (chain) transport().queues[0].complete(chain, 8)
      expect(driver.collect(queue)).toEqual([{ head: 0, length: 8 }])
    }
  })
})
