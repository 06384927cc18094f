import { describe, expect, test } from 'vitest'
import type { ContextSet } from './context-set.ts'
import { ContextTable, NO_VMID } from './context-table.ts'
import { FIRST_CONTEXT, LAST_CONTEXT } from './tlb-layout.ts'

const never = {
  exhausted() {
    throw new Error('not expected')
  },
}
const SV39 = 8
const SV48 = 9
const ids = (set: ContextSet) => Array.from({ length: set.size }, (_, i) => set.at(i)).sort((a, b) => a - b)

test('the same context keeps its id, different ones differ', () => {
  const table = new ContextTable(never)
  const variants: Parameters<ContextTable['select']>[] = [
    [0, 0, false, false, NO_VMID],
    [SV39, 0, false, false, NO_VMID],
    [SV39, 1, false, false, NO_VMID],
    [SV39, 0xffff, false, false, NO_VMID],
    [SV48, 1, false, false, NO_VMID],
    [SV39, 1, true, false, NO_VMID],
    [SV39, 1, false, true, NO_VMID],
    [SV39, 1, true, true, NO_VMID],
    [SV39, 1, false, false, 0],
    [SV39, 1, false, false, 1],
    [SV39, 1, false, false, 0x3fff],
    [SV39, 1, false, false, 1, SV39],
    [SV39, 1, false, false, 1, SV48],
    [SV39, 1, false, true, 1, SV39],
    [SV39, 1, false, true, 1, SV39, true],
    [0, 1, false, false, 1],
    [0, 1, false, false, 1, SV39],
    [0, 1, false, false, 1, SV39, true],
  ]
  const first = variants.map((variant) => table.select(...variant))
  expect(new Set(first).size).toBe(variants.length)
  expect(variants.map((variant) => table.select(...variant))).toEqual(first)
  expect(table.size).toBe(variants.length)
})

describe('a context does not depend on what its translation ignores', () => {
  test.each<[string, Parameters<ContextTable['select']>, Parameters<ContextTable['select']>]>([
    ['bare: ASID, SUM and MXR', [0, 0, false, false], [0, 77, true, true]],
    ['bare in a VM: ASID, SUM and its own MXR', [0, 0, false, false, 3, SV39], [0, 77, true, true, 3, SV39]],
    ['outside VMs: the G-stage', [SV39, 5, true, true], [SV39, 5, true, true, NO_VMID, SV48, true]],
  ])('%s', (_name, one, other) => {
    const table = new ContextTable(never)
    expect(table.select(...one)).toBe(table.select(...other))
  })
})

describe('fences name', () => {
  const table = new ContextTable(never)
  const bare = table.select(0, 0, false, false)
  const five = [
    table.select(SV39, 5, false, false),
    table.select(SV39, 5, true, false),
    table.select(SV39, 5, true, true),
    table.select(SV48, 5, false, false),
  ]
  const sameBucket = table.select(SV39, 5 + 64, false, false)
  const guest = table.select(SV39, 5, false, false, 9)
  const guestBare = table.select(0, 0, false, false, 9)
  const guestMxr = table.select(0, 0, false, false, 9, SV39, true)
  const otherGuest = table.select(0, 0, false, false, 0)

  test.each<[string, () => ContextSet, number[]]>([
    ['all variants of an ASID', () => table.ofAsid(5), five],
    ['nothing for an unknown ASID', () => table.ofAsid(6), []],
    ['nothing bare for ASID 0', () => table.ofAsid(0), []],
    ['every ASID but no bare context', () => table.ofAllAsids(), [...five, sameBucket]],
    ['an ASID of a virtual machine', () => table.ofAsid(5, 9), [guest]],
    ['all ASIDs of a virtual machine', () => table.ofAllAsids(9), [guest]],
    ['a whole virtual machine', () => table.ofVmid(9), [guest, guestBare, guestMxr]],
    ['nothing for an unknown virtual machine', () => table.ofVmid(8), []],
    ['all virtual machines', () => table.ofAllVmids(), [guest, guestBare, guestMxr, otherGuest]],
  ])('%s', (_name, select, expected) => {
    expect(ids(select())).toEqual(expected)
    expect(expected).not.toContain(bare)
  })
})

describe('contexts that are retired', () => {
  const table = new ContextTable({ exhausted() {} })
  const one = table.select(SV39, 5, false, false)
  const other = table.select(SV39, 5, true, false)
  const spared = table.select(SV39, 6, false, false)
  const guest = table.select(SV39, 5, false, false, 9)

  test('get another id when they are selected again, and are named by no fence before', () => {
    table.retire(table.ofAsid(5))
    expect(ids(table.ofAsid(5))).toEqual([])
    expect(ids(table.ofAllAsids())).toEqual([spared])
    const again = table.select(SV39, 5, false, false)
    expect([one, other, spared, guest]).not.toContain(again)
    expect(table.select(SV39, 5, false, false)).toBe(again)
    expect(ids(table.ofAsid(5))).toEqual([again])
    expect(table.select(SV39, 6, false, false)).toBe(spared)
  })

  test('of a virtual machine are no longer part of it', () => {
    table.retire(table.ofVmid(9))
    expect(ids(table.ofAllVmids())).toEqual([])
    expect(table.select(SV39, 5, false, false, 9)).not.toBe(guest)
  })

  test('use up ids, and then the table starts over', () => {
    let calls = 0
    const small = new ContextTable({ exhausted: () => calls++ })
    const seen = new Set<number>()
    for (let i = FIRST_CONTEXT; i <= LAST_CONTEXT; i++) {
      seen.add(small.select(SV39, 1, false, false))
      small.retire(small.ofAllAsids())
    }
    expect([seen.size, calls]).toEqual([LAST_CONTEXT, 0])
    expect(small.select(SV39, 1, false, false)).toBe(FIRST_CONTEXT)
    expect(calls).toBe(1)
  })
})

