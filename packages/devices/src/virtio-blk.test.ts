import { describe, expect, test } from 'vitest'
import { GuestRam, RAM_BASE } from '../test/guest-ram.ts'
import { type Buffer, type DriverQueue, SmallDriver } from '../test/small-driver.ts'
import type { BlockBackend } from './block-backend.ts'
import { memoryBlocks } from './memory-blocks.ts'
import { virtioBlk } from './virtio-blk.ts'
import { virtioMmio } from './virtio-mmio.ts'

const IN = 0
const OUT = 1
const FLUSH = 4
const GET_ID = 8
const OK = 0
const IO_ERROR = 1
const UNSUPPORTED = 2

const header = (type: number, sector = 0n): Buffer => {
  const out = new Uint8Array(16)
  const view = new DataView(out.buffer)
  view.setUint32(0, type, true)
  view.setBigUint64(8, sector, true)
  return { out }
}

const patterned = (sectors: number): Uint8Array =>
  Uint8Array.from({ length: sectors * 512 }, (_, i) => (i * 7 + (i >> 9)) & 0xff)

const setUp = (backend: BlockBackend, ramSize = 0x20_0000) => {
  const ram = new GuestRam(ramSize)
  const errors: unknown[] = []
  const lines: boolean[] = []
  const disk = virtioBlk({ backend, serial: 'disk-0', onError: (error) => errors.push(error) })
  const driver = new SmallDriver(
    virtioMmio({ device: disk, memory: ram, interrupt: (on) => lines.push(on) }),
    ram,
  )
  const [queue] = driver.start([128])
  ram.keep()
  /** A request with everything in its own descriptor, and its status byte. */
  const request = (type: number, sector: bigint, data: readonly Buffer[]) => {
    const { at, used } = driver.request(queue, [header(type, sector), ...data, { room: 1 }])
    return { status: ram.at(at[at.length - 1], 1)[0], used, at }
  }
  return { ram, disk, driver, queue, request, errors, lines }
}

describe('identity', () => {
  test.each([
    ['capacity, low', 0x100, 1000],
    ['capacity, high', 0x104, 0],
    ['largest segment', 0x108, 0x1_0000],
    ['most segments', 0x10c, 126],
    ['block size', 0x114, 512],
  ])('%s', (_name, offset, value) => {
    const { driver } = setUp(memoryBlocks(new Uint8Array(512_000)))
    expect([driver.get(8), driver.get(offset)]).toEqual([2, value])
  })

  test.each([
    ['writable', false, 0x246n],
    ['read-only', true, 0x266n],
  ])('features of a %s disk', (_name, readOnly, features) => {
    const { driver } = setUp(memoryBlocks(new Uint8Array(512), { readOnly }))
    expect(driver.offered() & 0xff_ffffn).toBe(features)
  })
})

