import { csrNumber } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import type { Machine } from '../machine.ts'
import { ENTRY, machineFor } from '../test-machine.ts'
import { sbiExtensions } from './sbi.ts'

const RAM_END = 0x8080_0000
const ALL = -1n
const [BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN] = [
  0x10n,
  0x5449_4d45n,
  0x73_5049n,
  0x5246_4e43n,
  0x48_534dn,
  0x5352_5354n,
  0x4442_434en,
]
const NOT_SUPPORTED = -2n
const INVALID_PARAM = -3n
const INVALID_ADDRESS = -5n
const ALREADY_AVAILABLE = -6n

/** A machine whose harts only make SBI calls: one step each. */
const caller = (harts = 4) => machineFor('ecall\nj poweroff', { harts, quantum: 1_000_000 })

/** Makes hart 0 execute the ECALL at the entry; @returns `a0` and `a1`, signed. */
function call(
  machine: Machine,
  extension: bigint,
  fid: bigint,
  ...args: readonly bigint[]
): [bigint, bigint] {
  const hart = machine.harts[0]!
  for (let index = 0; index < 6; index++) hart.writeX(10 + index, BigInt.asUintN(64, args[index] ?? 0n))
  hart.writeX(16, BigInt.asUintN(64, fid))
  hart.writeX(17, BigInt.asUintN(64, extension))
  hart.pc = BigInt(ENTRY)
  expect(machine.runSlice(1).steps).toBe(1)
  return [BigInt.asIntN(64, hart.readX(10)), BigInt.asIntN(64, hart.readX(11))]
}

const csrOf = (machine: Machine, hart: number, name: string): bigint =>
  machine.harts[hart]!.readCsr(csrNumber(name)!)

