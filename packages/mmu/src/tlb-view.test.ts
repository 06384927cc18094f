import { beforeEach, describe, expect, test } from 'vitest'
import { ContextSet } from './context-set.ts'
import {
  LAST_CONTEXT,
  Regime,
  SUPERPAGE_FILTER_WORDS,
  SUPERPAGE_HASH,
  SUPERPAGE_HASH_SHIFT,
  TLB_ENTRY_SIZE,
  TLB_INVALID_TAG,
  tlbLayout,
} from './tlb-layout.ts'
import { TlbView } from './tlb-view.ts'
import { Access } from './walk-result.ts'

const layout = tlbLayout(64)
const OFFSET = 4096
const { S, U } = Regime
const { read, write, execute } = Access

let memory: WebAssembly.Memory
let tlb: TlbView
beforeEach(() => {
  memory = new WebAssembly.Memory({ initial: 1, maximum: 8 })
  tlb = new TlbView(memory, OFFSET, layout)
})

const hit = (vaLow: number, vaHigh: number, context: number, regime: number = S, kind: number = read) =>
  tlb.lookup(regime, kind, vaLow, vaHigh, 1, context) !== -1

describe('layout', () => {
  test('arrays follow each other by regime, then by kind', () => {
    expect(tlbLayout()).toMatchObject({ entries: 512, indexMask: 511, arraySize: 8192, byteSize: 122_880 })
    expect(tlbLayout().arrayOffset(Regime.VU, execute)).toBe(122_880 - 8192)
    expect(layout.arrayOffset(S, write)).toBe((3 + 1) * 64 * TLB_ENTRY_SIZE)
  })

  test.each([0, 8, 100, 131_072, 1.5, Number.NaN])('%d entries are refused', (entries) => {
    expect(() => tlbLayout(entries)).toThrow(expect.objectContaining({ code: 'bad-layout' }))
  })

  test('an entry lies where generated code looks for it', () => {
    tlb.fill(S, write, 0x8000_5123, 0xffff_ffc0, 7, 0x1_0000 - 0x8000_5000)
    // Page 5, exclusive-ored with the low bits of 7 times 101.
    const at = OFFSET + layout.arrayOffset(S, write) + (5 ^ (707 % 64)) * TLB_ENTRY_SIZE
    const view = new DataView(memory.buffer)
    expect(view.getBigUint64(at, true)).toBe(0xffff_ffc0_8000_5000n | (7n << 3n))
    expect(view.getUint32(at + 8, true)).toBe((0x1_0000 - 0x8000_5000) >>> 0)
    expect(view.getUint32(at + 12, true)).toBe(12)
  })

  test('a new view has invalid entries only', () => {
    const tags = new BigUint64Array(memory.buffer, OFFSET, layout.byteSize / 8).filter((_, i) => i % 2 === 0)
    expect(new Set(tags)).toEqual(new Set([TLB_INVALID_TAG]))
  })
})

describe('lookup', () => {
  test.each([
    [1, 0x123, true],
    [2, 0x122, true],
    [2, 0x123, false],
    [4, 0x124, true],
    [4, 0x126, false],
    [8, 0xff8, true],
    [8, 0xffc, false],
  ])('an access of %i bytes at offset 0x%s', (size, offset, aligned) => {
    tlb.fill(S, read, 0x5000, 0, 1, 0x2_0000 - 0x5000)
    expect(tlb.lookup(S, read, 0x5000 + offset, 0, size, 1)).toBe(aligned ? 0x2_0000 + offset : -1)
  })

  test('other regimes, kinds, contexts and upper halves miss', () => {
    tlb.fill(S, read, 0x5000, 1, 1, 0)
    expect(hit(0x5000, 1, 1)).toBe(true)
    expect(hit(0x5000, 1, 1, U)).toBe(false)
    expect(hit(0x5000, 1, 1, S, write)).toBe(false)
    expect(hit(0x5000, 1, 2)).toBe(false)
    expect(hit(0x5000, 0, 1)).toBe(false)
    expect(hit(0x4_5000, 1, 1)).toBe(false)
  })

  test.each([
    ['read', read],
    ['write', write],
    ['execute', execute],
  ])('what lies at its second place is found there once: for %s', (_name, kind) => {
    // Two pages of one place, of which the later one has it.
    tlb.fill(S, kind, 0x5000, 0, 7, 0)
    tlb.fill(S, kind, 0x4_5000, 0, 7, 0)
    expect(hit(0x5000, 0, 7, S, kind)).toBe(true)
    const at = OFFSET + layout.arrayOffset(S, kind) + (5 ^ (707 % 64)) * TLB_ENTRY_SIZE
    expect(new DataView(memory.buffer).getUint32(at, true)).toBe(0x5000 | (7 << 3))
    expect(hit(0x4_5000, 0, 7, S, kind)).toBe(true)
  })

  test('no access in any context hits an invalid entry', () => {
    for (let context = 1; context <= LAST_CONTEXT; context++) {
      for (const size of [1, 2, 4, 8])
        expect(tlb.lookup(S, read, 0xffff_ffff, 0xffff_ffff, size, context)).toBe(-1)
    }
  })

  test('the first and the last page of the address space can be cached', () => {
    tlb.fill(S, read, 0, 0, 1, 0)
    tlb.fill(S, read, 0xffff_f000, 0xffff_ffff, LAST_CONTEXT, 0x3000)
    expect(tlb.lookup(S, read, 8, 0, 8, 1)).toBe(8)
    expect(tlb.lookup(S, read, 0xffff_fff8, 0xffff_ffff, 8, LAST_CONTEXT)).toBe(0x2ff8)
  })
})

