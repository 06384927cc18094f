import { beforeEach, describe, expect, test } from 'vitest'
import { gpa, gva, hpa } from './address.ts'
import { ArrayMemory } from './array-memory.ts'
import { frameRange } from './frame-allocator.ts'
import { GStageTable } from './g-stage-table.ts'
import { decodeHgatp, encodeHgatp } from './hgatp.ts'
import { formatGStageTable, mappedGuestRanges } from './mapped-ranges.ts'
import { encodePte, PteBit } from './pte.ts'
import { translateTwoStage } from './translate-two-stage.ts'

const BASE = 0x8000_0000
const PAGE = 4096
const MiB = 2 ** 20

let memory: ArrayMemory
let frames: ReturnType<typeof frameRange>
let table: GStageTable
const start = (mode: 'sv39x4' | 'sv48x4' | 'sv57x4' = 'sv39x4', first = BASE, count = 64) => {
  memory = new ArrayMemory({ base: BASE, size: 64 * PAGE })
  frames = frameRange(first, first + count * PAGE)
  table = new GStageTable(memory, frames, mode)
}
beforeEach(() => start())

const go = (va: bigint, access: 'read' | 'write' = 'read') => {
  const result = translateTwoStage(memory, { vsatp: 0n, hgatp: table.hgatp(), access }, gva(va))
  return result.ok ? result.address : `${result.fault} ${result.reason}`
}
const code = (expected: string) => expect.objectContaining({ name: 'MmuError', code: expected })
const lines = () => formatGStageTable(memory, table.hgatp()).trimEnd().split('\n').slice(1)

describe.each([
  ['sv39x4', 41n],
  ['sv48x4', 50n],
  ['sv57x4', 59n],
] as const)('%s', (mode, bits) => {
  const last = (1n << bits) - 4096n

  test('maps its whole range, every page for U', () => {
    start(mode)
    table.map({ gpa: gpa(0x1000), hpa: hpa(0x9000_0000), size: PAGE, permissions: 'rx' })
    table.map({ gpa: gpa(last), hpa: hpa(2 ** 56 - PAGE), size: PAGE, permissions: 'rw' })
    expect(go(0x1234n)).toBe(0x9000_0234)
    expect(go(0x1234n, 'write')).toBe('guest-page permission')
    expect(go(last, 'write')).toBe(2 ** 56 - PAGE)
    expect(go(last + 4096n)).toBe('guest-page non-canonical')
    expect(table.find(gpa(last))).toMatchObject({ gpa: Number(last), bits: 0xd7, pageSize: PAGE })
    expect(() => table.map({ gpa: gpa(last), hpa: hpa(0), size: 2 * PAGE, permissions: 'r' })).toThrow(
      code('bad-address'),
    )
    expect(lines()).toEqual([
      '0x1000-0x1fff -> 0x90000000 r-xu-ad 4KiB',
      `0x${last.toString(16)}-0x${(last + 4095n).toString(16)} -> 0xfffffffffff000 rw-u-ad 4KiB`,
    ])
  })

  test('maps its second quarter with the largest page', () => {
    start(mode)
    const size = Number(1n << (bits - 11n))
    const middle = 2 ** Number(bits - 1n)
    table.map({ gpa: gpa(middle), hpa: hpa(0), size, permissions: 'rwx', largestPage: size })
    expect(table.find(gpa(middle + size - PAGE))).toMatchObject({ gpa: middle, pageSize: size })
    expect(go(BigInt(middle) + 0x5678n)).toBe(0x5678)
  })
})

test('a superpage is split by a change inside it', () => {
  table.map({ gpa: gpa(0), hpa: hpa(0), size: 4 * MiB, permissions: 'rwx', largestPage: 2 * MiB })
  table.protect({ gpa: gpa(PAGE), size: PAGE, permissions: 'r' })
  table.unmap({ gpa: gpa(2 * MiB), size: PAGE })
  expect(lines()).toEqual([
    '0x0-0xfff -> 0x0 rwxu-ad 4KiB',
    '0x1000-0x1fff -> 0x1000 r--u-ad 4KiB',
    '0x2000-0x1fffff -> 0x2000 rwxu-ad 4KiB',
    '0x201000-0x3fffff -> 0x201000 rwxu-ad 4KiB',
  ])
})

test('tables come back when what they mapped is gone, the root stays', () => {
  const before = frames.free
  table.map({ gpa: gpa(0), hpa: hpa(0), size: 3 * MiB, permissions: 'r' })
  table.unmap({ gpa: gpa(0), size: 3 * MiB })
  expect(frames.free).toBe(before)
})

