import { FrameAllocator } from '@worldswitch/hypervisor'
import { Access, ArrayMemory, PageWalker, PrivilegeLevel, PteBit, schemes } from '@worldswitch/mmu'
import { describe, expect, test } from 'vitest'
import { random } from '../test/guests.ts'
import { ShadowTables } from './shadow-tables.ts'

const BASE = 0x8000_0000
const { read, write, execute } = PteBit

function setup(scheme = schemes.sv39, frames = 256) {
  const memory = new ArrayMemory({ base: BASE, size: frames * 4096 })
  const allocator = new FrameAllocator(BASE, frames * 4096)
  const tables = ShadowTables.create(memory, allocator, scheme)!
  const walker = new PageWalker(memory)
  const walk = (low: number, high: number, access: number): number =>
    walker.walk(scheme, tables.root / 4096, low, high, access, PrivilegeLevel.U, 0) === 0
      ? walker.result.page
      : -1
  return { memory, allocator, tables, walk }
}

describe.each([schemes.sv39, schemes.sv48, schemes.sv57])('$name shadow tables', (scheme) => {
  test('a mapped page is found by the hart, with its permissions', () => {
    const { tables, walk } = setup(scheme)
    expect(tables.map(0x1000, 1, { page: 0x9000_0000, permissions: read | execute, guestShift: 12 })).toBe(
      true,
    )
    expect(walk(0x1ff8, 1, Access.read)).toBe(0x9000_0000)
    expect(walk(0x1ff8, 1, Access.execute)).toBe(0x9000_0000)
    expect(walk(0x1ff8, 1, Access.write)).toBe(-1)
    expect(walk(0x2000, 1, Access.read)).toBe(-1)
  })

  test('the last page of the address space is reachable', () => {
    const { tables, walk } = setup(scheme)
    tables.map(0xffff_f000, 0xffff_ffff, { page: 0x9000_1000, permissions: read | write, guestShift: 12 })
    expect(walk(0xffff_fff8 | 0, -1, Access.write)).toBe(0x9000_1000)
  })

  test('removing an address takes the whole superpage that it came from, and nothing else', () => {
    const { tables, walk } = setup(scheme)
    const superpage = { permissions: read, guestShift: 21 }
    tables.map(0x20_0000, 0, { page: 0x9000_0000, ...superpage })
    tables.map(0x3f_f000, 0, { page: 0x901f_f000, ...superpage })
    tables.map(0x40_0000, 0, { page: 0x9020_0000, ...superpage })
    tables.map(0x20_5000, 0, { page: 0x9100_0000, permissions: read, guestShift: 12 })
    expect(tables.remove(0x30_0000, 0)).toBe('range')
    expect([walk(0x20_0000, 0, 0), walk(0x3f_f000, 0, 0)]).toEqual([-1, -1])
    expect([walk(0x40_0000, 0, 0), walk(0x20_5000, 0, 0)]).toEqual([0x9020_0000, 0x9100_0000])
    expect(tables.remove(0x20_5000, 0)).toBe('page')
    expect(tables.remove(0x20_5000, 0)).toBe('nothing')
    expect(walk(0x20_5000, 0, 0)).toBe(-1)
  })

  test('an address that is no virtual address removes nothing, whatever its lower bits name', () => {
    const { tables, walk } = setup(scheme)
    tables.map(0x1000, 1, { page: 0x9000_0000, permissions: read, guestShift: 12 })
    expect(tables.remove(0x1000, 0x8000_0001)).toBe('nothing')
    expect(walk(0x1000, 1, Access.read)).toBe(0x9000_0000)
    tables.map(0xffff_f000, 0xffff_ffff, { page: 0x9000_0000, permissions: read, guestShift: 12 })
    expect(tables.remove(0xffff_f000, 0x7fff_ffff)).toBe('nothing')
    expect(tables.remove(0xffff_f000, 0xffff_ffff)).toBe('page')
  })

  test('when frames run out nothing is mapped, and all come back in the end', () => {
    const { tables, walk, allocator } = setup(scheme, scheme.levels + 1)
    expect(tables.map(0, 0, { page: 0x9000_0000, permissions: read, guestShift: 12 })).toBe(true)
    const far = { page: 0x9000_0000, permissions: read, guestShift: 12 }
    expect(tables.map(0x4000_0000, 3, far)).toBe(false)
    expect(walk(0x4000_0000, 3, Access.read)).toBe(-1)
    tables.destroy()
    expect(allocator.used).toBe(0)
  })
})

test('any sequence of mappings and removals leaves what a plain list of mappings says', () => {
  const roll = random(7)
  const shifts = [12, 12, 12, 16, 21, 30, 39]
  for (let round = 0; round < 20; round++) {
    const { tables, walk } = setup(schemes.sv48, 2048)
    const model = new Map<number, { page: number; shift: number }>()
    // A few neighbourhoods, so that superpages and small pages meet.
    const address = (): number => roll(2) * 2 ** 39 + roll(2) * 2 ** 30 + roll(3) * 2 ** 21 + roll(20) * 4096
    for (let step = 0; step < 200; step++) {
      const va = address()
      const low = va % 2 ** 32
      const high = Math.floor(va / 2 ** 32)
      if (roll(3) > 0) {
        const shift = shifts[roll(shifts.length)]
        const page = 0x9000_0000 + roll(1000) * 4096
        tables.map(low, high, { page, permissions: read, guestShift: shift })
        model.set(va, { page, shift })
      } else {
        tables.remove(low, high)
        const gone: number[] = []
        for (const [at, { shift }] of model) {
          const size = 2 ** shift
          if (Math.floor(at / size) === Math.floor(va / size)) gone.push(at)
        }
        for (const at of gone) model.delete(at)
      }
      const probe = address()
      const found = walk(probe % 2 ** 32, Math.floor(probe / 2 ** 32), Access.read)
      const expected = model.get(probe)
      // More may be removed than asked for, never less.
      if (found !== -1) expect(found).toBe(expected?.page)
    }
  }
})
