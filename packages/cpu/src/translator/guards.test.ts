import { describe, expect, test } from 'vitest'
import { agree, type Board } from '../../test/agreement.ts'
import { board, Csr } from '../../test/board.ts'
import { paged } from '../../test/paged.ts'
import { Hart } from '../index.ts'

const LOOP = (body: string): string => `li s0, 12\nagain: ${body}\n addi s0, s0, -1\n bnez s0, again\n j .`
const inMode =
  (privilege: 'U' | 'S' | 'M', virtual = false, status = 0) =>
  (machine: Board) => {
    paged([])(machine)
    const { hart } = machine
    hart.writeCsr(Csr.satp, 0n)
    hart.writeCsr(Csr.mstatus, BigInt(status))
    hart.writeCsr(Csr.vsstatus, BigInt(status))
    hart.privilege = privilege
    if (virtual) hart.virtual = true
  }
const DIRTY = 0x6000
const CLEAN = 0x4000

describe('floating point', () => {
  const body = 'fmv.d.x f1, s0\n fadd.d f2, f2, f1\n fcvt.l.d a0, f2\n add a1, a1, a0'
  test.each([
    ['off', 0, 36],
    ['clean, and dirty from the first write on', CLEAN, 0],
    ['dirty', DIRTY, 0],
  ])('while it is %s', (_name, status, traps) => {
    const { hart } = agree(LOOP(body), { prepare: inMode('S', false, status), steps: 300 })
    expect(hart.counters.traps.exceptions[2]).toBe(traps)
  })

  test('that a program switches off and on, and whose rounding mode is none now and then', () => {
    const { hart } = agree(
      LOOP(
        `${body}\n li t1, 0x6000\n csrc sstatus, t1\n fadd.d f3, f3, f1\n csrs sstatus, t1\n csrwi frm, 5\n fadd.d f4, f4, f1\n csrwi frm, 1\n fadd.d f5, f5, f1`,
      ),
      { prepare: inMode('S', false, DIRTY), steps: 400 },
    )
    expect(hart.counters.traps.exceptions[2]).toBe(24)
  })

  test.each([
    ['only the guest has on', 0, DIRTY],
    ['only the host has on', DIRTY, 0],
    ['both have on', DIRTY, DIRTY],
    ['the guest has clean', DIRTY, CLEAN],
  ])('in VS-mode that %s', (_name, host, guest) => {
    agree(LOOP(body), {
      steps: 300,
      prepare: (machine) => {
        inMode('S', true, host)(machine)
        machine.hart.writeCsr(Csr.vsstatus, BigInt(guest))
      },
    })
  })
})

describe('registers of privileged modes', () => {
  const body =
    'csrrw a0, sscratch, s0\n csrrs a1, sepc, a0\n csrrc a2, scause, s0\n csrrwi a3, stval, 5\n add a4, a4, a0'
  const hypervisor = 'csrrw a0, vsscratch, s0\n csrrw a1, vsepc, s0\n csrr a2, htval'
  const machine = 'csrrw a0, mscratch, s0\n csrr a1, mcause'
  test.each([
    ['of S-mode in M-mode', body, 'M', false, 0],
    ['of S-mode in S-mode', body, 'S', false, 0],
    ['of S-mode in U-mode', body, 'U', false, 48],
    ['of S-mode in VS-mode', body, 'S', true, 0],
    ['of S-mode in VU-mode', body, 'U', true, 48],
    ['of the hypervisor in S-mode', hypervisor, 'S', false, 0],
    ['of the hypervisor in VS-mode', hypervisor, 'S', true, 36],
    ['of the hypervisor in U-mode', hypervisor, 'U', false, 36],
    ['of M-mode in M-mode', machine, 'M', false, 0],
    ['of M-mode in S-mode', machine, 'S', false, 24],
    ['of M-mode in VS-mode', machine, 'S', true, 24],
  ] as const)('%s', (_name, program, privilege, virtual, traps) => {
    const { hart } = agree(LOOP(program), { prepare: inMode(privilege, virtual), steps: 600 })
    const { exceptions } = hart.counters.traps
    expect(exceptions[2]! + exceptions[22]!).toBe(traps)
  })
})

describe('reservations', () => {
  test('hold and break as in the interpreter', () => {
    const { hart } = agree(
      `la s1, data\n ${LOOP('lr.d a0, (s1)\n addi a0, a0, 1\n sc.d a1, a0, (s1)\n add a2, a2, a1\n sc.d a3, a0, (s1)\n add a4, a4, a3\n lr.w a5, (s1)\n addi t1, s1, 64\n sc.w a6, a5, (t1)\n add a7, a7, a6')}\n.balign 4096\n data: .dword 0`,
    )
    expect([10, 12, 14, 17].map((x) => hart.readX(x))).toEqual([12n, 0n, 12n, 12n])
  })

  test.each(['interpreter', 'translator'] as const)(
    'break when another hart on the %s stores there in between',
    (engine) => {
      const trial = (first: 'interpreter' | 'translator') => {
        const { hart, memory, program } = board(
          `la s1, data\n again: lr.d a0, (s1)\n addi a0, a0, 1\n sc.d a1, a0, (s1)\n add a2, a2, a1\n j again\n.balign 4096\n other: la s1, data\n store: sd s1, 0(s1)\n addi s2, s2, 1\n j store\n.balign 4096\n data: .dword 0`,
          { engine: first, sizes: { harts: 2 } },
        )
        const second = new Hart({ id: 1, memory, engine })
        second.pc = program.symbols.get('other')!
        second.run(20)
        for (let turn = 1; turn < 60; turn++) {
          hart.run(1 + (turn % 7))
          second.run(turn % 5)
        }
        return [hart.pc, ...[10, 11, 12].map((x) => hart.readX(x)), second.pc, second.readX(18)]
      }
      const end = trial('translator')
      expect(end).toEqual(trial('interpreter'))
      expect(end[3]).toBeGreaterThan(10n)
    },
  )
})

describe('blocks of zeros', () => {
  const SENVCFG = 0x10a
  const body = 'cbo.zero (s1)\n addi s2, s1, 64\n cbo.zero (s2)\n sd s0, 8(s1)\n cbo.zero (s1)\n ld a0, 8(s1)'
  const program = `la s1, data\n ${LOOP(body)}\n.balign 4096\n data: .dword 0`
  const allowing = (privilege: 'U' | 'S', virtual: boolean, menvcfg: bigint) => (machine: Board) => {
    inMode(privilege, virtual)(machine)
    machine.hart.writeCsr(Csr.menvcfg, menvcfg)
    for (const csr of [SENVCFG, Csr.henvcfg]) machine.hart.writeCsr(csr, 0x80n)
  }
  test.each([
    ['allowed in S-mode', 'S', false, 0x80n, 0],
    ['not allowed in S-mode', 'S', false, 0n, 36],
    ['allowed in U-mode', 'U', false, 0x80n, 0],
    ['allowed in VU-mode', 'U', true, 0x80n, 0],
  ] as const)('%s', (_name, privilege, virtual, menvcfg, traps) => {
    const { hart } = agree(program, { prepare: allowing(privilege, virtual, menvcfg), steps: 600 })
    expect(hart.counters.traps.exceptions[2]).toBe(traps)
  })
})