test('the context that address spaces share is one per mode, and only fences for all ASIDs name it', () => {
  const table = new ContextTable({ exhausted() {} })
  const own = table.select(SV39, 0, false, false)
  const shared = table.shared(SV39)
  expect(table.shared(SV39)).toBe(shared)
  expect([own, table.shared(SV48)]).not.toContain(shared)
  expect(ids(table.ofAsid(0))).toEqual([own])
  expect(ids(table.ofAllAsids())).toContain(shared)
  expect(ids(table.ofAllVmids())).toEqual([])
  table.retire(table.ofAllAsids())
  expect(table.shared(SV39)).not.toBe(shared)
})

test('what the address spaces of a virtual machine share is its own, and fences of that machine name it', () => {
  const table = new ContextTable({ exhausted() {} })
  const shared = table.shared(SV39)
  const first = table.shared(SV39, 1, SV39)
  const second = table.shared(SV39, 2, SV39)
  expect(new Set([shared, first, second, table.shared(SV39, 1, SV48)]).size).toBe(4)
  expect(table.shared(SV39, 1, SV39)).toBe(first)
  expect(ids(table.ofAllAsids())).toEqual([shared])
  expect(ids(table.ofAsid(0, 1))).toEqual([])
  expect(ids(table.ofAllAsids(2))).toEqual([second])
  expect(ids(table.ofVmid(1))).toContain(first)
  expect(ids(table.ofAllVmids())).toContain(second)
})

test('contexts that were not selected for longest are stale; bare ones never are', () => {
  const table = new ContextTable({ exhausted() {} })
  const bare = table.select(0, 0, false, false)
  const [a, b, c] = [1, 2, 3].map((asid) => table.select(SV39, asid, false, false))
  const guest = table.select(SV39, 1, false, false, 5, SV39)
  expect(table.live).toBe(4)
  expect(table.select(SV39, 1, false, false)).toBe(a)
  expect(ids(table.stale(2))).toEqual([b, c].sort())
  expect(ids(table.stale(4))).toEqual([])
  table.retire(table.stale(2))
  expect(table.live).toBe(2)
  expect([table.select(SV39, 1, false, false), table.select(SV39, 1, false, false, 5, SV39)]).toEqual([
    a,
    guest,
  ])
  expect(table.select(0, 0, false, false)).toBe(bare)
  expect([b, c]).not.toContain(table.select(SV39, 2, false, false))
  table.retire(table.ofVmid(5))
  expect(table.live).toBe(2)
  table.reset()
  expect(table.live).toBe(0)
})

describe('when ids run out', () => {
  const count = LAST_CONTEXT - FIRST_CONTEXT + 1

  test('every id is handed out once, then the owner is told and ids restart', () => {
    let calls = 0
    const table = new ContextTable({ exhausted: () => calls++ })
    const seen = new Set(Array.from({ length: count }, (_, asid) => table.select(SV39, asid, false, false)))
    expect([seen.size, Math.min(...seen), Math.max(...seen)]).toEqual([count, FIRST_CONTEXT, LAST_CONTEXT])
    expect([calls, table.generation]).toEqual([0, 0])
    expect(table.select(SV39, 0, false, false)).toBe(FIRST_CONTEXT)
    expect(calls).toBe(0)

    expect(table.select(SV39, 9999, false, false)).toBe(FIRST_CONTEXT)
    expect([calls, table.generation, table.size]).toEqual([1, 1, 1])
    expect(ids(table.ofAsid(7))).toEqual([])
  })

  test('the owner may select contexts from inside the call, also the one being asked for', () => {
    const held: number[] = []
    const table: ContextTable = new ContextTable({
      exhausted() {
        held.push(table.select(SV39, 1, false, false), table.select(SV39, 9999, false, false))
      },
    })
    for (let asid = 0; asid < count; asid++) table.select(SV39, asid, false, false)
    expect(table.select(SV39, 9999, false, false)).toBe(held[1])
    expect(table.select(SV39, 1, false, false)).toBe(held[0])
    expect(table.size).toBe(2)
  })
})

test('it tells of the contexts with a first stage, as they come and go', () => {
  const told: unknown[] = []
  const table = new ContextTable({
    ...never,
    added: (...context) => told.push(context),
    retired: (contexts) => told.push(ids(contexts)),
  })
  table.select(0, 0, false, false)
  const plain = table.select(SV39, 5, false, false)
  const sum = table.select(SV39, 5, true, true)
  const shared = table.shared(SV39)
  const guest = table.select(SV39, 5, true, false, 1, SV39)
  const sharedGuest = table.shared(SV39, 1, SV39)
  table.select(0, 0, false, false, 1, SV39)
  table.select(SV39, 5, false, false)
  const added = [
    [plain, 5, false, NO_VMID],
    [sum, 5, true, NO_VMID],
    [shared, -1, false, NO_VMID],
    [guest, 5, true, 1],
    [sharedGuest, -1, false, 1],
  ]
  expect(told).toEqual(added)
  table.retire(table.ofAsid(5))
  expect(told).toEqual([...added, [plain, sum]])
})
