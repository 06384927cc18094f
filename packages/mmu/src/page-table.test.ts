import { beforeEach, describe, expect, test } from 'vitest'
import { gpa, gva } from './address.ts'
import { ArrayMemory } from './array-memory.ts'
import { frameRange } from './frame-allocator.ts'
import { formatPageTable } from './mapped-ranges.ts'
import { PageTable } from './page-table.ts'
import { translate } from './translate.ts'

const BASE = 0x8000_0000
const PAGE = 4096
const MiB = 2 ** 20

let memory: ArrayMemory
let frames: ReturnType<typeof frameRange>
let table: PageTable
const start = (mode: 'sv39' | 'sv48' | 'sv57' = 'sv39', count = 64) => {
  memory = new ArrayMemory({ base: BASE, size: 64 * PAGE })
  frames = frameRange(BASE, BASE + count * PAGE)
  table = new PageTable(memory, frames, mode)
}
beforeEach(() => start())

const go = (va: bigint, access: 'read' | 'write' | 'execute' = 'read', privilege: 'S' | 'U' = 'S') => {
  const result = translate(memory, { satp: table.satp(), access, privilege }, gva(va))
  return result.ok ? result.address : result.reason
}
const code = (code: string) => expect.objectContaining({ name: 'MmuError', code })
const lines = () => formatPageTable(memory, table.satp()).trimEnd().split('\n').slice(1)

describe.each(['sv39', 'sv48', 'sv57'] as const)('%s', (mode) => {
  test('what is mapped translates, also in the upper half', () => {
    start(mode)
    table.map({ va: gva(-8192n), pa: gpa(0x9000_0000), size: 8192, permissions: 'rw' })
    table.map({ va: gva(0x1000), pa: gpa(2 ** 56 - PAGE), size: PAGE, permissions: 'rxu' })
    expect(go(-1n, 'write')).toBe(0x9000_1fff)
    expect(go(-8193n)).toBe('invalid')
    expect(go(0x1000n, 'execute', 'U')).toBe(2 ** 56 - PAGE)
    expect(go(0x2000n)).toBe('invalid')
  })
})

describe('superpages', () => {
  test('are used only when asked for', () => {
    table.map({ va: gva(0), pa: gpa(BASE), size: 2 * MiB, permissions: 'r' })
    expect(table.find(gva(0))).toMatchObject({ pageSize: PAGE })
  })

  test('fill the aligned middle of a range, small pages its ends', () => {
    const [va, pa] = [gva(0x3f_f000), gpa(BASE + 0x1f_f000)]
    table.map({ va, pa, size: 4 * MiB + 2 * PAGE, permissions: 'rw', largestPage: 2 * MiB })
    expect(lines()).toEqual([
      '0x3ff000-0x3fffff -> 0x801ff000 rw---ad 4KiB',
      '0x400000-0x7fffff -> 0x80200000 rw---ad 2MiB',
      '0x800000-0x800fff -> 0x80600000 rw---ad 4KiB',
    ])
  })

  test('need the physical address aligned as well', () => {
    table.map({ va: gva(0), pa: gpa(BASE + PAGE), size: 2 * MiB, permissions: 'r', largestPage: 2 ** 30 })
    expect(table.find(gva(0))).toMatchObject({ pageSize: PAGE })
  })

  test.each([
    ['sv39', 30],
    ['sv48', 39],
    ['sv57', 48],
  ] as const)('of %s go up to 2^%i bytes', (mode, shift) => {
    start(mode)
    table.map({ va: gva(0), pa: gpa(0), size: 2 ** shift, permissions: 'rw', largestPage: 2 ** shift })
    expect(table.find(gva(5))).toEqual({ va: 0n, pa: 0, pageSize: 2 ** shift, bits: 0xc7 })
    expect(go(2n ** BigInt(shift) - 1n)).toBe(2 ** shift - 1)
  })

  test('are split by a change inside them, and only as far as needed', () => {
    table.map({ va: gva(0), pa: gpa(0), size: 2 ** 30, permissions: 'rwx', largestPage: 2 ** 30 })
    table.protect({ va: gva(0x20_3000), size: PAGE, permissions: 'r' })
    table.unmap({ va: gva(0x40_0000), size: 2 * MiB })
    expect(lines()).toEqual([
      '0x0-0x1fffff -> 0x0 rwx--ad 2MiB',
      '0x200000-0x202fff -> 0x200000 rwx--ad 4KiB',
      '0x203000-0x203fff -> 0x203000 r----ad 4KiB',
      '0x204000-0x3fffff -> 0x204000 rwx--ad 4KiB',
      '0x600000-0x3fffffff -> 0x600000 rwx--ad 2MiB',
    ])
  })

  test('replace tables that were left empty by an allocator that takes nothing back', () => {
    const plain = { allocate: () => frames.allocate() }
    table = new PageTable(memory, plain, 'sv39')
    table.map({ va: gva(0), pa: gpa(BASE), size: PAGE, permissions: 'r' })
    table.unmap({ va: gva(0), size: PAGE })
    table.map({ va: gva(0), pa: gpa(0), size: 2 ** 30, permissions: 'r', largestPage: 2 ** 30 })
    expect(go(0x1234n)).toBe(0x1234)
  })
})

