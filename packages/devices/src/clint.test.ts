import { describe, expect, test } from 'vitest'
import { aclintMswi } from './aclint-mswi.ts'
import { aclintSswi } from './aclint-sswi.ts'
import { Bus } from './bus.ts'
import { clint } from './clint.ts'
import { DeviceError } from './device-error.ts'

const MTIMECMP = 0x4000
const MTIME = 0xbff8
const ONES = 0xffff_ffff_ffff_ffffn

const setUp = (harts = 2) => {
  const events: string[] = []
  const clock = { now: 0n }
  const device = clint({
    harts,
    time: () => clock.now,
    software: (hart, on) => events.push(`software${hart}=${on}`),
    timer: (hart, on) => events.push(`timer${hart}=${on}`),
  })
  const bus = new Bus().map({ name: 'clint', base: 0, device })
  return {
    clint: device,
    bus,
    clock,
    at: (now: bigint) => {
      clock.now = now
      device.tick()
    },
    take: () => events.splice(0),
  }
}

describe('software interrupts', () => {
  test('bit 0 of each word is a line, the others are nothing', () => {
    const { bus, take } = setUp()
    bus.write(4, 4, 0xffff_ffffn)
    expect([bus.read(4, 4), take()]).toEqual([1n, ['software1=true']])
    bus.write(4, 4, 0xffff_fffen)
    expect([bus.read(4, 4), take()]).toEqual([0n, ['software1=false']])
  })

  test('a double word sets two harts', () => {
    const { bus, take } = setUp()
    bus.write(0, 8, 0x1_0000_0001n)
    expect([take(), bus.read(0, 8)]).toEqual([['software0=true', 'software1=true'], 0x1_0000_0001n])
  })

  test('a hart that does not exist has no word', () => {
    const { bus, take } = setUp()
    bus.write(8, 4, 1n)
    expect([bus.read(8, 4), take()]).toEqual([0n, []])
  })
})

