import { describe, expect, test } from 'vitest'
import { agree, type Board } from '../test/agreement.ts'
import { Csr } from '../test/board.ts'
import { paged } from '../test/paged.ts'

const USER = 0x4000_0000
const DATA = 0x4000_1000
const USER_PROGRAM = 0x8000_2000
const SUM = 1 << 18
const MXR = 1 << 19
const FS = 0x6000

/** A kernel in S-mode and a program in U-mode that calls it. `s1` has the address of a page of the program's data. */
const kernel = (body: string): string =>
  `
  la t0, handler
  csrw stvec, t0
  li t0, ${USER}
  csrw sepc, t0
  li s1, ${DATA}
  li s2, ${SUM}
  li s3, ${MXR}
  li s4, ${FS}
  csrwi sie, 2
  csrci sstatus, 2
  sret
.balign 4096
handler:
  csrr t1, scause
  bltz t1, interrupt
  csrr t2, sepc
  addi t2, t2, 4
  csrw sepc, t2
  addi s5, s5, 1
  ${body}
  sret
interrupt:
  addi s6, s6, 1
  csrci sip, 2
  sret
.balign 4096
  addi a0, a0, 1
  ecall
  addi a1, a1, 1
  ld a2, 0(s1)
  j . - 16`

/** Exceptions of S-mode itself are stepped over in M-mode. */
const prepare = (virtual: boolean) => (machine: Board) => {
  paged([
    [USER, USER_PROGRAM, 'rxu'],
    [DATA, 0x8010_0000, 'rwu'],
  ])(machine)
  const { hart } = machine
  hart.writeCsr(Csr.medeleg, 0x100n)
  hart.writeCsr(Csr.mideleg, 0x222n)
  hart.writeCsr(Csr.mstatus, hart.readCsr(Csr.mstatus) | BigInt(FS))
  if (!virtual) return
  hart.writeCsr(Csr.hedeleg, 0x100n)
  hart.writeCsr(Csr.hideleg, 0x444n)
  hart.writeCsr(Csr.vsstatus, BigInt(FS))
  hart.writeCsr(Csr.vsatp, hart.readCsr(Csr.satp))
  hart.writeCsr(Csr.satp, 0n)
  hart.virtual = true
}

describe.each([
  ['S', false],
  ['VS', true],
] as const)('system calls into %s-mode', (_mode, virtual) => {
  const run = (body: string) => agree(kernel(body), { prepare: prepare(virtual), steps: 1500 }).hart

  test.each([
    ['do nothing', '', 0],
    [
      'touch the data of their caller, with permission',
      'csrs sstatus, s2\n ld a3, 0(s1)\n sd s5, 0(s1)\n csrc sstatus, s2',
      0,
    ],
    [
      'touch the data of their caller, without',
      'csrs sstatus, s2\n ld a3, 0(s1)\n csrc sstatus, s2\n ld a4, 0(s1)',
      1,
    ],
    ['return with permission', 'csrs sstatus, s2', 0],
    [
      'are loops that take and give permission',
      'li t3, 5\n 1: csrrs t4, sstatus, s2\n ld a3, 0(s1)\n csrw sstatus, t4\n addi t3, t3, -1\n bnez t3, 1b\n ld a4, 0(s1)',
      1,
    ],
    ['read code as data', 'csrs sstatus, s3\n csrc sstatus, s3', 0],
    [
      'switch floating point off and on',
      'csrc sstatus, s4\n fadd.d f1, f1, f1\n csrs sstatus, s4\n fadd.d f2, f2, f1',
      1,
    ],
    ['switch interrupts on and off', 'csrsi sstatus, 2\n addi a5, a5, 1\n csrci sstatus, 2', 0],
    [
      'read the whole register',
      'csrr a5, sstatus\n csrrci a6, sstatus, 0\n csrrwi a7, sstatus, 0\n csrw sstatus, a5',
      0,
    ],
    [
      'write all of it',
      'li t3, -1\n csrr t4, sstatus\n csrw sstatus, t3\n csrr a5, sstatus\n csrw sstatus, t4',
      0,
    ],
  ])('that %s', (_name, body, faults) => {
    const hart = run(body)
    const { exceptions, interrupts } = hart.counters.traps
    const calls = exceptions[8]!
    expect(calls).toBeGreaterThan(10)
    const others = exceptions[2]! + exceptions[12]! + exceptions[13]! + exceptions[15]!
    expect(Math.abs(others - calls * faults)).toBeLessThanOrEqual(1)
    expect(interrupts.every((count) => count === 0)).toBe(true)
  })

  test.each([
    [
      'where they enable interrupts',
      'csrr s7, sepc\n csrr s8, sstatus\n csrsi sip, 2\n csrsi sstatus, 2\n addi a5, a5, 1\n csrci sstatus, 2\n csrw sstatus, s8\n csrw sepc, s7',
    ],
    ['where they have set the previous enable', 'csrsi sip, 2\n li t3, 0x20\n csrs sstatus, t3'],
    ['when they have returned', 'csrsi sip, 2'],
  ])('are interrupted %s', (_name, body) => {
    const hart = run(body)
    expect(hart.counters.traps.interrupts[virtual ? 2 : 1]).toBeGreaterThan(10)
    expect(hart.readX(22)).toBeGreaterThan(10n)
  })

  test('return into S-mode, where the pages of U-mode cannot be executed', () => {
    const hart = run('li t3, 0x100\n csrs sstatus, t3')
    expect(hart.counters.traps.exceptions[12]).toBeGreaterThan(10)
  })
})

test('a monitor of S-mode gets the system calls that are delegated to it', () => {
  const { hart } = agree(kernel(''), {
    options: { monitor: 'S' },
    prepare: prepare(false),
    steps: 200,
    drive: ({ hart }, run) => {
      run(10)
      for (let i = 0; i < 20; i++) {
        const { trap } = hart.run(100)
        expect(trap).toMatchObject({ cause: 8, privilege: 'U' })
        hart.pc += 4n
      }
    },
  })
  expect(hart.readX(10)).toBe(20n)
})
