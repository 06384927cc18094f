import { describe, expect, test } from 'vitest'
import { GuestRam } from '../test/guest-ram.ts'
import { type DriverQueue, SmallDriver } from '../test/small-driver.ts'
import type { NetworkBackend, NetworkCard } from './network-backend.ts'
import { virtioMmio } from './virtio-mmio.ts'
import { type VirtioNetOptions, virtioNet } from './virtio-net.ts'

/** A frame of so many bytes that starts with a number. */
const frame = (length: number, first = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (first + i) & 0xff)

/** What a driver puts before a frame. */
const withHeader = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...new Uint8Array(12), ...bytes)

class Recorder implements NetworkBackend {
  card!: NetworkCard
  readonly frames: Uint8Array[] = []
  drains = 0
  resets = 0
  gone = 0
  awaiting = false
  connect(card: NetworkCard): void {
    this.card = card
  }
  send(bytes: Uint8Array): void {
    this.frames.push(bytes)
  }
  drained(): void {
    this.drains++
  }
  reset(): void {
    this.resets++
  }
  disconnect(): void {
    this.gone++
  }
}

const setUp = (options: Partial<VirtioNetOptions> = {}, backend = new Recorder()) => {
  const ram = new GuestRam(0x20_0000)
  const lines: boolean[] = []
  const device = virtioNet({ backend, ...options })
  const slot = virtioMmio({ device, memory: ram, interrupt: (on) => lines.push(on) })
  const driver = new SmallDriver(slot, ram)
  return { ram, slot, device, backend, driver, lines }
}

const started = (options: Partial<VirtioNetOptions> = {}, backend = new Recorder()) => {
  const parts = setUp(options, backend)
  const [receive, transmit] = parts.driver.start([64, 64])
  parts.ram.keep()
  const send = (bytes: Uint8Array) => parts.driver.request(transmit, [{ out: withHeader(bytes) }])
  return { ...parts, receive, transmit, send }
}

describe('identity', () => {
  test.each([
    ['as on QEMU', {}, [0x52, 0x54, 0, 0x12, 0x34, 0x56, 1, 0, 0, 0, 0xdc, 5]],
    [
      'of one’s own',
      { mac: '02:AB:cd:00:00:ff', mtu: 9000 },
      [2, 0xab, 0xcd, 0, 0, 0xff, 1, 0, 0, 0, 0x28, 0x23],
    ],
  ])('address, link and MTU %s', (_name, options, config) => {
    const { driver, slot } = setUp(options)
    expect([driver.get(8), driver.offered() & 0xff_ffffn]).toEqual([1, 0x1_0028n])
    expect(config.map((_, i) => slot.read(0x100 + i, 1))).toEqual(config)
  })

  test.each([
    ['an address of a group', { mac: '01:00:00:00:00:00' }, /first one even/],
    ['five bytes', { mac: '52:54:00:12:34' }, /six hexadecimal bytes/],
    ['words', { mac: 'a card' }, /six hexadecimal bytes/],
    ['a small MTU', { mtu: 67 }, /68 to 9000/],
    ['a large MTU', { mtu: 9001 }, /68 to 9000/],
    ['part of a byte', { mtu: 1500.5 }, /68 to 9000/],
  ])('refuses %s', (_name, options, message) => {
    expect(() => setUp(options)).toThrow(expect.objectContaining({ code: 'bad-option' }))
    expect(() => setUp(options)).toThrow(message)
  })
})

