import { beforeEach, describe, expect, test } from 'vitest'
import { gpa, gva, hpa } from './address.ts'
import { ArrayMemory } from './array-memory.ts'
import { frameRange } from './frame-allocator.ts'
import { GStageTable } from './g-stage-table.ts'
import { PageTable } from './page-table.ts'
import { type TwoStageContext, translateTwoStage } from './translate-two-stage.ts'
import type { WalkMemory } from './walk-memory.ts'

const BASE = 0x8000_0000
const PAGE = 4096
const GUEST = BASE + 32 * PAGE

let memory: ArrayMemory
let context: TwoStageContext
beforeEach(() => {
  memory = new ArrayMemory({ base: BASE, size: 64 * PAGE })
  const nested = new GStageTable(memory, frameRange(BASE, GUEST), 'sv39x4')
  nested.map({ gpa: gpa(0), hpa: hpa(GUEST), size: 16 * PAGE, permissions: 'rwx' })
  nested.map({ gpa: gpa(0x10_0000), hpa: hpa(GUEST), size: PAGE, permissions: 'x' })
  // The guest's own view of its memory, in which the embedder builds the guest's table.
  const guest: WalkMemory = {
    load32: (address) => memory.load32(address + GUEST),
    store32: (address, value) => memory.store32(address + GUEST, value),
  }
  const own = new PageTable(guest, frameRange(PAGE, 8 * PAGE), 'sv39')
  own.map({ va: gva(0x5000), pa: gpa(8 * PAGE), size: PAGE, permissions: 'rwg' })
  own.map({ va: gva(0x6000), pa: gpa(0x20_0000), size: PAGE, permissions: 'rw' })
  own.map({ va: gva(0x7000), pa: gpa(0x10_0000), size: PAGE, permissions: 'xu' })
  context = { vsatp: own.satp(), hgatp: nested.hgatp(1) }
})

test('a translation tells all about the mapping', () => {
  const result = translateTwoStage(memory, { ...context, access: 'write' }, gva(0x5123))
  expect(result).toMatchObject({
    ok: true,
    guestAddress: 0x8123n,
    address: GUEST + 0x8123,
    page: GUEST + 0x8000,
    pageSize: PAGE,
    global: true,
    memoryType: 'pma',
    updates: 0,
  })
  expect(result.pteAddresses.length).toBe(15)
})

describe('a fault tells what the trap registers get', () => {
  test.each<[string, bigint, Partial<TwoStageContext>, object]>([
    [
      'guest page',
      0x6123n,
      { access: 'write' },
      { fault: 'guest-page', reason: 'invalid', cause: 23, htval: 0x20_0123n >> 2n, htinst: 0 },
    ],
    ['page', 0x7000n, {}, { fault: 'page', reason: 'user-page', cause: 13, htval: 0n, htinst: 0 }],
    [
      'VS-stage table',
      0x5000n,
      { vsatp: (8n << 60n) | 0x200n, access: 'execute' },
      { fault: 'guest-page', cause: 20, htval: 0x20_0000n >> 2n, htinst: 0x3000 },
    ],
    ['G-stage table', 0x5000n, { hgatp: 8n << 60n }, { fault: 'access', cause: 5, htval: 0n, htinst: 0 }],
    ['reserved vsatp', 0n, { vsatp: 1n << 60n }, { fault: 'page', reason: 'reserved-mode', cause: 13 }],
    ['reserved hgatp', 0n, { hgatp: 1n << 60n }, { fault: 'guest-page', reason: 'reserved-mode', cause: 21 }],
  ])('%s', (_name, va, change, expected) => {
    expect(translateTwoStage(memory, { ...context, ...change }, gva(va))).toMatchObject({
      ok: false,
      ...expected,
    })
  })
})

test.each<[string, Partial<TwoStageContext>, string]>([
  ['VU reads', { privilege: 'VU' }, 'permission'],
  ['VU reads with vsstatus.MXR', { privilege: 'VU', vsStage: { mxr: true } }, 'permission'],
  ['VU reads with sstatus.MXR', { privilege: 'VU', vsStage: { mxr: true }, gStage: { mxr: true } }, 'ok'],
  ['VU HLVX', { privilege: 'VU', hlvx: true }, 'ok'],
  ['VS HLVX', { hlvx: true }, 'user-page'],
  ['VS HLVX with SUM', { hlvx: true, sum: true }, 'ok'],
])('%s an execute-only page', (_name, change, expected) => {
  const result = translateTwoStage(memory, { ...context, ...change }, gva(0x7000))
  expect(result.ok ? 'ok' : result.reason).toBe(expected)
})
