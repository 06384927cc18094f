import { describe, expect, test } from 'vitest'
import { DeviceError } from './device-error.ts'
import { plic } from './plic.ts'

const setUp = (sources = 96, contexts = 4) => {
  const events: string[] = []
  const device = plic({
    sources,
    contexts,
    output: (context, on) => events.push(`${context}${on ? '+' : '-'}`),
  })
  const set = (offset: number, value: number): void => device.write(offset, 4, value)
  const get = (offset: number): number => device.read(offset, 4)
  const claimRegister = (context: number): number => 0x20_0004 + context * 0x1000
  return {
    plic: device,
    set,
    get,
    take: () => events.splice(0),
    priority: (source: number, value: number) => set(source * 4, value),
    threshold: (context: number, value: number) => set(0x20_0000 + context * 0x1000, value),
    /** Enables exactly these sources in a context. */
    enable: (context: number, ...enabled: number[]) => {
      const words = [0, 0, 0, 0]
      for (const source of enabled) words[source >> 5] |= 1 << (source & 31)
      words.forEach((word, i) => {
        set(0x2000 + context * 0x80 + 4 * i, word >>> 0)
      })
    },
    claim: (context: number) => get(claimRegister(context)),
    complete: (context: number, source: number) => set(claimRegister(context), source),
    pending: (source: number) => (get(0x1000 + (source >> 5) * 4) >>> (source & 31)) & 1,
  }
}

describe('registers', () => {
  test.each([
    ['a priority keeps 3 bits', 4, 0xffff_ffff, 7],
    ['source 0 has no priority', 0, 7, 0],
    ['the last source has a priority', 96 * 4, 3, 3],
    ['a source that does not exist has none', 97 * 4, 3, 0],
    ['pending is read-only', 0x1000, 0xffff_ffff, 0],
    ['source 0 cannot be enabled', 0x2000, 0xffff_ffff, 0xffff_fffe],
    ['a whole word of sources can be', 0x2004, 0xffff_ffff, 0xffff_ffff],
    ['only existing sources can be', 0x200c, 0xffff_ffff, 1],
    ['enables end with the sources', 0x2010, 0xffff_ffff, 0],
    ['the last context has enables', 0x2180, 0x10, 0x10],
    ['a context that does not exist has none', 0x2200, 0x10, 0],
    ['a threshold keeps 3 bits', 0x20_3000, 0xff, 7],
    ['a context that does not exist has no threshold', 0x20_4000, 7, 0],
    ['nothing is claimed for it either', 0x20_4004, 7, 0],
    ['the rest of a context is reserved', 0x20_0008, 7, 0],
  ])('%s', (_name, offset, written, read) => {
    const { set, get } = setUp()
    set(offset, written)
    expect(get(offset)).toBe(read)
  })

  test('narrow loads see their part, narrow stores do nothing', () => {
    const { plic, set } = setUp()
    set(0x2000, 0x1234_5678)
    plic.write(0x2000, 1, 0)
    plic.write(0x2002, 2, 0)
    expect([plic.read(0x2001, 1), plic.read(0x2002, 2)]).toEqual([0x56, 0x1234])
  })

  test('a narrow load of the claim register claims nothing', () => {
    const { plic, priority, enable, pending } = setUp()
    priority(10, 1)
    enable(0, 10)
    plic.line(10)(true)
    expect([plic.read(0x20_0004, 1), plic.read(0x20_0004, 2), pending(10)]).toEqual([0, 0, 1])
  })
})

describe('a context is interrupted', () => {
  test.each([
    ['by priority 1 over threshold 0', 1, 0, true],
    ['never by priority 0', 0, 0, false],
    ['not by a priority equal to the threshold', 3, 3, false],
    ['by a priority above the threshold', 4, 3, true],
    ['never at the highest threshold', 7, 7, false],
  ])('%s', (_name, level, threshold, interrupted) => {
    const h = setUp()
    h.priority(10, level)
    h.threshold(1, threshold)
    h.enable(1, 10)
    h.plic.line(10)(true)
    expect(h.take()).toEqual(interrupted ? ['1+'] : [])
    expect(h.pending(10)).toBe(1)
  })

  test('only where the source is enabled, and in several contexts at once', () => {
    const h = setUp()
    h.priority(33, 1)
    h.enable(0, 33)
    h.enable(3, 33)
    h.plic.line(33)(true)
    expect(h.take()).toEqual(['0+', '3+'])
    expect([h.claim(3), h.take(), h.claim(0)]).toEqual([33, ['0-', '3-'], 0])
  })

  test('when what was missing is set afterwards', () => {
    const h = setUp()
    h.threshold(0, 1)
    h.plic.line(5)(true)
    h.enable(0, 5)
    h.priority(5, 1)
    expect(h.take()).toEqual([])
    h.threshold(0, 0)
    expect(h.take()).toEqual(['0+'])
    h.enable(0)
    expect(h.take()).toEqual(['0-'])
  })
})

