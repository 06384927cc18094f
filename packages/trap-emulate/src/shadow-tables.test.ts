import { FrameAllocator } from '@worldswitch/hypervisor'
import { Access, ArrayMemory, PageWalker, PrivilegeLevel, PteBit, schemes } from '@worldswitch/mmu'
import { describe, expect, test } from 'vitest'
import { random } from '../test/guests.ts'
import { type Frames, ShadowTables } from './shadow-tables.ts'

const BASE = 0x8000_0000
const { read, write, execute } = PteBit

function setup(scheme = schemes.sv39, frames = 256) {
  const memory = new ArrayMemory({ base: BASE, size: frames * 4096 })
  const allocator = new FrameAllocator(BASE, frames * 4096)
  const cleared: Frames = {
    allocate() {
      const frame = allocator.allocate()
      for (let at = 0; frame !== undefined && at < 4096; at += 4) memory.store32(frame + at, 0)
      return frame
    },
    release: (frame) => allocator.release(frame),
  }
  const create = () => ShadowTables.create(memory, cleared, scheme)!
  const tables = create()
  const walker = new PageWalker(memory)
  const walkOf = (of: ShadowTables, low: number, high: number, access: number): number =>
    walker.walk(scheme, of.root / 4096, low, high, access, PrivilegeLevel.U, 0) === 0
      ? walker.result.page
      : -1
  const walk = (low: number, high: number, access: number): number => walkOf(tables, low, high, access)
  return { memory, allocator, create, tables, walk, walkOf }
}

