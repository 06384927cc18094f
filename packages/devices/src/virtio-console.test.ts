import { describe, expect, test } from 'vitest'
import { GuestRam } from '../test/guest-ram.ts'
import { SmallDriver } from '../test/small-driver.ts'
import { type VirtioConsoleOptions, virtioConsole } from './virtio-console.ts'
import { virtioMmio } from './virtio-mmio.ts'

const setUp = (options: Partial<VirtioConsoleOptions> = {}) => {
  const ram = new GuestRam(0x40_0000)
  const chunks: Uint8Array[] = []
  const lines: boolean[] = []
  const device = virtioConsole({ output: (bytes) => chunks.push(bytes), ...options })
  const slot = virtioMmio({ device, memory: ram, interrupt: (on) => lines.push(on) })
  return {
    ram,
    slot,
    console: device,
    chunks,
    lines,
    driver: new SmallDriver(slot, ram),
    output: () => chunks.map((chunk) => new TextDecoder().decode(chunk)).join(''),
  }
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

test('is a console with a size and emergency write', () => {
  const { driver } = setUp()
  expect([driver.get(8), driver.offered() & 0xff_ffffn, driver.get(0x100)]).toEqual([
    3,
    0b101n,
    (25 << 16) | 80,
  ])
})

test('an emergency write needs no driver', () => {
  const { driver, slot, output } = setUp()
  driver.set(0x108, 0x41)
  slot.write(0x108, 1, 0x42)
  driver.set(0x100, 0x43)
  expect(output()).toBe('AB')
})

test('a resize changes the configuration and says so', () => {
  const { console, driver, lines } = setUp({ size: { columns: 100, rows: 40 } })
  driver.start([4, 4])
  console.resize(132, 50)
  expect([driver.get(0x100), driver.get(0xfc), driver.get(0x60), lines]).toEqual([
    (50 << 16) | 132,
    1,
    2,
    [true],
  ])
})

describe('output', () => {
  test('comes out in order, whatever the buffers', () => {
    const { driver, output } = setUp()
    const [, transmit] = driver.start([4, 8])
    driver.add(transmit, [{ out: text('hello, ') }, { out: text('wor') }])
    driver.add(transmit, [{ out: text('ld') }])
    driver.notify(transmit)
    expect([output(), driver.collect(transmit)]).toEqual([
      'hello, world',
      [
        { head: 0, length: 0 },
        { head: 2, length: 0 },
      ],
    ])
  })

  test('of one buffer ends after 1 MiB', () => {
    const { ram, driver, chunks } = setUp()
    const [, transmit] = driver.start([4, 4])
    const data = ram.allocate(2 ** 21)
    driver.describe(transmit.descriptors, 0, BigInt(data), 2 ** 21, 0)
    driver.offer(transmit, 0)
    driver.notify(transmit)
    expect([chunks.reduce((sum, { length }) => sum + length, 0), driver.collect(transmit).length]).toEqual([
      2 ** 20,
      1,
    ])
  })

  test('from outside RAM needs a reset', () => {
    const { driver, chunks } = setUp()
    const [, transmit] = driver.start([4, 4])
    driver.describe(transmit.descriptors, 0, 0n, 4, 0)
    driver.offer(transmit, 0)
    driver.notify(transmit)
    expect([driver.needsReset, chunks]).toEqual([true, []])
  })
})

describe('input', () => {
  test('fills the buffers that wait for it', () => {
    const { console, ram, driver, lines } = setUp()
    const [receive] = driver.start([4, 4])
    const { at } = driver.request(receive, [{ room: 16 }])
    expect(lines).toEqual([])
    expect(console.receive(text('hi'))).toBe(2)
    expect([new TextDecoder().decode(ram.at(at[0], 2)), driver.collect(receive), lines]).toEqual([
      'hi',
      [{ head: 0, length: 2 }],
      [true],
    ])
  })

  test('waits for buffers, over a driver that comes late', () => {
    const { console, ram, driver } = setUp()
    console.receive(text('abcdef'))
    const [receive] = driver.start([4, 4])
    const first = driver.add(receive, [{ room: 2 }, { room: 2 }])
    const second = driver.add(receive, [{ room: 8 }])
    driver.notify(receive)
    expect(driver.collect(receive).map(({ length }) => length)).toEqual([4, 2])
    expect([...ram.at(first.at[0], 2), ...ram.at(first.at[1], 2), ...ram.at(second.at[0], 2)]).toEqual([
      ...text('abcdef'),
    ])
    expect(console.waiting).toBe(0)
  })

  test('that does not fit is refused, and the host hears when there is room', () => {
    let drained = 0
    const { console, driver } = setUp({ queueLimit: 10, drained: () => drained++ })
    expect([console.receive(new Uint8Array(8)), console.receive(new Uint8Array(8))]).toEqual([8, 2])
    const [receive] = driver.start([4, 4])
    driver.request(receive, [{ room: 4 }])
    expect(drained).toBe(0)
    driver.request(receive, [{ room: 4 }])
    expect([drained, console.waiting]).toEqual([1, 2])
  })

  test('an empty buffer returns empty', () => {
    const { console, driver } = setUp()
    const [receive] = driver.start([4, 4])
    driver.add(receive, [{ room: 0 }])
    driver.add(receive, [{ room: 1 }])
    console.receive(text('x'))
    expect(driver.collect(receive).map(({ length }) => length)).toEqual([0, 1])
  })

  test('into memory that is not RAM needs a reset', () => {
    const { console, driver } = setUp()
    const [receive] = driver.start([4, 4])
    driver.describe(receive.descriptors, 0, 0n, 4, 2)
    driver.offer(receive, 0)
    console.receive(text('x'))
    expect(driver.needsReset).toBe(true)
  })

  test('is forgotten when the board is reset', () => {
    const { console, slot, driver } = setUp()
    console.receive(text('old'))
    console.resize(1, 1)
    slot.reset()
    expect([console.waiting, driver.get(0x100)]).toEqual([0, (25 << 16) | 80])
  })
})