describe('the timer', () => {
  test('is asserted exactly from mtimecmp on', () => {
    const { bus, at, take } = setUp()
    bus.write(MTIMECMP + 8, 8, 100n)
    at(99n)
    expect(take()).toEqual([])
    at(100n)
    expect(take()).toEqual(['timer1=true'])
    at(101n)
    expect(take()).toEqual([])
    bus.write(MTIMECMP + 8, 8, 102n)
    expect(take()).toEqual(['timer1=false'])
  })

  test('compares unsigned, and all ones is never due', () => {
    const { clint, bus, at, take } = setUp()
    bus.write(MTIMECMP, 8, 0x8000_0000_0000_0000n)
    at(0x7fff_ffff_ffff_ffffn)
    expect(take()).toEqual([])
    bus.write(MTIMECMP, 8, ONES)
    expect(clint.nextDeadline()).toBeUndefined()
  })

  test('takes mtimecmp in two halves, either first', () => {
    const { bus, at, take } = setUp()
    at(10n)
    bus.write(MTIMECMP, 4, 0xffff_ffffn)
    bus.write(MTIMECMP + 4, 4, 0n)
    bus.write(MTIMECMP, 4, 20n)
    expect([take(), bus.read(MTIMECMP, 8)]).toEqual([[], 20n])
    at(20n)
    expect(take()).toEqual(['timer0=true'])
  })

  test('takes mtimecmp byte by byte', () => {
    const { bus } = setUp()
    bus.write(MTIMECMP, 8, 0n)
    bus.write(MTIMECMP + 5, 1, 0xabn)
    bus.write(MTIMECMP + 2, 2, 0x1234n)
    expect([bus.read(MTIMECMP, 8), bus.read(MTIMECMP + 5, 1), bus.read(MTIMECMP + 4, 2)]).toEqual([
      0x0000_ab00_1234_0000n,
      0xabn,
      0xab00n,
    ])
  })

  test.each<[string, bigint[], number | undefined, bigint | undefined]>([
    ['the nearest of all harts', [300n, 200n], undefined, 200n],
    ['one hart', [300n, 200n], 0, 300n],
    ['nothing for an asserted line', [50n, 50n], undefined, undefined],
    ['nothing for a line asserted just now', [100n, 100n], 0, undefined],
    ['the line that is not asserted yet', [50n, 300n], undefined, 300n],
    ['nothing for a hart that does not exist', [300n, 200n], 7, undefined],
  ])('says what is due next: %s', (_name, compares, hart, expected) => {
    const { clint, bus, at } = setUp()
    at(100n)
    compares.forEach((compare, i) => {
      bus.write(MTIMECMP + 8 * i, 8, compare)
    })
    expect(clint.nextDeadline(hart)).toBe(expected)
  })

  test('mtime shows the time, whole and in parts', () => {
    const { bus, at } = setUp()
    at(0x1122_3344_5566_7788n)
    expect([
      bus.read(MTIME, 8),
      bus.read(MTIME, 4),
      bus.read(MTIME + 4, 4),
      bus.read(MTIME + 6, 2),
      bus.read(MTIME + 1, 1),
    ]).toEqual([0x1122_3344_5566_7788n, 0x5566_7788n, 0x1122_3344n, 0x1122n, 0x77n])
  })

  test('mtime is never torn by time that passes between two halves', () => {
    const { bus, clock } = setUp()
    let now = 0xffff_ffffn
    Object.defineProperty(clock, 'now', { get: () => now++ })
    expect(bus.read(MTIME, 8)).toBe(0xffff_ffffn)
  })

  test('mtime can be set, keeps running, and deadlines follow', () => {
    const { clint, bus, at, take } = setUp()
    at(1000n)
    bus.write(MTIMECMP, 8, 600n)
    expect(take()).toEqual(['timer0=true'])
    bus.write(MTIME, 8, 500n)
    expect([take(), clint.mtime, clint.nextDeadline()]).toEqual([['timer0=false'], 500n, 1100n])
    at(1099n)
    expect(take()).toEqual([])
    at(1100n)
    expect([take(), bus.read(MTIME, 8)]).toEqual([['timer0=true'], 600n])
  })

  test('mtime wraps', () => {
    const { clint, bus, at } = setUp()
    bus.write(MTIME, 8, ONES)
    at(2n)
    expect(clint.mtime).toBe(1n)
  })
})

test('reset deasserts everything and sets the time back', () => {
  const { clint, bus, at, take } = setUp()
  at(10n)
  bus.write(0, 4, 1n)
  bus.write(MTIMECMP, 8, 5n)
  bus.write(MTIME, 8, 77n)
  take()
  clint.reset()
  expect(take()).toEqual(['software0=false', 'timer0=false'])
  expect([bus.read(0, 4), bus.read(MTIMECMP, 8), bus.read(MTIME, 8)]).toEqual([0n, ONES, 10n])
})

test('gaps read 0', () => {
  const { bus } = setUp()
  for (const offset of [0x3ff8, 0x4010, 0xbff0, 0xc000, 0xfff8]) {
    expect(bus.write(offset, 8, ONES)).toBe(true)
    expect(bus.read(offset, 8)).toBe(0n)
  }
})

test('a supervisor software interrupt is an edge per odd store', () => {
  const set: number[] = []
  const sswi = aclintSswi({ harts: 2, setSoftware: (hart) => set.push(hart) })
  sswi.write(4, 4, 1)
  sswi.write(4, 4, 1)
  sswi.write(0, 4, 2)
  sswi.write(8, 4, 1)
  expect([set, sswi.read(4, 4)]).toEqual([[1, 1], 0])
})

test.each([0, 4096, 1.5, Number.NaN])('%d harts are refused', (harts) => {
  expect(() => aclintMswi({ harts, software() {} })).toThrow(DeviceError)
})