describe('copies from one context to another', () => {
  const from = { regime: U, context: 1 }
  const to = { regime: S, context: 7 }

  test.each([
    ['first', false],
    ['second', true],
  ])('find what is at the %s place, and leave it', (_name, moved) => {
    tlb.fill(U, read, 0x5000, 1, 1, 0x1000, 21)
    if (moved) tlb.fill(U, read, 0x4_5000, 1, 1, 0)
    expect(tlb.copy(read, 0x5abc, 1, from, to)).toBe(0x6abc)
    expect(tlb.lookup(S, read, 0x5008, 1, 8, 7)).toBe(0x6008)
    expect(tlb.lookup(U, read, 0x5008, 1, 8, 1)).toBe(0x6008)
    // It remembers the superpage that it came from.
    tlb.flushPage(0x10_0000, 1, new ContextSet(7))
    expect([hit(0x5000, 1, 7), hit(0x5000, 1, 1, U)]).toEqual([false, true])
  })

  test('find nothing of another page, kind or context', () => {
    tlb.fill(U, read, 0x5000, 1, 1, 0)
    expect(tlb.copy(read, 0x6000, 1, from, to)).toBe(-1)
    expect(tlb.copy(read, 0x5000, 0, from, to)).toBe(-1)
    expect(tlb.copy(write, 0x5000, 1, from, to)).toBe(-1)
    expect(tlb.copy(read, 0x5000, 1, { regime: U, context: 2 }, to)).toBe(-1)
    expect(hit(0x5000, 1, 7)).toBe(false)
  })

  test('that others make are found by fences where they were said to be expected', () => {
    tlb.fill(S, read, 0x5000, 0, 7, 0)
    const at = OFFSET + layout.arrayOffset(S, read) + (5 ^ (707 % 64)) * TLB_ENTRY_SIZE
    const to = OFFSET + layout.arrayOffset(U, read) + (5 ^ (202 % 64)) * TLB_ENTRY_SIZE
    new Uint8Array(memory.buffer).copyWithin(to, at, at + TLB_ENTRY_SIZE)
    new DataView(memory.buffer).setUint32(to, 0x5000 | (2 << 3), true)
    expect(hit(0x5000, 0, 2, U)).toBe(true)
    tlb.expect(U, read, 2)
    tlb.flushPage(0x5000, 0, new ContextSet(2))
    expect(hit(0x5000, 0, 2, U)).toBe(false)
  })
})

test('growth of the memory keeps entries, fills and flushes working', () => {
  tlb.fill(S, read, 0x5000, 0, 1, 0)
  memory.grow(1)
  expect(hit(0x5000, 0, 1)).toBe(true)
  tlb.fill(S, read, 0x6000, 0, 1, 0)
  memory.grow(1)
  tlb.flushPage(0x5000, 0)
  expect([hit(0x5000, 0, 1), hit(0x6000, 0, 1)]).toEqual([false, true])
  memory.grow(1)
  tlb.flushAll()
  expect(hit(0x6000, 0, 1)).toBe(false)
})

