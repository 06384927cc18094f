import { afterAll, describe, expect, test } from 'vitest'
import {
  Bus,
  clint,
  memoryBlocks,
  type NetworkBackend,
  type NetworkCard,
  plic,
  uart16550,
  virtioBlk,
  virtioMmio,
  virtioNet,
} from '../src/index.ts'
import { GuestRam } from '../test/guest-ram.ts'
import { random32 } from '../test/random.ts'
import {
  type DriverQueue,
  type Buffer as RequestBuffer,
  SmallDriver,
  type Used,
} from '../test/small-driver.ts'
import { QemuBoard } from './qemu-board.ts'

const UART = 0x1000_0000
const PLIC = 0x0c00_0000
const CLINT = 0x0200_0000
const IRQ_UART = 10

const image = Uint8Array.from({ length: 64 * 512 }, (_, i) => (i * 13 + (i >> 9)) & 0xff)
const qemu = new QemuBoard(image)
afterAll(() => qemu.close())

const interrupts = plic({ sources: 96, contexts: 4, output() {} })
const bus = new Bus()
  .map({ name: 'uart', base: UART, device: uart16550({ output() {}, interrupt: interrupts.line(IRQ_UART) }) })
  .map({ name: 'plic', base: PLIC, device: interrupts })
  .map({
    name: 'clint',
    base: CLINT,
    device: clint({ harts: 2, time: () => 0n, software() {}, timer() {} }),
  })

/** What was done last, for a message that can be replayed by hand. */
const recent: string[] = []
const note = (line: string): void => {
  recent.push(line)
  if (recent.length > 12) recent.shift()
}

const store = (address: number, width: 1 | 4 | 8, value: number): void => {
  note(`store ${width} ${address.toString(16)} = ${value.toString(16)}`)
  qemu.write(address, width, value)
  bus.write(address, width, BigInt(value))
}

/** Loads from both, and compares the bits in `mask`. */
const load = (address: number, width: 1 | 4 | 8, mask = ~0n): void => {
  const [theirs, ours] = [qemu.read(address, width), bus.read(address, width) ?? -1n]
  note(`load ${width} ${address.toString(16)}: QEMU ${theirs.toString(16)}, here ${ours.toString(16)}`)
  if ((theirs & mask) !== (ours & mask)) expect.unreachable(recent.join('\n'))
}

describe.each([1, 2, 3])('random accesses, seed %d', (seed) => {
  const random = random32(seed)

  test('the UART and its interrupt at the PLIC', () => {
    const register = (offset: number): number => UART + offset
    for (const offset of [3, 1, 4]) store(register(offset), 1, 0)
    // Both start with empty FIFOs and no interrupt of the transmitter.
    store(register(2), 1, 7)
    store(register(1), 1, 2)
    load(register(2), 1)
    for (let i = 0; i < 6000; i++) {
      const offset = random() % 8
      if (random() & 1) {
        let value = random() & 0xff
        // QEMU takes a clearing of the transmitter's FIFO, which a change of the enable bit is too, for an event.
        if (offset === 2) value = (value & 0xc2) | 1
        if (offset === 4) value &= 0x0f
        store(register(offset), 1, value)
      } else load(register(offset), 1, offset === 6 ? 0xf0n : ~0n)
      if (i % 4 === 0) {
        const at = PLIC + [0x28, 0x2080, 0x20_1000][random() % 3]
        if (random() & 1) store(at, 4, (random() & ~1) >>> 0)
        // Source 0 does not exist; QEMU lets it be enabled.
        else load(at, 4, at === PLIC + 0x2080 ? ~1n : ~0n)
        load(PLIC + 0x1000, 4)
      }
    }
  })

  test('the UART in loopback', () => {
    for (const [offset, value] of [
      [3, 3],
      [1, 0],
      [2, 7],
      [4, 0x10],
    ])
      store(UART + offset, 1, value)
    for (let i = 0; i < 500; i++) {
      if (random() % 5 < 3) store(UART, 1, random() & 0xff)
      else if (random() & 1) load(UART + 5, 1)
      else for (let n = random() % 20; n > 0; n--) load(UART, 1)
    }
    store(UART + 4, 1, 0)
  })

  test('the PLIC', () => {
    for (let i = 0; i < 4000; i++) {
      const offset = [
        (random() % 110) * 4,
        0x1000 + (random() % 5) * 4,
        0x2000 + (random() % 6) * 0x80 + (random() % 32) * 4,
        0x20_0000 + (random() % 4) * 0x1000,
      ][random() % 4]
      // As above for source 0. Source 96 exists, as the board's device tree says; QEMU stops at 95.
      const word = offset & 0x7f
      const enables = offset >= 0x2000 && offset < 0x20_0000
      const mask = !enables || (word !== 0 && word !== 12) ? ~0n : word === 0 ? ~1n : 0n
      if (random() & 1) store(PLIC + offset, 4, random())
      else load(PLIC + offset, 4, mask)
    }
  })

  test('the CLINT', () => {
    for (const hart of [0, 1])
      for (const half of [0, 4]) store(CLINT + 0x4000 + 8 * hart + half, 4, 0xffff_ffff)
    for (let i = 0; i < 1500; i++) {
      const compare = (random() & 1) === 1
      const offset = compare ? 0x4000 + (random() % 4) * 4 : (random() % 4) * 4
      const width = compare && offset % 8 === 0 && random() & 1 ? 8 : 4
      if (random() & 1) store(CLINT + offset, width, random())
      else load(CLINT + offset, width)
    }
  })
})