describe('results of calls', () => {
  test.each<[string, bigint, bigint, bigint[], [bigint, bigint]]>([
    ['BASE: specification 2.0', BASE, 0n, [], [0n, 0x0200_0000n]],
    ['BASE: implementation id', BASE, 1n, [], [0n, 0x7773_7769n]],
    ['BASE: implementation version', BASE, 2n, [], [0n, 0x1_0000n]],
    ['BASE: probes what is there', BASE, 3n, [HSM], [0n, 1n]],
    ['BASE: probes a legacy extension', BASE, 3n, [1n], [0n, 1n]],
    ['BASE: probes what is not (PMU)', BASE, 3n, [0x50_4d55n], [0n, 0n]],
    ['BASE: probes with high bits set', BASE, 3n, [HSM | (1n << 40n)], [0n, 0n]],
    ['BASE: no function 7', BASE, 7n, [], [NOT_SUPPORTED, 0n]],
    ['BASE: no function -1', BASE, -1n, [], [NOT_SUPPORTED, 0n]],
    ['an unknown extension', 0x1234n, 0n, [], [NOT_SUPPORTED, 0n]],
    ['an extension id of all ones', -1n, 0n, [], [NOT_SUPPORTED, 0n]],
    ['a legacy extension that is not there', 4n, 0n, [], [NOT_SUPPORTED, 0n]],
    ['TIME: no function 1', TIME, 1n, [], [NOT_SUPPORTED, 0n]],
    ['IPI: no harts', IPI, 0n, [0n, 0n], [0n, 0n]],
    ['IPI: all harts, whatever the mask', IPI, 0n, [0x1234_0000n, ALL], [0n, 0n]],
    ['IPI: the last hart', IPI, 0n, [1n, 3n], [0n, 0n]],
    ['IPI: one beyond the last', IPI, 0n, [0b11n, 3n], [INVALID_PARAM, 0n]],
    ['IPI: a base beyond the last', IPI, 0n, [0n, 4n], [INVALID_PARAM, 0n]],
    ['IPI: a mask of all ones', IPI, 0n, [ALL, 0n], [INVALID_PARAM, 0n]],
    ['RFENCE: FENCE.I', RFENCE, 0n, [0xfn, 0n], [0n, 0n]],
    ['RFENCE: FENCE.I, a hart that is not there', RFENCE, 0n, [0x10n, 0n], [INVALID_PARAM, 0n]],
    ['RFENCE: everything', RFENCE, 1n, [1n, 0n, 0n, 0n], [0n, 0n]],
    ['RFENCE: everything by size', RFENCE, 1n, [1n, 0n, 0x1000n, ALL], [0n, 0n]],
    ['RFENCE: nothing at an address', RFENCE, 1n, [1n, 0n, 0x1000n, 0n], [0n, 0n]],
    ['RFENCE: up to the end of the address space', RFENCE, 1n, [1n, 0n, -0x1000n, 0x1000n], [0n, 0n]],
    [
      'RFENCE: beyond the end of the address space',
      RFENCE,
      1n,
      [1n, 0n, -0x1000n, 0x1001n],
      [INVALID_ADDRESS, 0n],
    ],
    ['RFENCE: one address space', RFENCE, 2n, [1n, 0n, 0x1000n, 0x2000n, 5n], [0n, 0n]],
    ['RFENCE: a huge range', RFENCE, 2n, [ALL, ALL, 1n, 1n << 63n, 5n], [0n, 0n]],
    ['RFENCE: HFENCE.GVMA of a machine', RFENCE, 3n, [1n, 0n, 0n, ALL, 5n], [0n, 0n]],
    ['RFENCE: HFENCE.GVMA', RFENCE, 4n, [1n, 0n, 0n, 0n], [0n, 0n]],
    ['RFENCE: HFENCE.VVMA of an address space', RFENCE, 5n, [1n, 0n, 0x1000n, 0x2000n, 5n], [0n, 0n]],
    ['RFENCE: HFENCE.VVMA', RFENCE, 6n, [1n, 0n, 0x1000n, 0x2000n], [0n, 0n]],
    ['RFENCE: HFENCE.VVMA, a hart that is not there', RFENCE, 6n, [0x10n, 0n], [INVALID_PARAM, 0n]],
    [
      'RFENCE: HFENCE.VVMA beyond the end of the address space',
      RFENCE,
      6n,
      [1n, 0n, -0x1000n, 0x2000n],
      [INVALID_ADDRESS, 0n],
    ],
    ['HSM: status of the caller', HSM, 2n, [0n], [0n, 0n]],
    ['HSM: status of a stopped hart', HSM, 2n, [3n], [0n, 1n]],
    ['HSM: status of no hart', HSM, 2n, [4n], [INVALID_PARAM, 0n]],
    ['HSM: starts a hart', HSM, 0n, [1n, BigInt(ENTRY), 7n], [0n, 0n]],
    ['HSM: starts no hart', HSM, 0n, [4n, BigInt(ENTRY), 7n], [INVALID_PARAM, 0n]],
    ['HSM: starts itself', HSM, 0n, [0n, BigInt(ENTRY), 7n], [ALREADY_AVAILABLE, 0n]],
    ['HSM: starts at an odd address', HSM, 0n, [1n, BigInt(ENTRY + 1), 7n], [INVALID_ADDRESS, 0n]],
    ['HSM: starts outside RAM', HSM, 0n, [1n, BigInt(RAM_END), 7n], [INVALID_ADDRESS, 0n]],
    ['HSM: starts at a device', HSM, 0n, [1n, 0x1000_0000n, 7n], [INVALID_ADDRESS, 0n]],
    ['HSM: starts at the end of the address space', HSM, 0n, [1n, -2n, 7n], [INVALID_ADDRESS, 0n]],
    ['HSM: a reserved suspend type', HSM, 3n, [1n], [INVALID_PARAM, 0n]],
    ['HSM: a platform suspend type', HSM, 3n, [0x1000_0000n], [INVALID_PARAM, 0n]],
    ['HSM: a platform non-retentive suspend type', HSM, 3n, [0x9000_0000n], [INVALID_PARAM, 0n]],
    [
      'HSM: a non-retentive suspend that resumes nowhere',
      HSM,
      3n,
      [0x8000_0000n, 0x1001n],
      [INVALID_ADDRESS, 0n],
    ],
    ['HSM: no function 4', HSM, 4n, [], [NOT_SUPPORTED, 0n]],
    ['SRST: a reserved type', SRST, 0n, [3n, 0n], [INVALID_PARAM, 0n]],
    ['SRST: a vendor type', SRST, 0n, [0xf000_0000n, 0n], [INVALID_PARAM, 0n]],
    ['SRST: a reserved reason', SRST, 0n, [0n, 2n], [INVALID_PARAM, 0n]],
    ['SRST: no function 1', SRST, 1n, [], [NOT_SUPPORTED, 0n]],
    ['DBCN: writes nothing', DBCN, 0n, [0n, 0n, 0n], [0n, 0n]],
    ['DBCN: writes to the last byte of RAM', DBCN, 0n, [1n, BigInt(RAM_END - 1), 0n], [0n, 1n]],
    ['DBCN: writes less than asked when it is much', DBCN, 0n, [5000n, 0x8000_0000n, 0n], [0n, 4096n]],
    ['DBCN: writes from beyond RAM', DBCN, 0n, [2n, BigInt(RAM_END - 1), 0n], [INVALID_PARAM, 0n]],
    [
      'DBCN: writes from far beyond RAM, begun inside',
      DBCN,
      0n,
      [1n << 40n, 0x8000_0000n, 0n],
      [INVALID_PARAM, 0n],
    ],
    ['DBCN: writes from a device', DBCN, 0n, [1n, 0x1000_0000n, 0n], [INVALID_PARAM, 0n]],
    ['DBCN: a high half', DBCN, 0n, [1n, 0x8000_0000n, 1n], [INVALID_PARAM, 0n]],
    ['DBCN: a range that wraps', DBCN, 0n, [16n, -8n, 0n], [INVALID_PARAM, 0n]],
    ['DBCN: reads when nothing waits', DBCN, 1n, [16n, 0x8000_0000n, 0n], [0n, 0n]],
    ['DBCN: reads to beyond RAM', DBCN, 1n, [16n, BigInt(RAM_END - 8), 0n], [INVALID_PARAM, 0n]],
    ['DBCN: writes a byte', DBCN, 2n, [0x1_0041n], [0n, 0n]],
    ['DBCN: no function 3', DBCN, 3n, [], [NOT_SUPPORTED, 0n]],
  ])('%s', (_name, extension, fid, args, expected) => {
    expect(call(caller().machine, extension, fid, ...args)).toEqual(expected)
  })

  test('an id is served by one extension only', () => {
    const ids = Object.values(sbiExtensions).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test.each([3n, 4n, 5n, 6n])('RFENCE: no HFENCE (%i) without the hypervisor extension', (fid) => {
    const { machine } = machineFor('ecall\nj poweroff', { hart: { extensions: ['M', 'A', 'C'] } })
    expect(call(machine, RFENCE, fid, 1n, 0n, 0n, 0n)).toEqual([NOT_SUPPORTED, 0n])
  })

  test('an ECALL changes no register beside a0 and a1, and goes on after itself', () => {
    const { machine } = caller()
    const hart = machine.harts[0]!
    const before = Array.from({ length: 32 }, (_, index) => BigInt(index) * 0x0101_0101_0101n)
    for (const [index, value] of before.entries()) hart.writeX(index, value)
    hart.writeX(17, 0x10n)
    hart.writeX(16, 0n)
    machine.runSlice(1)
    const changed = before.flatMap((value, index) => (hart.readX(index) === value ? [] : [index]))
    expect(changed).toEqual([10, 11, 16, 17])
    expect(hart.pc).toBe(BigInt(ENTRY + 4))
  })
})

describe('effects', () => {
  test('TIME makes STIP pending at its deadline, not before, and a later deadline clears it', () => {
    const { machine } = caller(1)
    const stip = (): boolean => (csrOf(machine, 0, 'mip') & 0x20n) !== 0n
    call(machine, TIME, 0n, 0n)
    expect(stip()).toBe(true)
    call(machine, TIME, 0n, ALL)
    expect(stip()).toBe(false)
  })

  test('IPI makes SSIP pending on the harts of the mask', () => {
    const { machine } = caller(4)
    call(machine, IPI, 0n, 0b101n, 1n)
    expect([0, 1, 2, 3].map((hart) => csrOf(machine, hart, 'mip') & 2n)).toEqual([0n, 2n, 0n, 2n])
  })

  test('DBCN writes memory to the console and reads input into memory', () => {
    const { machine, text } = caller(1)
    machine.memory.writeRam(0x8000_0000, new TextEncoder().encode('hello'))
    expect(call(machine, DBCN, 0n, 5n, 0x8000_0000n, 0n)).toEqual([0n, 5n])
    expect(text()).toBe('hello')
    machine.console.input(new TextEncoder().encode('abcdefghijklmnopqrstuvwxyz'))
    expect(call(machine, DBCN, 1n, 20n, 0x8000_1000n, 0n)).toEqual([0n, 20n])
    const read = new Uint8Array(21)
    machine.memory.readRam(0x8000_1000, read)
    expect(new TextDecoder().decode(read)).toBe('abcdefghijklmnopqrst\0')
  })

  test('legacy console calls put and get one byte and leave a1 alone', () => {
    const { machine, text } = caller(1)
    expect(call(machine, 1n, 99n, 0x41n, 1234n)).toEqual([0n, 1234n])
    expect(text()).toBe('A')
    expect(call(machine, 2n, 0n, 0n, 1234n)).toEqual([-1n, 1234n])
    machine.console.input(Uint8Array.of(0xff))
    expect(call(machine, 2n, 0n)[0]).toBe(0xffn)
  })

  test.each<[string, bigint, bigint[], string, number]>([
    ['shutdown', SRST, [0n, 0n], 'poweroff', 0],
    ['cold reboot', SRST, [1n, 0n], 'reset', 0],
    ['warm reboot', SRST, [2n, 1n], 'reset', 0],
    ['shutdown for system failure', SRST, [0n, 1n], 'fail', 1],
    ['shutdown with garbage above 32 bits', SRST, [1n << 32n, 1n << 63n], 'poweroff', 0],
    ['legacy shutdown', 8n, [], 'poweroff', 0],
  ])('%s ends the machine', (_name, extension, args, reason, code) => {
    const { machine } = caller(1)
    call(machine, extension, 0n, ...args)
    expect(machine.runSlice(100)).toEqual({ reason, code, steps: 0 })
  })
})