describe('requests', () => {
  test('read sectors', () => {
    const bytes = patterned(8)
    const { ram, request } = setUp(memoryBlocks(bytes))
    const { status, used, at } = request(IN, 3n, [{ room: 1024 }])
    expect([status, used]).toEqual([OK, [{ head: 0, length: 1025 }]])
    expect(ram.at(at[1], 1024)).toEqual(bytes.subarray(3 * 512, 5 * 512))
  })

  test('write sectors', () => {
    const bytes = new Uint8Array(8 * 512)
    const { request } = setUp(memoryBlocks(bytes))
    const data = patterned(2)
    expect(request(OUT, 6n, [{ out: data }])).toMatchObject({ status: OK, used: [{ length: 1 }] })
    expect([bytes.subarray(6 * 512), bytes.subarray(0, 6 * 512).every((byte) => byte === 0)]).toEqual([
      data,
      true,
    ])
  })

  test('are cut into buffers anyhow', () => {
    const bytes = patterned(4)
    const { ram, driver, queue } = setUp(memoryBlocks(bytes))
    const whole = (header(IN, 1n) as { out: Uint8Array }).out
    const { at } = driver.request(queue, [
      { out: whole.subarray(0, 3) },
      { out: whole.subarray(3) },
      { room: 100 },
      { room: 413 },
    ])
    expect([...ram.at(at[2], 100), ...ram.at(at[3], 412)]).toEqual([...bytes.subarray(512, 1024)])
    const data = patterned(1).reverse()
    const out = (header(OUT, 0n) as { out: Uint8Array }).out
    driver.request(queue, [{ out: Uint8Array.of(...out, ...data) }, { room: 1 }])
    expect(bytes.subarray(0, 512)).toEqual(data)
  })

  test('flush', () => {
    let flushed = 0
    const { request } = setUp({ ...memoryBlocks(new Uint8Array(512)), flush: () => void flushed++ })
    expect([request(FLUSH, 0n, []).status, flushed]).toEqual([OK, 1])
  })

  test.each([
    ['all of it', 20, 'disk-0'],
    ['as much as fits', 4, 'disk'],
    ['no more than there is', 30, 'disk-0'],
  ])('get the ID: %s', (_name, room, id) => {
    const { ram, request } = setUp(memoryBlocks(new Uint8Array(512)))
    const { status, at } = request(GET_ID, 0n, [{ room }])
    expect([status, new TextDecoder().decode(ram.at(at[1], room)).replace(/\0+$/, '')]).toEqual([OK, id])
  })

  test.each<[string, number, bigint, Buffer[], number]>([
    ['the last sector', IN, 7n, [{ room: 512 }], OK],
    ['no sectors at all', IN, 8n, [], OK],
    ['one past the end', IN, 8n, [{ room: 512 }], IO_ERROR],
    ['a range over the end', IN, 7n, [{ room: 1024 }], IO_ERROR],
    ['a sector that wraps to 0 in bytes', IN, 1n << 55n, [{ room: 512 }], IO_ERROR],
    ['the highest sector', IN, 0xffff_ffff_ffff_ffffn, [{ room: 512 }], IO_ERROR],
    [
      'a sector that wraps with its length',
      OUT,
      0xffff_ffff_ffff_ffffn,
      [{ out: new Uint8Array(1024) }],
      IO_ERROR,
    ],
    ['part of a sector', IN, 0n, [{ room: 511 }], IO_ERROR],
    ['a sector and a part', OUT, 0n, [{ out: new Uint8Array(513) }], IO_ERROR],
    ['an old barrier', 0x8000_0000, 0n, [], UNSUPPORTED],
    ['a discard', 11, 0n, [{ out: new Uint8Array(16) }], UNSUPPORTED],
    ['nonsense', 0xffff_ffff, 0n, [], UNSUPPORTED],
  ])('%s', (_name, type, sector, data, expected) => {
    const bytes = patterned(8)
    const { request, driver } = setUp(memoryBlocks(bytes))
    expect([request(type, sector, data).status, driver.needsReset]).toEqual([expected, false])
    expect(bytes).toEqual(patterned(8))
  })

  test('write nothing to a read-only disk', () => {
    const bytes = patterned(2)
    const { request } = setUp(memoryBlocks(bytes, { readOnly: true }))
    expect(request(OUT, 0n, [{ out: new Uint8Array(512) }]).status).toBe(IO_ERROR)
    expect(bytes).toEqual(patterned(2))
  })

  test('that the backend cannot serve are errors of the guest, not of the host', () => {
    const failure = new Error('the disk is on fire')
    const { request, errors } = setUp({
      ...memoryBlocks(new Uint8Array(1024)),
      read: () => {
        throw failure
      },
      write: () => {
        throw failure
      },
    })
    expect(request(IN, 0n, [{ room: 512 }])).toMatchObject({ status: IO_ERROR, used: [{ length: 0 }] })
    expect(request(OUT, 0n, [{ out: new Uint8Array(512) }])).toMatchObject({
      status: IO_ERROR,
      used: [{ length: 1 }],
    })
    expect(errors).toEqual([failure, failure])
  })

  test('a queue of them is served by one notification', () => {
    const bytes = patterned(32)
    const { ram, driver, queue, lines } = setUp(memoryBlocks(bytes))
    const places = Array.from({ length: 32 }, (_, i) =>
      driver.add(queue, [header(IN, BigInt(31 - i)), { room: 512 }, { room: 1 }]),
    )
    driver.notify(queue)
    expect(driver.collect(queue)).toHaveLength(32)
    places.forEach(({ at }, i) => {
      expect(ram.at(at[1], 512)).toEqual(bytes.subarray((31 - i) * 512, (32 - i) * 512))
    })
    expect(lines).toEqual([true])
  })
})

