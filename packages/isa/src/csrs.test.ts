import { expect, test } from 'vitest'
import { csrName, csrNumber, csrs } from './csrs.ts'

test('numbers and names are each used once', () => {
  expect(new Set(csrs.map(({ number }) => number)).size).toBe(csrs.length)
  expect(new Set(csrs.map(({ name }) => name)).size).toBe(csrs.length)
})

test.each([
  ['fcsr', 0x003, 'U', false, false],
  ['cycle', 0xc00, 'U', true, false],
  ['hpmcounter31', 0xc1f, 'U', true, false],
  ['satp', 0x180, 'S', false, false],
  ['scountovf', 0xda0, 'S', true, false],
  ['vsatp', 0x280, 'S', false, true],
  ['hstatus', 0x600, 'S', false, true],
  ['hgeip', 0xe12, 'S', true, true],
  ['mstatus', 0x300, 'M', false, false],
  ['mhartid', 0xf14, 'M', true, false],
  ['pmpcfg14', 0x3ae, 'M', false, false],
  ['pmpaddr63', 0x3ef, 'M', false, false],
  ['mhpmcounter31', 0xb1f, 'M', false, false],
] as const)('%s', (name, number, privilege, readOnly, hypervisor) => {
  expect(csrNumber(name)).toBe(number)
  expect(csrName(number)).toBe(name)
  expect(csrs.find((it) => it.name === name)).toMatchObject({ privilege, readOnly, hypervisor })
})

test('what RV64 lacks has no name', () => {
  expect(csrNumber('cycleh')).toBeUndefined()
  expect(csrNumber('pmpcfg1')).toBeUndefined()
  expect(csrName(0x3a1)).toBeUndefined()
})
