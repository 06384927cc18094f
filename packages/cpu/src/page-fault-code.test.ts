import { describe, expect, test } from 'vitest'
import { agree, type Board, type Treatment } from '../test/agreement.ts'
import { Csr } from '../test/board.ts'
import { paged } from '../test/paged.ts'
import { type HartExtension, hartExtensions } from './hart-options.ts'

const USER = 0x4000_0000
const ABSENT = 0x4000_1000
const READ_ONLY = 0x4000_2000
const DELEGATED = 0xb100n
const FS = 0x6000
const MXR = 0x8_0000

/** A kernel in S-mode that steps over the faults of a program, which executes one instruction in a loop. */
const program = (instruction: string, from: 'U' | 'S' = 'U'): string => `
  la t0, handler
  csrw stvec, t0
  li s1, ${ABSENT}
  li s2, ${READ_ONLY}
  li s3, ${ABSENT}
  li s4, ${FS}
  csrs sstatus, s4
  csrci sstatus, 2
  li a5, -1
  fcvt.d.l fa5, a5
${
  from === 'U'
    ? `  li t0, ${USER}
  csrw sepc, t0
  sret`
    : '  j program'
}
.balign 4
handler:
  csrr t1, scause
  csrr t2, stval
  add s5, s5, t1
  xor s6, s6, t2
  csrr t2, sstatus
  xor s7, s7, t2
  li t2, 12
  beq t1, t2, back
  csrr t2, sepc
  addi t2, t2, 4
  csrw sepc, t2
  sret
back:
  csrw sepc, ra
  sret
.balign 4096
program:
  addi a0, a0, 1
  ${instruction}
  addi a1, a1, 1
  j program`

const prepare =
  (delegated = DELEGATED, status = 0) =>
  (machine: Board) => {
    paged([
      [USER, 0x8000_1000, 'rxu'],
      [READ_ONLY, 0x8010_0000, 'ru'],
    ])(machine)
    const { hart } = machine
    hart.writeCsr(Csr.medeleg, delegated)
    hart.writeCsr(Csr.mstatus, hart.readCsr(Csr.mstatus) | BigInt(FS | status))
  }

const run = (instruction: string, treatment: Treatment = {}, from: 'U' | 'S' = 'U') =>
  agree(program(instruction, from), { prepare: prepare(), steps: 600, ...treatment }).hart

const faults = ({ counters }: ReturnType<typeof run>) => {
  const { exceptions } = counters.traps
  return [exceptions[12]!, exceptions[13]!, exceptions[15]!]
}

describe('a page fault that S-mode takes itself', () => {
  test.each([
    ['lb a5, 5(s1)', 13, 0x0000_0783],
    ['lhu a5, 2(s1)', 13, 0x0000_5783],
    ['lw zero, 4(s1)', 13, 0x0000_2003],
    ['ld a5, 8(s1)', 13, 0x0000_3783],
    ['fld fa5, 8(s1)', 13, 0x0000_3787],
    ['flw ft1, 8(s1)', 13, 0x0000_2087],
    ['c.ld a5, 8(s1)\n c.nop', 13, 0x0000_3781],
    ['c.fld fa5, 8(s1)\n c.nop', 13, 0x0000_3785],
    ['sb a5, 5(s1)', 15, 0x00f0_0023],
    ['sw zero, 4(s2)', 15, 0x0000_2023],
    ['sd a5, 8(s2)', 15, 0x00f0_3023],
    ['fsd fa5, 8(s2)', 15, 0x00f0_3027],
    ['fsw fs11, 8(s2)', 15, 0x01b0_2027],
    ['c.sd a5, 8(s1)\n c.nop', 15, 0x00f0_3021],
    ['c.fsd fa5, 8(s1)\n c.nop', 15, 0x00f0_3025],
    ['lw a5, 3(s1)', 13, 0x0000_2783],
    ['sd a5, 4(s2)', 15, 0x00f0_3023],
    ['ld a5, -4(s1)', 13, 0x0002_3783],
    ['amoadd.d a5, a0, (s2)', 15, 0x00a0_37af],
    ['lr.d a5, (s1)', 13, 0x1000_37af],
    ['jalr s1', 12, 0],
    ['jalr s2', 12, 0],
  ])('%s', (instruction, cause, told) => {
    const hart = run(instruction)
    const [fetches, loads, stores] = faults(hart)
    const counts: Readonly<Record<number, number>> = { 12: fetches!, 13: loads!, 15: stores! }
    expect(counts[cause]).toBeGreaterThan(10)
    expect(fetches! + loads! + stores!).toBe(counts[cause])
    expect(hart.readCsr(Csr.scause)).toBe(BigInt(cause))
    expect(hart.readCsr(Csr.htinst)).toBe(BigInt(told))
  })

  test.each(['ld a5, 8(s1)', 'sw a5, 4(s2)', 'jalr s1'])('%s in S-mode', (instruction) => {
    const hart = run(instruction, {}, 'S')
    expect(Math.max(...faults(hart))).toBeGreaterThan(10)
    expect(hart.readCsr(Csr.sstatus) & 0x100n).toBe(0x100n)
  })

  test.each(['ld a5, 8(s1)', 'c.sd a5, 8(s1)\n c.nop'])('%s, without virtual machines', (instruction) => {
    const extensions = hartExtensions.filter((each: HartExtension) => each !== 'H')
    expect(Math.max(...faults(run(instruction, { options: { extensions } })))).toBeGreaterThan(10)
  })

  test('with MXR the page of the program can be read', () => {
    const hart = run(`lui a4, ${USER >> 12}\n lw a5, 4(a4)`, { prepare: prepare(DELEGATED, MXR) })
    expect(faults(hart)).toEqual([0, 0, 0])
  })
})

describe('a page fault that S-mode does not take', () => {
  test('since it is not delegated', () => {
    const hart = run('ld a5, 8(s1)', { prepare: prepare(0n) })
    expect(hart.readCsr(Csr.mcause)).toBe(13n)
    expect(hart.readCsr(Csr.scause)).toBe(0n)
  })

  test('since a monitor is there', () => {
    const hart = run('ld a5, 8(s1)', {
      options: { monitor: 'S' },
      drive: ({ hart }, runSteps) => {
        runSteps(20)
        for (let i = 0; i < 20; i++) {
          const { trap } = hart.run(100)
          expect(trap).toMatchObject({ cause: 13, privilege: 'U', tval: BigInt(ABSENT + 8) })
          hart.pc += 4n
        }
      },
    })
    expect(hart.readX(11)).toBeGreaterThanOrEqual(19n)
  })

  test('since M-mode accesses memory as S-mode does', () => {
    const hart = run('ld a5, 8(s1)\n ld a5, 0(s1)', {
      prepare: (machine) => {
        prepare()(machine)
        // MPRV with MPP = S.
        machine.hart.privilege = 'M'
        machine.hart.writeCsr(Csr.mstatus, machine.hart.readCsr(Csr.mstatus) | 0x2_0800n)
      },
    })
    expect(hart.counters.traps.exceptions[13]).toBeGreaterThan(0)
  })
})