describe('a hostile driver', () => {
  const longHeader = header(IN) as { out: Uint8Array }

  test.each<[string, Buffer[]]>([
    ['no header', [{ room: 513 }]],
    ['a short header', [{ out: longHeader.out.subarray(1) }, { room: 513 }]],
    ['no room for the status', [header(IN)]],
  ])('%s needs a reset', (_name, buffers) => {
    const { driver, queue } = setUp(memoryBlocks(new Uint8Array(512)))
    expect([driver.request(queue, buffers).used, driver.needsReset]).toEqual([[], true])
  })

  const outside = 0x1000n
  test.each<[string, number, bigint, boolean]>([
    ['a header', 0, outside, true],
    ['data', 1, outside, false],
    ['data at the top of the address space', 1, 0xffff_ffff_ffff_ff00n, false],
    ['a status', 2, outside, true],
  ])('%s outside RAM', (_name, index, address, reset) => {
    const { ram, driver, queue } = setUp(memoryBlocks(patterned(1)))
    const { head, at } = driver.add(queue, [header(IN), { room: 512 }, { room: 1 }])
    driver.ram.set64(queue.descriptors + 16 * (head + index), address)
    driver.notify(queue)
    expect(driver.needsReset).toBe(reset)
    if (!reset)
      expect([ram.at(at[2], 1)[0], driver.collect(queue)]).toEqual([IO_ERROR, [{ head: 0, length: 0 }]])
  })

  test('data of 4 GiB is an error, and costs no memory', () => {
    let reads = 0
    const backend: BlockBackend = {
      ...memoryBlocks(new Uint8Array(512)),
      sectors: 2 ** 40,
      read: () => void reads++,
    }
    const { ram, driver, queue } = setUp(backend)
    const { head, at } = driver.add(queue, [header(IN), { room: 512 }, { room: 1 }])
    driver.ram.set32(queue.descriptors + 16 * (head + 1) + 8, 0xffff_fe00)
    driver.notify(queue)
    expect([driver.needsReset, ram.at(at[2], 1)[0], reads]).toEqual([false, IO_ERROR, 0])
  })

  test('a read into the ring it came from is served a bounded number of times', () => {
    // Every sector read puts a further available index over the ring, so the device always finds one more request.
    const reads: number[] = []
    let available = 0
    const backend: BlockBackend = {
      ...memoryBlocks(new Uint8Array(512)),
      read: (sector, target) => {
        reads.push(sector)
        new DataView(target.buffer, target.byteOffset).setUint16(2, ++available, true)
      },
    }
    const { driver, queue } = setUp(backend)
    driver.describe(queue.descriptors, 0, BigInt(queue.descriptors + 0x400), 16, 1, 1)
    driver.describe(queue.descriptors, 1, BigInt(queue.available), 512, 3, 2)
    driver.describe(queue.descriptors, 2, BigInt(RAM_BASE + 0x10_0000), 1, 2)
    driver.offer(queue, 0)
    available = 1
    driver.notify(queue)
    expect(reads.length).toBe(128)
  })
})

/** A disk whose reads and writes finish when the test says so. */
const slowBlocks = (bytes: Uint8Array) => {
  const waiting: { finish(): void; fail(error: unknown): void }[] = []
  const memory = memoryBlocks(bytes)
  const later = (work: () => void) =>
    new Promise<void>((resolve, reject) => {
      const finish = (): void => {
        work()
        resolve()
      }
      waiting.push({ finish, fail: reject })
    })
  const backend: BlockBackend = {
    ...memory,
    read: (sector, target) => later(() => void memory.read(sector, target)),
    write: (sector, source) => later(() => void memory.write(sector, source)),
    flush: () => later(() => {}),
  }
  return { backend, waiting }
}