describe.each([schemes.sv39, schemes.sv48, schemes.sv57])('$name shadow tables', (scheme) => {
  test('a mapped page is found by the hart, with its permissions', () => {
    const { tables, walk } = setup(scheme)
    const mapping = { page: 0x9000_0000, permissions: read | execute, shift: 12, guestShift: 12 }
    expect(tables.map(0x1000, 1, mapping)).toBe('nothing')
    expect(walk(0x1ff8, 1, Access.read)).toBe(0x9000_0000)
    expect(walk(0x1ff8, 1, Access.execute)).toBe(0x9000_0000)
    expect(walk(0x1ff8, 1, Access.write)).toBe(-1)
    expect(walk(0x2000, 1, Access.read)).toBe(-1)
  })

  test('the last page of the address space is reachable', () => {
    const { tables, walk } = setup(scheme)
    tables.map(0xffff_f000, 0xffff_ffff, {
      page: 0x9000_1000,
      permissions: read | write,
      shift: 12,
      guestShift: 12,
    })
    expect(walk(0xffff_fff8 | 0, -1, Access.write)).toBe(0x9000_1000)
  })

  test('removing an address takes the whole superpage that it came from, and nothing else', () => {
    const { tables, walk } = setup(scheme)
    const superpage = { permissions: read, shift: 12, guestShift: 21 }
    tables.map(0x20_0000, 0, { page: 0x9000_0000, ...superpage })
    tables.map(0x3f_f000, 0, { page: 0x901f_f000, ...superpage })
    tables.map(0x40_0000, 0, { page: 0x9020_0000, ...superpage })
    tables.map(0x20_5000, 0, { page: 0x9100_0000, permissions: read, shift: 12, guestShift: 12 })
    expect(tables.remove(0x30_0000, 0)).toBe('range')
    expect([walk(0x20_0000, 0, 0), walk(0x3f_f000, 0, 0)]).toEqual([-1, -1])
    expect([walk(0x40_0000, 0, 0), walk(0x20_5000, 0, 0)]).toEqual([0x9020_0000, 0x9100_0000])
    expect(tables.remove(0x20_5000, 0)).toBe('page')
    expect(tables.remove(0x20_5000, 0)).toBe('nothing')
    expect(walk(0x20_5000, 0, 0)).toBe(-1)
  })

  test('an address that is no virtual address removes nothing, whatever its lower bits name', () => {
    const { tables, walk } = setup(scheme)
    tables.map(0x1000, 1, { page: 0x9000_0000, permissions: read, shift: 12, guestShift: 12 })
    expect(tables.remove(0x1000, 0x8000_0001)).toBe('nothing')
    expect(walk(0x1000, 1, Access.read)).toBe(0x9000_0000)
    tables.map(0xffff_f000, 0xffff_ffff, { page: 0x9000_0000, permissions: read, shift: 12, guestShift: 12 })
    expect(tables.remove(0xffff_f000, 0x7fff_ffff)).toBe('nothing')
    expect(tables.remove(0xffff_f000, 0xffff_ffff)).toBe('page')
  })

  test('a superpage is one entry, which a fence of any of its addresses removes', () => {
    const { tables, walk, allocator } = setup(scheme)
    const before = allocator.used
    tables.map(0x23_4000, 0, { page: 0x9020_0000, permissions: read, shift: 21, guestShift: 21 })
    expect(allocator.used - before).toBe(scheme.levels - 2)
    expect([walk(0x20_0000, 0, 0), walk(0x3f_f000, 0, 0)]).toEqual([0x9020_0000, 0x903f_f000])
    expect(walk(0x40_0000, 0, 0)).toBe(-1)
    expect(tables.remove(0x5f_f000, 0)).toBe('nothing')
    expect(tables.remove(0x3f_f000, 0)).toBe('page')
    expect(walk(0x20_0000, 0, 0)).toBe(-1)
  })

  test('pieces of a larger page of the guest go together', () => {
    const { tables, walk } = setup(scheme)
    for (const low of [0x20_0000, 0x3e00_0000])
      tables.map(low, 0, { page: 0x9000_0000, permissions: read, shift: 21, guestShift: 30 })
    tables.map(0x40_0000, 0, { page: 0x9200_0000, permissions: read, shift: 21, guestShift: 21 })
    tables.map(0x60_1000, 0, { page: 0x9300_0000, permissions: read, shift: 12, guestShift: 12 })
    expect(tables.remove(0x1000_0000, 0)).toBe('range')
    expect([walk(0x20_0000, 0, 0), walk(0x3e00_0000, 0, 0)]).toEqual([-1, -1])
    expect([walk(0x40_0000, 0, 0), walk(0x60_1000, 0, 0)]).toEqual([0x9200_0000, 0x9300_0000])
  })

  test('what a mapping replaces is told, for a TLB that may still hold it', () => {
    const { tables, walk, allocator } = setup(scheme)
    const small = { page: 0x9000_0000, permissions: read, shift: 12, guestShift: 12 }
    const large = { page: 0x9020_0000, permissions: read, shift: 21, guestShift: 21 }
    expect(tables.map(0x20_1000, 0, small)).toBe('nothing')
    const used = allocator.used
    // The same once more, or with more permissions: nothing that was found before is wrong now.
    expect(tables.map(0x20_1000, 0, small)).toBe('nothing')
    expect(tables.map(0x20_1000, 0, { ...small, permissions: read | write })).toBe('nothing')
    expect(tables.map(0x20_1000, 0, small)).toBe('page')
    expect(tables.map(0x20_1000, 0, { ...small, guestShift: 21 })).toBe('page')
    expect(tables.map(0x20_1000, 0, { ...small, page: 0x9000_1000 })).toBe('page')
    expect(tables.map(0x20_5000, 0, large)).toBe('range')
    expect(allocator.used).toBe(used - 1)
    expect(walk(0x20_1000, 0, 0)).toBe(0x9020_1000)
    expect(tables.map(0x20_1000, 0, small)).toBe('page')
    expect([walk(0x20_1000, 0, 0), walk(0x20_5000, 0, 0)]).toEqual([0x9000_0000, -1])
  })

  test('what is borrowed is translated by the other tables, and stays theirs', () => {
    const { create, tables, walk, walkOf, allocator } = setup(scheme)
    const lender = create()
    const page = { permissions: read, shift: 12, guestShift: 12 }
    lender.map(0xffff_f000, 0xffff_ffff, { page: 0x9000_0000, ...page })
    const slot = tables.slotOf(0xffff_f000, 0xffff_ffff)
    tables.borrow(slot, lender)
    tables.map(0x1000, 0, { page: 0x9100_0000, ...page })
    expect([walk(0xffff_f000, -1, 0), walk(0x1000, 0, 0)]).toEqual([0x9000_0000, 0x9100_0000])
    lender.map(0xffff_e000, 0xffff_ffff, { page: 0x9000_1000, ...page })
    expect(walk(0xffff_e000, -1, 0)).toBe(0x9000_1000)
    expect(tables.remove(0xffff_e000, 0xffff_ffff)).toBe('nothing')
    expect(lender.remove(0xffff_e000, 0xffff_ffff)).toBe('page')
    expect(walk(0xffff_e000, -1, 0)).toBe(-1)
    tables.clear()
    expect([walk(0xffff_f000, -1, 0), walk(0x1000, 0, 0)]).toEqual([0x9000_0000, -1])
    tables.destroy()
    expect(walkOf(lender, 0xffff_f000, -1, 0)).toBe(0x9000_0000)
    lender.destroy()
    expect(allocator.used).toBe(0)
  })

  test('when frames run out nothing is mapped, and all come back in the end', () => {
    const { tables, walk, allocator } = setup(scheme, scheme.levels + 1)
    expect(tables.map(0, 0, { page: 0x9000_0000, permissions: read, shift: 12, guestShift: 12 })).toBe(
      'nothing',
    )
    const far = { page: 0x9000_0000, permissions: read, shift: 12, guestShift: 12 }
    expect(tables.map(0x4000_0000, 3, far)).toBeUndefined()
    expect(walk(0x4000_0000, 3, Access.read)).toBe(-1)
    tables.destroy()
    expect(allocator.used).toBe(0)
  })
})