describe('frames', () => {
  test('come back when tables become empty', () => {
    const before = frames.free
    table.map({ va: gva(0), pa: gpa(0), size: 5 * MiB, permissions: 'rw', largestPage: 2 * MiB })
    table.map({ va: gva(-4096n), pa: gpa(0), size: PAGE, permissions: 'rw' })
    expect(frames.free).toBeLessThan(before)
    table.unmap({ va: gva(0), size: 5 * MiB })
    table.unmap({ va: gva(-4096n), size: PAGE })
    expect(frames.free).toBe(before)
  })

  test('that run out leave everything as it was', () => {
    start('sv39', 4) // root, two levels, and one table more
    const size = 6 * MiB
    expect(() => table.map({ va: gva(0), pa: gpa(BASE), size, permissions: 'r' })).toThrow(
      code('out-of-frames'),
    )
    expect(lines()).toEqual(['nothing mapped'])
    expect(frames.free).toBe(3)
    table.map({ va: gva(0), pa: gpa(BASE), size: 2 * MiB, permissions: 'r' })
  })

  test('that run out half-way down come back too', () => {
    start('sv39', 4)
    const acrossGiB = { va: gva(2 ** 30 - PAGE), size: 2 * PAGE }
    expect(() => table.map({ ...acrossGiB, pa: gpa(BASE), permissions: 'r' })).toThrow(code('out-of-frames'))
    expect(frames.free).toBe(3)
  })

  test('that run out during a split leave the superpage', () => {
    start('sv39', 3)
    table.map({ va: gva(0), pa: gpa(0), size: 2 ** 30, permissions: 'rw', largestPage: 2 ** 30 })
    const first = { va: gva(2 * MiB), size: 2 * MiB }
    table.protect({ ...first, permissions: 'r' })
    expect(frames.free).toBe(1)
    table.protect({ va: gva(PAGE), size: PAGE, permissions: 'r' })
    expect(() => table.unmap({ va: gva(4 * MiB), size: PAGE })).toThrow(code('out-of-frames'))
    expect(go(4n * BigInt(MiB), 'write')).toBe(4 * MiB)
    expect(go(4096n, 'write')).toBe('permission')
  })

  test('outside the memory are refused', () => {
    expect(() => new PageTable(memory, frameRange(0, PAGE), 'sv39')).toThrow(code('outside-memory'))
    expect(() => frameRange(1, PAGE)).toThrow(code('misaligned'))
  })
})

test('protect keeps A and D, and untouched mappings have neither', () => {
  table.map({ va: gva(0), pa: gpa(BASE), size: PAGE, permissions: 'r', touched: false })
  table.map({ va: gva(PAGE), pa: gpa(BASE), size: PAGE, permissions: 'rug' })
  table.protect({ va: gva(0), size: 2 * PAGE, permissions: 'rwx' })
  expect(lines()).toEqual([
    '0x0-0xfff -> 0x80000000 rwx---- 4KiB',
    '0x1000-0x1fff -> 0x80000000 rwx--ad 4KiB',
  ])
})

describe('misuse', () => {
  const ok = { va: gva(0), pa: gpa(0), size: PAGE, permissions: 'r' }
  test.each<[string, Partial<Parameters<PageTable['map']>[0]>, string]>([
    ['virtual address', { va: gva(1) }, 'misaligned'],
    ['physical address', { pa: gpa(8) }, 'misaligned'],
    ['size', { size: 100 }, 'misaligned'],
    ['empty size', { size: 0 }, 'misaligned'],
    ['negative size', { size: -PAGE }, 'misaligned'],
    ['page size', { largestPage: 12345 }, 'misaligned'],
    ['page size of another mode', { largestPage: 2 ** 39 }, 'misaligned'],
    ['hole', { va: gva(2n ** 38n) }, 'not-canonical'],
    ['range into the hole', { va: gva(2n ** 38n - 4096n), size: 2 * PAGE }, 'not-canonical'],
    ['range across the hole', { va: gva(2n ** 38n - 4096n), size: 2 ** 60 }, 'not-canonical'],
    ['range beyond the end', { va: gva(-4096n), size: 2 * PAGE }, 'not-canonical'],
    ['physical range', { pa: gpa(2 ** 56 - PAGE), size: 2 * PAGE }, 'bad-address'],
    ['permissions', { permissions: 'w' }, 'bad-permissions'],
  ])('%s is refused', (_name, change, expected) => {
    expect(() => table.map({ ...ok, ...change })).toThrow(code(expected))
    expect(lines()).toEqual(['nothing mapped'])
  })

  test('overlaps are refused and change nothing', () => {
    table.map({ va: gva(4 * PAGE), pa: gpa(BASE), size: PAGE, permissions: 'r' })
    const wide = { va: gva(0), pa: gpa(0), size: 2 * MiB, permissions: 'rw', largestPage: 2 * MiB }
    expect(() => table.map(wide)).toThrow(code('overlap'))
    expect(lines()).toEqual(['0x4000-0x4fff -> 0x80000000 r----ad 4KiB'])
  })

  test('what is not mapped cannot be unmapped or protected', () => {
    table.map({ va: gva(0), pa: gpa(BASE), size: PAGE, permissions: 'r' })
    expect(() => table.unmap({ va: gva(0), size: 2 * PAGE })).toThrow(code('not-mapped'))
    expect(() => table.protect({ va: gva(PAGE), size: PAGE, permissions: 'r' })).toThrow(code('not-mapped'))
    expect(go(0n)).toBe(BASE)
    expect(table.find(gva(PAGE))).toBeUndefined()
    expect(table.find(gva(2n ** 40n))).toBeUndefined()
  })
})