describe('claims', () => {
  test('take the highest priority, then the lowest number', () => {
    const h = setUp()
    for (const [source, level] of [
      [31, 2],
      [32, 2],
      [64, 7],
      [5, 1],
      [96, 7],
    ]) {
      h.priority(source, level)
      h.plic.line(source)(true)
    }
    h.enable(0, 5, 31, 32, 64, 96)
    expect(Array.from({ length: 6 }, () => h.claim(0))).toEqual([64, 96, 31, 32, 5, 0])
  })

  test('do not heed the threshold', () => {
    const h = setUp()
    h.priority(10, 1)
    h.enable(0, 10)
    h.threshold(0, 7)
    h.plic.line(10)(true)
    expect(h.claim(0)).toBe(10)
  })

  test('of a request stand even if the line has dropped', () => {
    const h = setUp()
    h.priority(10, 1)
    h.enable(0, 10)
    h.plic.line(10)(true)
    h.plic.line(10)(false)
    expect([h.pending(10), h.claim(0)]).toEqual([1, 10])
    h.complete(0, 10)
    expect(h.pending(10)).toBe(0)
  })
})

describe('the gateway', () => {
  test('lets one request through until it is completed', () => {
    const h = setUp()
    const line = h.plic.line(10)
    h.priority(10, 1)
    h.enable(0, 10)
    line(true)
    h.claim(0)
    h.take()
    line(false)
    line(true)
    expect([h.pending(10), h.take()]).toEqual([0, []])
    h.complete(0, 10)
    expect([h.pending(10), h.take()]).toEqual([1, ['0+']])
  })

  test('a line still asserted at completion requests again', () => {
    const h = setUp()
    h.priority(10, 1)
    h.enable(0, 10)
    h.plic.line(10)(true)
    h.claim(0)
    h.complete(0, 10)
    expect(h.claim(0)).toBe(10)
    h.plic.line(10)(false)
    h.complete(0, 10)
    expect(h.claim(0)).toBe(0)
  })

  test.each([
    ['another source', 11],
    ['source 0', 0],
    ['a source that does not exist', 97],
    ['a huge number', 0xffff_ffff],
  ])('a completion of %s does not open it', (_name, source) => {
    const h = setUp()
    h.priority(10, 1)
    h.enable(0, 10, 11)
    h.plic.line(10)(true)
    h.claim(0)
    h.complete(0, source)
    expect(h.pending(10)).toBe(0)
  })

  test('a completion counts only where the source is enabled', () => {
    const h = setUp()
    h.priority(10, 1)
    h.enable(0, 10)
    h.plic.line(10)(true)
    h.claim(0)
    h.complete(1, 10)
    expect(h.pending(10)).toBe(0)
    h.enable(1, 10)
    h.complete(1, 10)
    expect(h.pending(10)).toBe(1)
  })
})

test('reset forgets registers and claims, not the levels of lines', () => {
  const h = setUp()
  h.priority(10, 1)
  h.enable(0, 10)
  h.plic.line(10)(true)
  h.claim(0)
  h.plic.reset()
  h.take()
  expect([h.get(40), h.get(0x2000), h.pending(10)]).toEqual([0, 0, 1])
})

test.each([0, 97, 1.5])('there is no source %d to drive', (source) => {
  expect(() => setUp().plic.line(source)).toThrow(expect.objectContaining({ code: 'interrupt-source' }))
})

test.each([
  [0, 1],
  [1024, 1],
  [1, 0],
  [1, 1025],
])('%d sources with %d contexts are refused', (sources, contexts) => {
  expect(() => setUp(sources, contexts)).toThrow(DeviceError)
})

test('1023 sources and 1024 contexts work to the last', () => {
  const h = setUp(1023, 1024)
  h.set(1023 * 4, 1)
  h.set(0x2000 + 1023 * 0x80 + 31 * 4, 0x8000_0000)
  h.plic.line(1023)(true)
  expect([h.take(), h.claim(1023)]).toEqual([['1023+'], 1023])
})