test('any sequence of mappings and removals leaves what a plain list of mappings says', () => {
  const roll = random(7)
  const shifts = [12, 12, 12, 16, 21, 21, 30, 39]
  const inside = (a: number, b: number, shift: number) =>
    Math.floor(a / 2 ** shift) === Math.floor(b / 2 ** shift)
  for (let round = 0; round < 20; round++) {
    const { tables, walk } = setup(schemes.sv48, 2048)
    const model: { at: number; page: number; shift: number; guestShift: number }[] = []
    // A few neighbourhoods, so that superpages and small pages meet.
    const address = (): number => roll(2) * 2 ** 39 + roll(2) * 2 ** 30 + roll(3) * 2 ** 21 + roll(20) * 4096
    for (let step = 0; step < 200; step++) {
      const va = address()
      const low = va % 2 ** 32
      const high = Math.floor(va / 2 ** 32)
      if (roll(3) > 0) {
        const guestShift = shifts[roll(shifts.length)]
        const shift = guestShift >= 21 && roll(2) === 0 ? 21 : 12
        const page = 0x9000_0000 + roll(1000) * 2 ** shift
        tables.map(low, high, { page, permissions: read, shift, guestShift })
        model.push({ at: va - (va % 2 ** shift), page, shift, guestShift })
      } else {
        tables.remove(low, high)
        for (let i = model.length - 1; i >= 0; i--)
          if (inside(model[i].at, va, model[i].guestShift)) model.splice(i, 1)
      }
      const probe = address()
      const found = walk(probe % 2 ** 32, Math.floor(probe / 2 ** 32), Access.read)
      const expected = model.findLast(({ at, shift }) => inside(at, probe, shift))
      // More may be removed than asked for, never less.
      if (found !== -1) expect(found).toBe(expected && expected.page + (probe % 2 ** expected.shift))
    }
  }
})