/** Where QEMU has a virtio device of this kind. */
const slotOf = (id: number): number => {
  for (let base = 0x1000_1000; base <= 0x1000_8000; base += 0x1000)
    if (qemu.read(base + 8, 4) === BigInt(id)) return base
  throw new Error(`QEMU has no virtio device ${id}`)
}

test('the same driver gets the same answers of both disks', () => {
  const slot = slotOf(2)
  const ram = new GuestRam(0x20_0000)
  const ours = virtioMmio({ device: virtioBlk({ backend: memoryBlocks(image.slice()) }), memory: ram })
  const [theirAnswers, ourAnswers] = [
    new SmallDriver(qemu.device(slot), qemu.ram(0x20_0000)),
    new SmallDriver(ours, ram),
  ].map(converse)
  expect(ourAnswers).toEqual(theirAnswers)
})

/** A few hundred random requests; what matters of each answer. */
const converse = (driver: SmallDriver): unknown[] => {
  const random = random32(42)
  const [queue] = driver.start([64], (1n << 9n) | (1n << 28n))
  driver.ram.keep()
  const answers: unknown[] = [
    driver.get(0x00),
    driver.get(0x04),
    driver.get(0x08),
    driver.get(0x100),
    driver.get(0x114),
  ]
  for (let i = 0; i < 300; i++) {
    driver.ram.release()
    const type = random() % 20 === 0 ? 99 : [0, 0, 1, 1, 4, 8][random() % 6]
    const sector = random() % 8 === 0 ? 1n << 55n : BigInt(random() % 66)
    const length = random() % 15 === 0 ? 700 : 512 * (1 + (random() % 3))
    const cut = 1 + (random() % (length - 1))
    const header = new Uint8Array(16)
    new DataView(header.buffer).setUint32(0, type, true)
    new DataView(header.buffer).setBigUint64(8, sector, true)
    const data: RequestBuffer[] = []
    if (type === 0) data.push({ room: cut }, { room: length - cut })
    if (type === 1) data.push({ out: Uint8Array.from({ length }, () => random() & 0xff) })
    if (type === 8) data.push({ room: 20 })
    const indirect = (random() & 1) === 1
    const { head, at } = driver.add(queue, [{ out: header }, ...data, { room: 1 }], indirect)
    driver.notify(queue)
    let used = driver.collect(queue)
    while (used.length === 0) used = driver.collect(queue)
    const status = driver.ram.at(at[at.length - 1], 1)[0]
    const read = (buffer: RequestBuffer, place: number): string =>
      'room' in buffer ? Buffer.from(driver.ram.at(place, buffer.room)).toString('hex') : ''
    const good = status === 0
    // After an error QEMU counts bytes that it did not write; after an ID it leaves what was there.
    answers.push({
      type,
      status,
      heads: used.map((one) => one.head === head),
      length: good ? used[0].length : undefined,
      interrupt: driver.get(0x60) & 1,
      data: good && type === 0 ? data.map((buffer, k) => read(buffer, at[k + 1])) : [],
      id: type === 8 ? Buffer.from(driver.ram.at(at[1], 12)).toString('latin1') : '',
    })
    driver.set(0x64, 1)
  }
  answers.push(driver.status)
  return answers
}