describe('fences with an address', () => {
  test('take the page from every regime and kind of the contexts named', () => {
    for (const regime of [S, U]) {
      for (const kind of [read, write, execute]) tlb.fill(regime, kind, 0x5000, 0, 1, 0)
    }
    tlb.fill(S, read, 0x6000, 0, 1, 0)
    tlb.flushPage(0x5fff, 0, new ContextSet(1))
    for (const regime of [S, U]) {
      for (const kind of [read, write, execute]) expect(hit(0x5000, 0, 1, regime, kind)).toBe(false)
    }
    expect(hit(0x6000, 0, 1)).toBe(true)
  })

  test('leave other contexts alone', () => {
    tlb.fill(S, read, 0x5000, 0, 1, 0)
    tlb.flushPage(0x5000, 0, new ContextSet(2, 3))
    expect(hit(0x5000, 0, 1)).toBe(true)
    tlb.flushPage(0x5000, 0, new ContextSet())
    expect(hit(0x5000, 0, 1)).toBe(true)
  })

  test.each([
    ['64 KiB', 16, 0xf000, 0, 0x1_0000, 0],
    ['2 MiB', 21, 0x1f_f000, 0, 0x20_0000, 0],
    ['1 GiB', 30, 0x3fff_f000, 0, 0x4000_0000, 0],
    ['512 GiB', 39, 0xffff_f000, 0x7f, 0, 0x80],
    ['256 TiB', 48, 0xffff_f000, 0xffff, 0, 0x1_0000],
  ])(
    'anywhere in a %s page take all of it and nothing beyond',
    (_name, shift, lastLow, lastHigh, nextLow, nextHigh) => {
      tlb.fill(S, read, 0x3000, 0, 1, 0, shift)
      tlb.fill(U, write, 0x4000, 0, 1, 0, shift)
      tlb.flushPage(nextLow, nextHigh, new ContextSet(1))
      expect([hit(0x3000, 0, 1), hit(0x4000, 0, 1, U, write)]).toEqual([true, true])
      tlb.flushPage(lastLow, lastHigh, new ContextSet(1))
      expect([hit(0x3000, 0, 1), hit(0x4000, 0, 1, U, write)]).toEqual([false, false])
    },
  )

  test('that name no context take the page from all', () => {
    for (const shift of [12, 21]) {
      tlb.fill(S, read, 0x3000, 0, 1, 0, shift)
      tlb.fill(U, read, 0x3000, 0, 2, 0, shift)
      tlb.flushPage(0x3000, 0)
      expect([hit(0x3000, 0, 1), hit(0x3000, 0, 2, U)]).toEqual([false, false])
    }
  })

  test('find superpages in both halves of the address space', () => {
    for (const high of [0, 0x7fff_ffff, -0x8000_0000, -1, 0xffff_ffff]) {
      tlb.fill(S, read, 0x3000, high, 1, 0, 21)
      tlb.flushPage(0x10_0000, ~high, new ContextSet(1))
      expect(hit(0x3000, high, 1)).toBe(true)
      tlb.flushPage(0x10_0000, high >>> 0, new ContextSet(1))
      expect(hit(0x3000, high, 1)).toBe(false)
    }
  })

  test('still find a superpage of which another fence took a part', () => {
    tlb.fill(S, read, 0x3000, 0, 1, 0, 21)
    tlb.fill(S, read, 0x4000, 0, 2, 0, 21)
    tlb.flushPage(0x10_0000, 0, new ContextSet(2))
    expect(hit(0x3000, 0, 1)).toBe(true)
    tlb.flushPage(0x10_0000, 0, new ContextSet(1))
    expect(hit(0x3000, 0, 1)).toBe(false)
  })

  test('in a superpage of one context spare the same addresses in another', () => {
    tlb.fill(S, read, 0x3000, 0, 1, 0, 21)
    tlb.fill(S, read, 0x4000, 0, 2, 0, 21)
    tlb.flushPage(0x10_0000, 0, new ContextSet(1))
    expect([hit(0x3000, 0, 1), hit(0x4000, 0, 2)]).toEqual([false, true])
    tlb.flushPage(0x10_0000, 0, new ContextSet(2))
    expect(hit(0x4000, 0, 2)).toBe(false)
  })
})

test('stores to a page of memory can be made to miss, whoever maps it', () => {
  tlb.fill(S, write, 0x8000_5000, 0xffff_ffff, 1, (0x3_0000 - 0x8000_5000) | 0)
  tlb.fill(U, write, 0x1000, 0, 2, 0x3_0000 - 0x1000)
  tlb.fill(U, write, 0x2000, 0, 2, 0x3_1000 - 0x2000)
  tlb.fill(U, read, 0x1000, 0, 2, 0x3_0000 - 0x1000)
  tlb.flushTarget(write, 0x3_0abc)
  expect(hit(0x8000_5000, 0xffff_ffff, 1, S, write)).toBe(false)
  expect(hit(0x1000, 0, 2, U, write)).toBe(false)
  expect(hit(0x2000, 0, 2, U, write)).toBe(true)
  expect(hit(0x1000, 0, 2, U, read)).toBe(true)
})

test('superpages that somebody else has entered are fenced as a whole', () => {
  const superpages = new Uint32Array(SUPERPAGE_FILTER_WORDS).fill(7)
  tlb = new TlbView(memory, OFFSET, layout, superpages)
  expect(superpages.every((word) => word === 0)).toBe(true)
  const [low, high, shift] = [0x4030_5000, 0, 21]
  tlb.fill(S, read, low, high, 7, 0)
  new DataView(memory.buffer).setUint32(
    OFFSET + layout.arrayOffset(S, read) + (5 ^ (707 % 64)) * TLB_ENTRY_SIZE + 12,
    shift,
    true,
  )
  tlb.flushPage(0x4030_0000, high, new ContextSet(7))
  expect(hit(low, high, 7)).toBe(true)
  const bit = Math.imul((low >>> shift) ^ shift, SUPERPAGE_HASH) >>> SUPERPAGE_HASH_SHIFT
  superpages[bit >>> 5]! |= 1 << (bit & 31)
  superpages[SUPERPAGE_FILTER_WORDS - 1] = 1
  tlb.flushPage(0x4030_0000, high, new ContextSet(7))
  expect(hit(low, high, 7)).toBe(false)
})
