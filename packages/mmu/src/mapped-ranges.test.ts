import { describe, expect, test } from 'vitest'
import { gpa, gva } from './address.ts'
import { ArrayMemory } from './array-memory.ts'
import { frameRange } from './frame-allocator.ts'
import { formatPageTable, mappedRanges } from './mapped-ranges.ts'
import { PageTable } from './page-table.ts'
import { encodePte, type Pte } from './pte.ts'
import { encodeSatp } from './satp.ts'

const BASE = 0x8000_0000
const ROOT = BASE / 4096

test('neighbours merge when they lead to neighbours with equal rights', () => {
  const memory = new ArrayMemory({ base: BASE, size: 16 * 4096 })
  const table = new PageTable(memory, frameRange(BASE, BASE + 16 * 4096), 'sv39')
  const map = (va: bigint, pa: number, pages: number, permissions: string) =>
    table.map({ va: gva(va), pa: gpa(pa), size: pages * 4096, permissions })
  map(0x1000n, 0x9000_0000, 2, 'rx')
  map(0x3000n, 0x9000_2000, 1, 'rx')
  map(0x4000n, 0x9000_3000, 1, 'rw')
  map(0x5000n, 0x9000_5000, 1, 'rw')
  map(-0x1000n, 0x9000_6000, 1, 'rwg')
  expect(formatPageTable(memory, table.satp(7))).toBe(
    [
      'sv39 root 0x80000000 asid 7',
      '0x1000-0x3fff -> 0x90000000 r-x--ad 4KiB',
      '0x4000-0x4fff -> 0x90003000 rw---ad 4KiB',
      '0x5000-0x5fff -> 0x90005000 rw---ad 4KiB',
      '0xfffffffffffff000-0xffffffffffffffff -> 0x90006000 rw--gad 4KiB',
      '',
    ].join('\n'),
  )
})

describe('a table nobody should trust', () => {
  const satp = encodeSatp({ mode: 'sv39', ppn: ROOT })
  const withRoot = (...entries: [number, Partial<Pte>][]) => {
    const memory = new ArrayMemory({ base: BASE, size: 2 * 4096 })
    for (const [slot, pte] of entries) memory.store64(BASE + slot * 8, encodePte({ valid: true, ...pte }))
    return memory
  }

  test('whose every entry points at itself ends at the reference limit', () => {
    const memory = withRoot(
      ...Array.from({ length: 512 }, (_, i): [number, Partial<Pte>] => [i, { ppn: ROOT }]),
    )
    const five = encodeSatp({ mode: 'sv57', ppn: ROOT })
    const { ranges, malformed, complete } = mappedRanges(memory, five, { maxReferences: 100_000 })
    expect({ ranges, complete }).toEqual({ ranges: [], complete: false })
    expect(malformed).toBeGreaterThan(90_000)
    expect(formatPageTable(memory, five, { maxReferences: 1000 })).toContain('... limit reached')
  })

  test('with more ranges than wanted is cut', () => {
    const leaf = { read: true, ppn: 0 }
    const memory = withRoot([0, leaf], [2, leaf], [4, leaf])
    const { ranges, complete } = mappedRanges(memory, satp, { maxRanges: 2 })
    expect([ranges.length, complete]).toEqual([2, false])
  })

  test('has its malformed and unreadable entries counted', () => {
    const memory = withRoot(
      [0, { read: true, ppn: 1 }],
      [1, { write: true }],
      [2, { user: true, ppn: ROOT + 1 }],
      [3, { read: true, reserved: 1 }],
      [4, { ppn: 5 }],
    )
    expect(mappedRanges(memory, satp)).toEqual({ ranges: [], malformed: 4, unreadable: 512, complete: true })
    expect(formatPageTable(memory, satp)).toContain(
      'nothing mapped\n4 malformed entries\n512 entries outside memory\n',
    )
  })

  test('shows inherited G, NAPOT groups and memory types', () => {
    const memory = withRoot([0, { ppn: ROOT, global: true }], [1, { ppn: ROOT + 1, global: true }])
    // The second table serves as both lower levels.
    const put = (slot: number, pte: Partial<Pte>) =>
      memory.store64(BASE + 4096 + slot * 8, encodePte({ valid: true, read: true, ...pte }))
    put(0, { ppn: 0x200, memoryType: 2 })
    for (let i = 16; i < 32; i++)
      memory.store64(BASE + i * 8, encodePte({ valid: true, read: true, napot: true, ppn: 0x48 }))
    const text = formatPageTable(memory, satp)
    expect(text).toContain('0x40000000-0x401fffff -> 0x200000 r---g-- 2MiB io\n')
    expect(text).toContain('0x10000-0x1ffff -> 0x40000 r---g-- 64KiB\n')
  })

  test.each([
    ['bare', 0n],
    ['reserved', 15n << 60n],
  ])('in mode %s is none', (mode, value) => {
    expect(formatPageTable(withRoot(), value)).toBe(`${mode}: no page table\n`)
    expect(mappedRanges(withRoot(), value).ranges).toEqual([])
  })
})