describe('sending', () => {
  test('passes frames on without their header, however they are cut', () => {
    const { driver, transmit, backend, device, lines } = started()
    const bytes = withHeader(frame(60))
    driver.add(transmit, [
      { out: bytes.subarray(0, 5) },
      { out: bytes.subarray(5, 30) },
      { out: bytes.subarray(30) },
    ])
    driver.add(transmit, [{ out: withHeader(frame(61)) }])
    driver.notify(transmit)
    expect(backend.frames).toEqual([frame(60), frame(61)])
    expect(driver.collect(transmit)).toEqual([
      { head: 0, length: 0 },
      { head: 3, length: 0 },
    ])
    expect([device.counts, lines]).toEqual([{ sent: 2, received: 0, dropped: 0 }, [true]])
  })

  test.each([
    ['the shortest frame', 14, 1],
    ['less than an Ethernet header', 13, 0],
    ['nothing', 0, 0],
    ['the longest frame with a VLAN tag', 1518, 1],
    ['one byte more', 1519, 0],
  ])('%s', (_name, length, passed) => {
    const { send, backend, device, driver } = started()
    expect(send(frame(length)).used).toHaveLength(1)
    expect([backend.frames.length, device.counts.dropped, driver.needsReset]).toEqual([
      passed,
      1 - passed,
      false,
    ])
  })

  test('a frame that claims 4 GiB is dropped, and costs no memory', () => {
    const { driver, transmit, backend, ram } = started()
    driver.describe(transmit.descriptors, 0, BigInt(ram.allocate(64)), 0xffff_fff0, 0)
    driver.offer(transmit, 0)
    const before = ram.moved
    driver.notify(transmit)
    expect([backend.frames.length, driver.collect(transmit).length, driver.needsReset]).toEqual([0, 1, false])
    expect(ram.moved - before).toBeLessThan(64)
  })

  test.each<[string, bigint, number]>([
    ['a buffer without a whole header', 0n, 11],
    ['a buffer outside RAM', 0x1000n, 72],
  ])('%s needs a reset', (_name, address, length) => {
    const { driver, transmit, backend, ram } = started()
    driver.describe(transmit.descriptors, 0, address || BigInt(ram.allocate(64)), length, 0)
    driver.offer(transmit, 0)
    driver.notify(transmit)
    expect([driver.needsReset, backend.frames]).toEqual([true, []])
  })
})

/** Gives the device room, and returns where it is. */
const addRoom = (driver: SmallDriver, queue: DriverQueue, room = 1530): number =>
  driver.add(queue, [{ room }]).at[0]

describe('receiving', () => {
  test('puts a header with one buffer before the frame, and interrupts', () => {
    const { driver, receive, backend, ram, lines, device } = started()
    const at = addRoom(driver, receive)
    expect(backend.card.receive(frame(60))).toBe(true)
    expect(driver.collect(receive)).toEqual([{ head: 0, length: 72 }])
    expect([...ram.at(at, 72)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, ...frame(60)])
    expect([lines, device.counts]).toEqual([[true], { sent: 0, received: 1, dropped: 0 }])
  })

  test('frames wait for room, in order, as copies', () => {
    const { driver, receive, backend, ram } = started()
    const bytes = frame(20, 1)
    backend.card.receive(bytes)
    bytes.fill(0)
    backend.card.receive(frame(20, 2))
    const places = [addRoom(driver, receive), addRoom(driver, receive)]
    driver.notify(receive)
    expect(places.map((at) => ram.at(at + 12, 1)[0])).toEqual([1, 2])
  })

  test('a flood is bounded, and the backend hears of room', () => {
    const { driver, receive, backend, device, ram } = started()
    let taken = 0
    for (let i = 0; i < 10_000; i++) if (backend.card.receive(frame(1514))) taken++
    expect([taken, device.counts.dropped, backend.drains]).toEqual([512, 9488, 0])
    const drainedAfter: number[] = []
    for (let round = 0; round < 8; round++) {
      ram.release()
      for (let i = 0; i < 64; i++) addRoom(driver, receive)
      driver.notify(receive)
      driver.collect(receive)
      drainedAfter.push(backend.drains)
    }
    expect([drainedAfter, device.counts.received]).toEqual([[0, 0, 0, 1, 1, 1, 1, 1], 512])
  })

  test('nothing without a driver, and the backend hears when there is one', () => {
    const { driver, backend } = setUp()
    expect(backend.card.receive(frame(60))).toBe(false)
    driver.start([8, 8])
    expect(backend.drains).toBe(1)
    expect(backend.card.receive(frame(60))).toBe(true)
  })

  test.each([
    ['too long', 1519],
    ['too short', 13],
  ])('a frame that is %s is dropped', (_name, length) => {
    const { backend, device } = started()
    expect([backend.card.receive(frame(length)), device.counts.dropped]).toEqual([false, 1])
  })

  test('a buffer too small for the frame needs a reset', () => {
    const { driver, receive, backend } = started()
    addRoom(driver, receive, 71)
    backend.card.receive(frame(60))
    expect([driver.needsReset, driver.collect(receive)]).toEqual([true, []])
  })

  test('a buffer over the ring it came from is filled a bounded number of times', () => {
    const { driver, receive, backend, device } = started()
    for (let i = 0; i < 400; i++) backend.card.receive(frame(14, 0))
    // What is written ends in the available index: it goes on to hold whatever the frame says.
    driver.describe(receive.descriptors, 0, BigInt(receive.available - 4), 64, 2)
    driver.offer(receive, 0)
    driver.notify(receive)
    expect(device.counts.received).toBeLessThanOrEqual(64)
  })

  test('frames that wait are gone with their driver', () => {
    const { driver, receive, backend, device, ram } = started()
    backend.card.receive(frame(60))
    driver.set(0x70, 0)
    driver.negotiate()
    ram.at(receive.available, 4).fill(0)
    driver.enable(receive)
    driver.go()
    addRoom(driver, receive)
    driver.notify(receive)
    expect(device.counts.received).toBe(0)
  })
})