describe('the root', () => {
  test('is found at the next multiple of 16 KiB, and nothing is lost on the way', () => {
    start('sv39x4', BASE + PAGE, 16)
    expect(table.root).toBe(BASE + 4 * PAGE)
    expect(frames.free).toBe(16 - 4)
    expect(new Set(Array.from({ length: 13 }, () => frames.allocate())).size).toBe(13)
    expect(frames.allocate()).toBeUndefined()
  })

  test.each<[string, () => unknown, string]>([
    ['no room for four frames', () => start('sv39x4', BASE + PAGE, 6), 'out-of-frames'],
    [
      'no allocateWideRoot',
      () => new GStageTable(memory, { allocate: () => BASE }, 'sv39x4'),
      'out-of-frames',
    ],
    [
      'a root that is not aligned',
      () => new GStageTable(memory, { allocate: () => BASE, allocateWideRoot: () => BASE + PAGE }, 'sv39x4'),
      'misaligned',
    ],
    ['a root outside the memory', () => start('sv39x4', 0), 'outside-memory'],
  ])('%s is refused', (_name, make, expected) => expect(make).toThrow(code(expected)))
})

describe('misuse', () => {
  const ok = { gpa: gpa(0), hpa: hpa(0), size: PAGE, permissions: 'r' }
  test.each<[string, Partial<Parameters<GStageTable['map']>[0]>, string]>([
    ['guest-physical address', { gpa: gpa(1) }, 'misaligned'],
    ['host-physical address', { hpa: hpa(8) }, 'misaligned'],
    ['size', { size: 0 }, 'misaligned'],
    ['range', { gpa: gpa(2 ** 41) }, 'bad-address'],
    ['host range', { hpa: hpa(2 ** 56 - PAGE), size: 2 * PAGE }, 'bad-address'],
    ['permissions', { permissions: 'w' }, 'bad-permissions'],
    ['page size', { largestPage: 2 ** 39 }, 'misaligned'],
  ])('%s is refused', (_name, change, expected) => {
    expect(() => table.map({ ...ok, ...change })).toThrow(code(expected))
    expect(lines()).toEqual(['nothing mapped'])
  })

  test('what is beyond the width is not mapped', () => {
    expect(table.find(gpa(2 ** 41))).toBeUndefined()
    expect(() => table.unmap(ok)).toThrow(code('not-mapped'))
  })
})

test('untouched pages fault on their first use', () => {
  table.map({ gpa: gpa(0), hpa: hpa(BASE), size: PAGE, permissions: 'rw', touched: false })
  expect(go(0n)).toBe('guest-page not-accessed')
})

describe('hgatp', () => {
  test.each(['bare', 'sv39x4', 'sv48x4', 'sv57x4'] as const)('round trip in mode %s', (mode) => {
    const fields = { mode, vmid: 0x3fff, ppn: 2 ** 44 - 4 }
    expect(decodeHgatp(encodeHgatp(fields))).toEqual(fields)
  })

  test('ignores what the register does not hold', () => {
    expect(decodeHgatp(0xffff_ffff_ffff_ffffn)).toEqual({
      mode: 'reserved',
      vmid: 0x3fff,
      ppn: 2 ** 44 - 4,
    })
  })

  test.each([
    ['VMID', { mode: 'sv39x4', vmid: 0x4000 } as const, 'bad-field'],
    ['PPN', { mode: 'sv39x4', ppn: 2 ** 44 } as const, 'bad-field'],
    ['root that is not aligned', { mode: 'sv39x4', ppn: 2 } as const, 'misaligned'],
  ])('refuses a %s', (_name, fields, expected) => expect(() => encodeHgatp(fields)).toThrow(code(expected)))
})

describe('listing', () => {
  test('gives guest- and host-physical ranges', () => {
    table.map({ gpa: gpa(0x8000_0000), hpa: hpa(0x9000_0000), size: 2 * PAGE, permissions: 'rw' })
    expect(mappedGuestRanges(memory, table.hgatp()).ranges).toEqual([
      { gpa: 0x8000_0000, hpa: 0x9000_0000, size: 8192n, pageSize: PAGE, bits: 0xd7, memoryType: 0 },
    ])
    expect(formatGStageTable(memory, table.hgatp(9))).toContain('sv39x4 root 0x80000000 vmid 9\n')
  })

  test('ends on hostile tables', () => {
    for (let slot = 0; slot < 2048; slot++) {
      memory.store64(table.root + slot * 8, encodePte({ valid: true, ppn: table.root / PAGE }))
    }
    const { complete, ranges } = mappedGuestRanges(memory, table.hgatp(), { maxReferences: 10_000 })
    expect([complete, ranges.length]).toEqual([false, 0])
  })

  test.each([
    ['bare', 0n],
    ['reserved', 15n << 60n],
  ])('in mode %s there is nothing', (mode, value) => {
    expect(formatGStageTable(memory, value)).toBe(`${mode}: no page table\n`)
    expect(mappedGuestRanges(memory, value).ranges).toEqual([])
  })
})

test('U is set in every leaf, whoever asks', () => {
  table.map({ gpa: gpa(0), hpa: hpa(0), size: PAGE, permissions: 'r' })
  table.protect({ gpa: gpa(0), size: PAGE, permissions: 'rw' })
  expect(table.find(gpa(0))!.bits & PteBit.user).toBe(PteBit.user)
})
