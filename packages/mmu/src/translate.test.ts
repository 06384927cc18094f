import { expect, test } from 'vitest'
import { gpa, gva, hpa } from './address.ts'
import { ArrayMemory } from './array-memory.ts'
import { encodePte } from './pte.ts'
import { decodeSatp, encodeSatp } from './satp.ts'
import { faultCause, translate } from './translate.ts'
import { Access, WalkFault } from './walk-result.ts'

const memory = new ArrayMemory({ base: 0x8000_0000, size: 4096 })
const satp = encodeSatp({ mode: 'sv39', asid: 3, ppn: 0x80000 })
memory.store64(
  0x8000_0000 + 511 * 8,
  encodePte({ valid: true, read: true, write: true, accessed: true, global: true, ppn: 0x80000 }),
)

test('a translation tells all about the mapping', () => {
  expect(translate(memory, { satp, svadu: true, access: 'write' }, gva(-0x1000_0000n + 5n))).toEqual({
    ok: true,
    address: 0xb000_0005,
    page: 0xb000_0000,
    level: 2,
    pageSize: 2 ** 30,
    bits: 0xe7,
    global: true,
    memoryType: 'pma',
    updated: true,
    pteAddresses: [0x8000_0ff8],
  })
})

test('a fault says what software is told and why', () => {
  expect(translate(memory, { satp, privilege: 'U' }, gva(-1n))).toEqual({
    ok: false,
    fault: 'page',
    reason: 'supervisor-page',
    cause: 13,
    pteAddresses: [0x8000_0ff8],
  })
})

test('a root outside memory is an access fault', () => {
  const lost = encodeSatp({ mode: 'sv57', ppn: 2 ** 44 - 1 })
  expect(translate(memory, { satp: lost, access: 'execute' }, gva(0))).toMatchObject({
    fault: 'access',
    cause: 1,
  })
})

test('a reserved mode faults, except in M-mode, which does not translate', () => {
  const reserved = 1n << 60n
  expect(translate(memory, { satp: reserved }, gva(0))).toMatchObject({ ok: false, reason: 'reserved-mode' })
  expect(translate(memory, { satp: reserved, privilege: 'M' }, gva(7))).toMatchObject({
    ok: true,
    address: 7,
  })
})

test.each([
  [WalkFault.page, Access.execute, 12],
  [WalkFault.page, Access.read, 13],
  [WalkFault.page, Access.write, 15],
  [WalkFault.access, Access.execute, 1],
  [WalkFault.access, Access.read, 5],
  [WalkFault.access, Access.write, 7],
])('fault %i of access %i has cause %i', (fault, access, cause) =>
  expect(faultCause(fault, access)).toBe(cause),
)

test.each(['bare', 'sv39', 'sv48', 'sv57'] as const)('satp round trip in mode %s', (mode) => {
  const fields = { mode, asid: 0xffff, ppn: 2 ** 44 - 1 }
  expect(decodeSatp(encodeSatp(fields))).toEqual(fields)
})

test.each([
  ['ASID', { mode: 'sv39', asid: 65536 } as const],
  ['PPN', { mode: 'sv39', ppn: 2 ** 44 } as const],
  ['fraction', { mode: 'sv39', ppn: 0.5 } as const],
])('satp refuses a %s that does not fit', (_name, fields) => {
  expect(() => encodeSatp(fields)).toThrow(expect.objectContaining({ code: 'bad-field' }))
})

test('addresses are checked where they are made', () => {
  expect(gva(-4096n)).toBe(0xffff_ffff_ffff_f000n)
  expect(gpa(0x8000_0000n)).toBe(0x8000_0000)
  expect(gpa(2n ** 59n - 4096n)).toBe(2 ** 59 - 4096)
  for (const bad of [-1, 0.5, 2 ** 59, Number.NaN]) {
    expect(() => gpa(bad)).toThrow(expect.objectContaining({ code: 'bad-address' }))
    expect(() => hpa(bad)).toThrow(expect.objectContaining({ code: 'bad-address' }))
  }
  expect(() => hpa(2 ** 56)).toThrow(expect.objectContaining({ code: 'bad-address' }))
})