test('a backend may answer while it is sent to', () => {
  class Echo extends Recorder {
    override send(bytes: Uint8Array): void {
      this.card.receive(bytes)
    }
  }
  const { driver, receive, send, ram } = started({}, new Echo())
  const at = addRoom(driver, receive)
  send(frame(60, 7))
  expect([driver.collect(receive).length, ram.at(at + 12, 1)[0]]).toEqual([1, 7])
})

test('a backend that sends again as soon as there is room does not recurse', () => {
  class Greedy extends Recorder {
    override drained(): void {
      while (this.card.receive(frame(60)));
    }
  }
  const { driver, receive, device } = started({}, new Greedy())
  while (device.receive(frame(60)));
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 64; i++) driver.describe(receive.descriptors, i, 0x8010_0000n, 1530, 2)
    for (let i = 0; i < 64; i++) driver.offer(receive, i)
    driver.notify(receive)
  }
  expect([driver.needsReset, device.counts.received]).toEqual([false, 640])
})

test('the link can be pulled out', () => {
  const { driver, backend, device, send, lines } = started()
  backend.card.setLink(false)
  backend.card.setLink(false)
  expect([driver.get(0x104) >>> 16, driver.get(0x60), driver.get(0xfc), lines]).toEqual([0, 2, 1, [true]])
  send(frame(60))
  expect([backend.card.receive(frame(60)), backend.frames, device.counts.dropped]).toEqual([false, [], 2])
  backend.card.setLink(true)
  send(frame(60))
  expect([driver.get(0x104) >>> 16, backend.frames.length]).toEqual([1, 1])
})

test('a reset clears counts and tells the backend', () => {
  const { slot, send, device, backend } = started()
  send(frame(60))
  expect(device.awaiting).toBe(false)
  backend.awaiting = true
  slot.reset()
  expect([device.counts.sent, backend.resets, device.awaiting]).toEqual([0, 1, true])
})

test('a card that is taken out neither sends nor takes frames, and its network knows', () => {
  const { device, backend, send } = started()
  device.remove()
  expect([backend.resets, backend.gone]).toEqual([1, 1])
  send(frame(1))
  expect(device.receive(frame(2))).toBe(false)
  expect(backend.frames).toEqual([])
  expect(device.counts).toEqual({ sent: 0, received: 0, dropped: 2 })
})