const settle = () => new Promise((resolve) => setTimeout(resolve))

describe('a slow backend', () => {
  const add = (driver: SmallDriver, queue: DriverQueue, sector: bigint, room = 512) =>
    driver.add(queue, [header(IN, sector), { room }, { room: 1 }])

  test('completes requests later, in its own order', async () => {
    const bytes = patterned(2)
    const { backend, waiting } = slowBlocks(bytes)
    const { ram, disk, driver, queue, lines } = setUp(backend)
    const first = add(driver, queue, 0n)
    const second = add(driver, queue, 1n)
    driver.notify(queue)
    expect([disk.inFlight, driver.collect(queue), lines]).toEqual([2, [], []])
    waiting[1].finish()
    await settle()
    expect([disk.inFlight, driver.collect(queue), lines]).toEqual([
      1,
      [{ head: second.head, length: 513 }],
      [true],
    ])
    expect(ram.at(second.at[1], 512)).toEqual(bytes.subarray(512))
    waiting[0].finish()
    await settle()
    expect(driver.collect(queue)).toEqual([{ head: first.head, length: 513 }])
  })

  test('that fails is an I/O error', async () => {
    const { backend, waiting } = slowBlocks(new Uint8Array(512))
    const { ram, driver, queue, errors } = setUp(backend)
    const { at } = add(driver, queue, 0n)
    driver.notify(queue)
    waiting[0].fail('gone')
    await settle()
    expect([ram.at(at[2], 1)[0], errors, driver.collect(queue)]).toEqual([
      IO_ERROR,
      ['gone'],
      [{ head: 0, length: 0 }],
    ])
  })

  test('that finishes after a reset touches neither memory nor queue', async () => {
    const { backend, waiting } = slowBlocks(patterned(1))
    const { ram, disk, driver, queue, lines } = setUp(backend)
    add(driver, queue, 0n)
    driver.notify(queue)
    driver.start([])
    ram.set16(queue.available + 2, 0)
    driver.enable(queue)
    const before = Buffer.from(ram.bytes)
    waiting[0].finish()
    await settle()
    expect([disk.inFlight, lines]).toEqual([0, []])
    expect(before.equals(ram.bytes)).toBe(true)
  })

  test('is given a bounded amount of work, and the rest as it finishes', async () => {
    const { backend, waiting } = slowBlocks(new Uint8Array(2 ** 20))
    const { disk, driver, queue, ram } = setUp(backend, 0x20_0000)
    const data = ram.allocate(2 ** 20)
    for (let i = 0; i < 42; i++) {
      const { head } = driver.add(queue, [header(IN), { room: 0 }, { room: 1 }])
      driver.describe(queue.descriptors, head + 1, BigInt(data), 2 ** 20, 3, head + 2)
    }
    driver.notify(queue)
    expect(disk.inFlight).toBe(32)
    let finished = 0
    while (finished < waiting.length) {
      waiting[finished++].finish()
      await settle()
      expect(disk.inFlight).toBeLessThanOrEqual(32)
    }
    expect([finished, driver.collect(queue).length]).toEqual([42, 42])
  })

  test('a guest that resets and asks again gets no more of the memory of the host', () => {
    const { backend } = slowBlocks(new Uint8Array(2 ** 20))
    const { disk, driver, queue, ram } = setUp(backend)
    const data = ram.allocate(2 ** 20)
    ram.keep()
    for (let round = 0; round < 20; round++) {
      driver.negotiate()
      ram.set16(queue.available + 2, 0)
      queue.added = 0
      queue.free = 0
      driver.enable(queue)
      driver.go()
      for (let i = 0; i < 8; i++) {
        const { head } = driver.add(queue, [header(IN), { room: 0 }, { room: 1 }])
        driver.describe(queue.descriptors, head + 1, BigInt(data), 2 ** 20, 3, head + 2)
      }
      driver.notify(queue)
      ram.release()
    }
    expect(disk.inFlight).toBe(32)
  })
})