/** What a device returns, which QEMU does in its own time. */
const awaitUsed = (driver: SmallDriver, queue: DriverQueue): Used[] => {
  for (let tries = 0; tries < 20_000; tries++) {
    const used = driver.collect(queue)
    if (used.length > 0) return used
  }
  throw new Error('the device does not answer')
}

/** Says of 10.0.2.2, as QEMU's own network does, which card it has. */
const gateway = (): NetworkBackend => {
  let card: NetworkCard
  return {
    connect(plugged) {
      card = plugged
    },
    send(frame) {
      const question = frame.length === 42 && frame[21] === 1 && frame[41] === 2
      if (!question) return
      const reply = new Uint8Array(64)
      const mac = [0x52, 0x55, 10, 0, 2, 2]
      reply.set([...frame.subarray(6, 12), ...mac, ...frame.subarray(12, 21), 2])
      reply.set([...mac, 10, 0, 2, 2, ...frame.subarray(22, 32)], 22)
      card.receive(reply)
    },
  }
}

/** Asks who 10.0.2.2 is, with buffers cut in several ways; what matters of each answer. */
const askAround = (driver: SmallDriver): unknown[] => {
  const random = random32(7)
  const [receive, transmit] = driver.start([64, 64], (1n << 3n) | (1n << 5n) | (1n << 16n))
  driver.ram.keep()
  const config = Array.from({ length: 12 }, (_, i) => driver.device.read(0x100 + i, 1))
  // Without more than one pair of queues, their number means nothing.
  const answers: unknown[] = [driver.get(8), [...config.slice(0, 7), ...config.slice(10)]]
  const mac = config.slice(0, 6)
  for (let i = 0; i < 60; i++) {
    driver.ram.release()
    const room = driver.add(receive, random() & 1 ? [{ room: 1530 }] : [{ room: 100 }, { room: 1500 }])
    driver.notify(receive)
    const question = [0, 1, 8, 0, 6, 4, 0, 1, ...mac, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2]
    const whole = Uint8Array.of(...new Uint8Array(12), ...Array(6).fill(0xff), ...mac, 8, 6, ...question)
    const cut = 1 + (random() % (whole.length - 1))
    const sent = driver.request(transmit, [{ out: whole.subarray(0, cut) }, { out: whole.subarray(cut) }])
    const used = awaitUsed(driver, receive)
    answers.push({
      sent: sent.used.length,
      heads: used.map(({ head }) => head === room.head),
      lengths: used.map(({ length }) => length),
      // Behind the header, where QEMU leaves the number of buffers at 0 (VIRTIO 1.2, 5.1.6.4.1 wants 1).
      frame: Buffer.from(driver.ram.at(room.at[0] + 12, 64)).toString('hex'),
      interrupt: driver.get(0x60) & 1,
    })
    driver.set(0x64, 1)
  }
  answers.push(driver.status)
  return answers
}

test('the same driver gets the same answers of both network cards', () => {
  const ram = new GuestRam(0x20_0000)
  const ours = virtioMmio({ device: virtioNet({ backend: gateway() }), memory: ram })
  const theirAnswers = askAround(new SmallDriver(qemu.device(slotOf(1)), qemu.ram(0x20_0000)))
  expect(askAround(new SmallDriver(ours, ram))).toEqual(theirAnswers)
  expect(theirAnswers).toHaveLength(63)
})
