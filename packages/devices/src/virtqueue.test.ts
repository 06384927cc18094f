import { describe, expect, test } from 'vitest'
import { GuestRam, RAM_BASE } from '../test/guest-ram.ts'
import { random32 } from '../test/random.ts'
import { type DriverQueue, SmallDriver } from '../test/small-driver.ts'
import type { VirtioTransport } from './virtio-device.ts'
import { virtioMmio } from './virtio-mmio.ts'
import type { DescriptorChain } from './virtqueue.ts'

const INDIRECT = 1n << 28n
const NEXT = 1
const WRITE = 2
const TABLE = 4
const RAM_SIZE = 0x1_0000

const setUp = (size = 8, features = INDIRECT) => {
  const ram = new GuestRam(RAM_SIZE)
  let transport: VirtioTransport | undefined
  const slot = virtioMmio({
    memory: ram,
    device: {
      id: 1,
      features: 0n,
      queueSizes: [16],
      config: new Uint8Array(0),
      attach: (to) => {
        transport = to
      },
      notify() {},
      stop() {},
      reset() {},
    },
  })
  const driver = new SmallDriver(slot, ram)
  const [queue] = driver.start([size], features)
  const device = (transport as VirtioTransport).queues[0]
  return { ram, driver, queue, device, pop: () => device.pop() }
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

describe('chains', () => {
  test.each([
    ['direct', false],
    ['indirect', true],
  ])('%s ones gather what is readable and scatter what is written', (_name, indirect) => {
    const { ram, driver, queue, device, pop } = setUp()
    const { at } = driver.add(
      queue,
      [{ out: text('hel') }, { out: text('lo wor') }, { out: text('ld') }, { room: 2 }, { room: 5 }],
      indirect,
    )
    const chain = pop() as DescriptorChain
    expect([chain.readableLength, chain.writableLength]).toEqual([11, 7])
    const middle = new Uint8Array(7)
    expect([chain.read(2, middle), new TextDecoder().decode(middle)]).toEqual([true, 'llo wor'])
    expect(chain.write(1, text('abcd'))).toBe(true)
    expect([[...ram.at(at[3], 2)], [...ram.at(at[4], 5)]]).toEqual([
      [0, 0x61],
      [0x62, 0x63, 0x64, 0, 0],
    ])
    device.complete(chain, 5)
    expect(driver.collect(queue)).toEqual([{ head: 0, length: 5 }])
  })

  test('neither read nor write beyond their end', () => {
    const { driver, queue, pop } = setUp()
    driver.add(queue, [{ out: text('ab') }, { room: 2 }])
    const chain = pop() as DescriptorChain
    expect([
      chain.read(0, new Uint8Array(3)),
      chain.read(2, new Uint8Array(1)),
      chain.read(2, new Uint8Array(0)),
    ]).toEqual([false, false, true])
    expect([chain.write(1, text('xy')), chain.write(2 ** 32, text('x'))]).toEqual([false, false])
  })

  test('may have empty buffers', () => {
    const { driver, queue, pop } = setUp()
    driver.add(queue, [{ out: text('') }, { out: text('a') }, { room: 0 }, { room: 1 }])
    const chain = pop() as DescriptorChain
    expect([
      chain.readableLength,
      chain.writableLength,
      chain.read(0, new Uint8Array(1)),
      chain.write(0, text('b')),
    ]).toEqual([1, 1, true, true])
  })

  test('a table may follow direct descriptors', () => {
    const { driver, queue, pop, ram } = setUp()
    const table = ram.allocate(32)
    driver.describe(table, 0, BigInt(RAM_BASE), 3, WRITE | NEXT, 1)
    driver.describe(table, 1, BigInt(RAM_BASE), 4, WRITE)
    driver.describe(queue.descriptors, 0, BigInt(RAM_BASE), 5, NEXT, 1)
    driver.describe(queue.descriptors, 1, BigInt(table), 32, TABLE)
    driver.offer(queue, 0)
    const chain = pop()
    expect([chain?.readableLength, chain?.writableLength]).toEqual([5, 7])
  })

  test('return in any order, and the rings wrap', () => {
    const { driver, queue, device, pop } = setUp(4)
    const order: number[] = []
    driver.ram.keep()
    for (let round = 0; round < 70_000; round += 4) {
      for (let i = 0; i < 4; i++) driver.add(queue, [{ room: 1 }])
      const chains = [pop(), pop(), pop(), pop()] as DescriptorChain[]
      for (const i of [2, 0, 3, 1]) device.complete(chains[i], i)
      for (const { head, length } of driver.collect(queue)) order.push(head * 10 + length)
      if (driver.needsReset || order.join() !== '22,0,33,11') break
      order.length = 0
      queue.free = 0
      driver.ram.release()
    }
    expect(order).toEqual([])
  })

  test('there is none when none is available', () => {
    const { driver, pop } = setUp()
    expect([pop(), driver.needsReset]).toEqual([undefined, false])
  })

  test('completing one twice returns it once', () => {
    const { driver, queue, device, pop } = setUp()
    driver.add(queue, [{ room: 1 }])
    const chain = pop() as DescriptorChain
    device.complete(chain, 1)
    device.complete(chain, 1)
    expect(driver.collect(queue)).toHaveLength(1)
  })
})

describe('a hostile driver', () => {
  type Attack = (driver: SmallDriver, queue: DriverQueue) => void
  const at = BigInt(RAM_BASE)
  const one = (address: bigint, length: number, flags: number, next = 0): Attack => {
    return (driver, queue) => {
      driver.describe(queue.descriptors, 0, address, length, flags, next)
      driver.offer(queue, 0)
    }
  }

  test.each<[string, Attack]>([
    ['a head outside the table', (driver, queue) => driver.offer(queue, 8)],
    ['a huge head', (driver, queue) => driver.offer(queue, 0xffff)],
    ['a descriptor that follows itself', one(at, 1, NEXT, 0)],
    ['a next outside the table', one(at, 1, NEXT, 8)],
    [
      'a loop of two',
      (driver, queue) => {
        driver.describe(queue.descriptors, 0, at, 1, NEXT, 1)
        driver.describe(queue.descriptors, 1, at, 1, NEXT, 0)
        driver.offer(queue, 0)
      },
    ],
    [
      'a readable buffer after a writable one',
      (driver, queue) => {
        driver.describe(queue.descriptors, 0, at, 1, WRITE | NEXT, 1)
        driver.describe(queue.descriptors, 1, at, 1, 0)
        driver.offer(queue, 0)
      },
    ],
    [
      'more than 2^32 bytes',
      (driver, queue) => {
        driver.describe(queue.descriptors, 0, at, 0xffff_ffff, NEXT, 1)
        driver.describe(queue.descriptors, 1, at, 2, 0)
        driver.offer(queue, 0)
      },
    ],
    ['a table that is no multiple of 16', one(at, 17, TABLE)],
    ['an empty table', one(at, 0, TABLE)],
    ['a table that is followed', one(at, 16, TABLE | NEXT, 1)],
    ['a table outside RAM', one(0xffff_ffff_ffff_fff0n, 0x1000, TABLE)],
    ['a table at the end of RAM', one(at + BigInt(RAM_SIZE - 8), 16, TABLE)],
    [
      'a table in a table',
      (driver, queue) => {
        driver.describe(RAM_BASE + 0x4000, 0, at + 0x4000n, 16, TABLE)
        driver.describe(queue.descriptors, 0, at + 0x4000n, 16, TABLE)
        driver.offer(queue, 0)
      },
    ],
    [
      'a table that loops',
      (driver, queue) => {
        driver.describe(RAM_BASE + 0x4000, 0, at, 1, NEXT, 0)
        driver.describe(queue.descriptors, 0, at + 0x4000n, 0xffff_fff0, TABLE)
        driver.offer(queue, 0)
      },
    ],
    [
      'a table with more buffers than any queue',
      (driver, queue) => {
        for (let i = 0; i < 17; i++) driver.describe(RAM_BASE + 0x4000, i, at, 1, i < 16 ? NEXT : 0, i + 1)
        driver.describe(queue.descriptors, 0, at + 0x4000n, 17 * 16, TABLE)
        driver.offer(queue, 0)
      },
    ],
    ['an available index that runs ahead', (driver, queue) => driver.ram.set16(queue.available + 2, 9)],
    ['an available index that runs back', (driver, queue) => driver.ram.set16(queue.available + 2, 0xffff)],
  ])('%s needs a reset', (_name, attack) => {
    const { driver, queue, pop } = setUp()
    attack(driver, queue)
    expect([pop(), driver.needsReset, driver.get(0x60) & 2]).toEqual([undefined, true, 2])
    expect(pop()).toBeUndefined()
    driver.set(0x70, 0)
    expect(driver.status).toBe(0)
  })

  test('a table without the feature needs a reset', () => {
    const { driver, queue, pop } = setUp(8, 0n)
    driver.add(queue, [{ room: 1 }], true)
    expect([pop(), driver.needsReset]).toEqual([undefined, true])
  })

  test('a table that just fits is good, the longest chain too', () => {
    const { driver, queue, pop } = setUp()
    driver.add(queue, new Array(16).fill({ room: 1 }), true)
    expect(pop()?.writableLength).toBe(16)
    driver.describe(queue.descriptors, 1, at, 0xffff_ffff, NEXT, 2)
    driver.describe(queue.descriptors, 2, at, 1, 0)
    driver.offer(queue, 1)
    expect(pop()?.readableLength).toBe(2 ** 32)
  })

  test('buffers outside RAM are chains that cannot be moved', () => {
    const { driver, queue, pop, ram } = setUp()
    driver.describe(queue.descriptors, 0, 0xffff_ffff_ffff_ffffn, 0x10, NEXT, 1)
    driver.describe(queue.descriptors, 1, at + BigInt(RAM_SIZE - 4), 8, WRITE)
    driver.offer(queue, 0)
    const before = ram.moved
    const chain = pop() as DescriptorChain
    const reads = ram.moved - before
    expect([chain.read(0, new Uint8Array(1)), chain.write(0, new Uint8Array(8))]).toEqual([false, false])
    expect([driver.needsReset, ram.moved - before]).toEqual([false, reads])
  })

  test.each([
    ['descriptor table', 0x80],
    ['available ring', 0x90],
  ])('a %s outside RAM needs a reset', (_name, register) => {
    const { driver, queue, pop } = setUp()
    driver.set(0x44, 0)
    driver.set(register, 0x1000)
    driver.set(register + 4, 0x8000_0000)
    driver.set(0x44, 1)
    expect(driver.get(0x44)).toBe(1)
    driver.add(queue, [{ room: 1 }])
    expect([pop(), driver.needsReset]).toEqual([undefined, true])
  })

  test.each([
    ['outside RAM', 0n],
    ['whose end is outside RAM', at + BigInt(RAM_SIZE - 4)],
  ])('a used ring %s needs a reset', (_name, used) => {
    const { driver, queue, device, pop } = setUp()
    driver.set(0x44, 0)
    driver.set(0xa0, Number(used & 0xffff_ffffn))
    driver.set(0x44, 1)
    driver.add(queue, [{ room: 1 }])
    const chain = pop() as DescriptorChain
    device.complete(chain, 1)
    expect(driver.needsReset).toBe(true)
  })

  test('more requests under way than descriptors need a reset', () => {
    const { driver, queue, pop } = setUp(2)
    driver.describe(queue.descriptors, 0, at, 1, 0)
    for (let i = 0; i < 2; i++) {
      driver.offer(queue, 0)
      expect(pop()).toBeDefined()
    }
    driver.offer(queue, 0)
    expect([pop(), driver.needsReset]).toEqual([undefined, true])
  })

  test('a failed device lets no request touch memory', () => {
    const { driver, queue, device, pop, ram } = setUp()
    driver.add(queue, [{ room: 4 }])
    const chain = pop() as DescriptorChain
    driver.offer(queue, 99)
    pop()
    const before = Buffer.from(ram.bytes)
    expect(chain.write(0, Uint8Array.of(1))).toBe(false)
    device.complete(chain, 1)
    expect(before.equals(ram.bytes)).toBe(true)
  })

  test('random rings cost at most a queue of descriptors each', () => {
    const random = random32(7)
    for (let round = 0; round < 2000; round++) {
      const { driver, queue, device, pop, ram } = setUp(16)
      for (let i = 0; i < 16; i++) {
        const near = random() & 1 ? at + BigInt(random() % RAM_SIZE) : BigInt(random()) << 20n
        driver.describe(
          queue.descriptors,
          i,
          near,
          random() % 3 ? random() % 99 : random(),
          random() & 7,
          random() % 18,
        )
      }
      for (let i = 0; i < 16; i++) driver.offer(queue, random() % 17)
      const before = ram.moved
      let chains = 0
      for (let chain = pop(); chain !== undefined; chain = pop()) {
        chain.read(0, new Uint8Array(Math.min(chain.readableLength, 64)))
        chain.write(0, new Uint8Array(Math.min(chain.writableLength, 64)))
        device.complete(chain, 1)
        if (++chains > 16) break
      }
      // 17 descriptors of 16 bytes and 128 bytes of data per chain, the rings' words, and no more.
      if (chains > 16 || ram.moved - before > 17 * (17 * 16 + 128 + 32)) expect.unreachable(`round ${round}`)
    }
  })
})
