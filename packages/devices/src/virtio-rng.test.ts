import { expect, test } from 'vitest'
import { GuestRam } from '../test/guest-ram.ts'
import { SmallDriver } from '../test/small-driver.ts'
import { type EntropySource, hostEntropy, seededEntropy } from './entropy.ts'
import { virtioMmio } from './virtio-mmio.ts'
import { virtioRng } from './virtio-rng.ts'

const setUp = (source: EntropySource) => {
  const ram = new GuestRam(0x10_0000)
  const slot = virtioMmio({ device: virtioRng({ source }), memory: ram })
  const driver = new SmallDriver(slot, ram)
  const [queue] = driver.start([64])
  const ask = (room: number): Uint8Array => {
    const { at, used } = driver.request(queue, [{ room }])
    return ram.at(at[0], used[0].length).slice()
  }
  return { ram, slot, driver, queue, ask }
}

/** Bytes that count up, so that every one of them can be told from the others. */
const counting = (): EntropySource => {
  let next = 0
  return {
    fill(target) {
      for (let i = 0; i < target.length; i++) target[i] = next++
    },
    reset() {
      next = 0
    },
  }
}

test('is an entropy device without features or configuration', () => {
  const { driver } = setUp(counting())
  expect([driver.get(8), driver.offered() & 0xff_ffffn, driver.get(0x100)]).toEqual([4, 0n, 0])
})

test('fills what it is given', () => {
  const { ram, driver, queue } = setUp(counting())
  const { at, used } = driver.request(queue, [{ room: 3 }, { room: 2 }])
  expect(used).toEqual([{ head: 0, length: 5 }])
  expect([...ram.at(at[0], 4), ...ram.at(at[1], 3)]).toEqual([0, 1, 2, 0, 3, 4, 0])
})

test('gives a part of a large buffer, and goes on where it was', () => {
  const { ask } = setUp(counting())
  expect(ask(5000)).toHaveLength(1024)
  expect([...ask(2)]).toEqual([0, 1])
})

test('looks at nothing that is offered for reading', () => {
  const { driver, queue, ram } = setUp(counting())
  const { at, used } = driver.request(queue, [{ out: Uint8Array.of(9, 9) }, { room: 2 }])
  expect([used, [...ram.at(at[1], 2)]]).toEqual([[{ head: 0, length: 2 }], [0, 1]])
})

test('a buffer without room needs a reset', () => {
  const { driver, queue } = setUp(counting())
  driver.request(queue, [{ out: Uint8Array.of(1) }])
  expect(driver.needsReset).toBe(true)
})

test('a buffer outside RAM needs a reset', () => {
  const { driver, queue } = setUp(counting())
  driver.describe(queue.descriptors, 0, 0x1000n, 16, 2)
  driver.offer(queue, 0)
  driver.notify(queue)
  expect(driver.needsReset).toBe(true)
})

test('a buffer over the ring it came from is served a bounded number of times', () => {
  let asked = 0
  const { driver, queue } = setUp({
    fill(target) {
      // The available index goes ahead with every answer.
      new DataView(target.buffer).setUint16(2, ++asked + 1, true)
    },
  })
  driver.describe(queue.descriptors, 0, BigInt(queue.available), 4, 2)
  driver.offer(queue, 0)
  driver.notify(queue)
  expect(asked).toBe(64)
})

test('a seeded source repeats itself after a reset, and differs by seed', () => {
  const [one, same, other] = [setUp(seededEntropy(7)), setUp(seededEntropy(7)), setUp(seededEntropy(8))]
  const first = one.ask(64)
  expect(same.ask(64)).toEqual(first)
  expect(other.ask(64)).not.toEqual(first)
  const second = one.ask(64)
  expect(second).not.toEqual(first)
  one.slot.reset()
  one.driver.negotiate()
  one.ram.at(one.queue.available, 4).fill(0)
  one.ram.at(one.queue.used, 4).fill(0)
  Object.assign(one.queue, { free: 0, added: 0, seen: 0 })
  one.driver.enable(one.queue)
  one.driver.go()
  expect(one.ask(64)).toEqual(first)
})

test('a seeded source spreads its bits', () => {
  const bytes = new Uint8Array(1 << 16)
  seededEntropy(0).fill(bytes)
  const seen = new Uint32Array(256)
  for (const byte of bytes) seen[byte]++
  // 256 expected of each; six standard deviations are 96.
  expect([...seen].filter((count) => Math.abs(count - 256) > 96)).toEqual([])
})

test('the host fills any length, each time differently', () => {
  const [one, two] = [new Uint8Array(70_000), new Uint8Array(70_000)]
  hostEntropy().fill(one)
  hostEntropy().fill(two)
  expect(one).not.toEqual(two)
  expect(one.subarray(69_900).some((byte) => byte !== 0)).toBe(true)
})
