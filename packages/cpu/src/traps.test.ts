import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY, engines } from '../test/board.ts'
import { ExceptionCause, InterruptCause, type InterruptLineNumber, trapName } from './trap.ts'

const HANDLERS = `
  .org 0x80000100
m_handler: j m_handler
  .org 0x80000200
s_handler: j s_handler
`
const at = (line: string) => `${line}\n${HANDLERS}`

/** Enters S- or U-mode at the next line, everything delegated that `medeleg` says. */
const enter = (privilege: 'S' | 'U', medeleg: number, then: string) =>
  at(`
    la t0, m_handler
    csrw mtvec, t0
    la t0, s_handler
    csrw stvec, t0
    li t0, ${medeleg}
    csrw medeleg, t0
    li t0, ${privilege === 'S' ? 0x800 : 0}
    csrw mstatus, t0
    la t0, 1f
    csrw mepc, t0
    mret
 1: ${then}
  `)

const BEFORE = 13

describe.each(engines)('%s', (engine) => {
  test.each([
    ['an illegal instruction', '.word 0xffffffff', ExceptionCause.illegalInstruction, 0xffff_ffffn],
    ['an illegal compressed instruction', '.half 0', ExceptionCause.illegalInstruction, 0n],
    ['a CSR of a higher mode', 'csrr a0, mstatus', ExceptionCause.illegalInstruction, 0x3000_2573n],
    ['ebreak', 'ebreak', ExceptionCause.breakpoint, 'pc'],
    ['a load from nowhere', 'lw a0, 8(zero)', ExceptionCause.loadAccessFault, 8n],
    ['a store to nowhere', 'sw a0, 8(zero)', ExceptionCause.storeAccessFault, 8n],
    ['an AMO to nowhere', 'amoadd.w a0, a0, (zero)', ExceptionCause.storeAccessFault, 0n],
    ['a jump to nowhere', 'jr zero', ExceptionCause.instructionAccessFault, 0n],
  ] as const)('%s in S-mode goes to M-mode, and to S-mode when delegated', (_name, code, cause, tval) => {
    for (const delegated of [false, true]) {
      const { hart } = board(enter('S', delegated ? 0xffff : 0, code), { engine, pmpOpen: true })
      while (hart.privilege === 'M') hart.run(1)
      let pc = hart.pc
      hart.run(1)
      // A jump completes; what it finds is the next step's.
      if (cause === ExceptionCause.instructionAccessFault) {
        pc = hart.pc
        hart.run(1)
      }
      expect(hart.privilege).toBe(delegated ? 'S' : 'M')
      expect(hart.pc).toBe(delegated ? 0x8000_0200n : 0x8000_0100n)
      expect(hart.readCsr(delegated ? Csr.scause : Csr.mcause)).toBe(BigInt(cause))
      expect(hart.readCsr(delegated ? Csr.stval : Csr.mtval)).toBe(tval === 'pc' ? pc : tval)
      expect(hart.readCsr(delegated ? Csr.sepc : Csr.mepc)).toBe(pc)
      expect(hart.counters.traps.exceptions[cause]).toBe(1)
    }
  })

  test('a trap from M-mode is never delegated', () => {
    const { hart } = board(at('la t0, m_handler\ncsrw mtvec, t0\nli t0, -1\ncsrw medeleg, t0\nebreak'), {
      engine,
    })
    hart.run(8)
    expect(hart.privilege).toBe('M')
    expect(hart.pc).toBe(0x8000_0100n)
  })

  test('entry and return stack privilege and interrupt enables', () => {
    const { hart } = board(enter('U', 1 << 8, 'ecall'), { engine, pmpOpen: true })
    hart.run(BEFORE)
    while (hart.privilege !== 'S') hart.run(1)
    expect(hart.readCsr(Csr.scause)).toBe(8n)
    expect(hart.readCsr(Csr.sstatus) & 0x122n).toBe(0n)
    hart.writeCsr(Csr.sstatus, 0x20n)
    hart.writeCsr(Csr.sepc, 0x8000_0300n)
    hart.memory.store32(0x8000_0200, 0x1020_0073)
    hart.run(1)
    expect(hart.privilege).toBe('U')
    expect(hart.pc).toBe(0x8000_0300n)
    expect(hart.readCsr(Csr.sstatus) & 0x122n).toBe(0x22n)
  })

  test.each([
    [[11, 3, 7, 9, 1, 5], 11],
    [[3, 7, 9, 1, 5], 3],
    [[7, 9, 1, 5], 7],
    [[9, 1, 5], 9],
    [[1, 5], 1],
    [[5], 5],
  ] as const)('of the pending interrupts %j, %i is taken first', (lines, first) => {
    const { hart } = board(at('1: j 1b'), { engine })
    hart.writeCsr(Csr.mtvec, 0x8000_0101n)
    hart.writeCsr(Csr.mie, 0xaaan)
    hart.writeCsr(Csr.mstatus, 8n)
    for (const line of lines) hart.setInterruptLine(line as InterruptLineNumber, true)
    expect(hart.run(1)).toEqual({ reason: 'budget', steps: 1 })
    expect(hart.readCsr(Csr.mcause)).toBe((1n << 63n) | BigInt(first))
    expect(hart.pc).toBe(0x8000_0100n + 4n * BigInt(first))
    expect(hart.readCsr(Csr.mepc)).toBe(0x8000_0000n)
    expect(hart.counters.traps.interrupts[first]).toBe(1)
  })

  test('a delegated interrupt waits in M-mode and is taken in U-mode whatever sstatus says', () => {
    const { hart } = board(enter('U', 0, 'nop\nnop'), { engine, pmpOpen: true })
    hart.writeCsr(Csr.mideleg, 0x222n)
    hart.writeCsr(Csr.mie, 0x222n)
    hart.setInterruptLine(InterruptCause.supervisorExternal, true)
    hart.run(20)
    expect(hart.privilege).toBe('S')
    expect(hart.readCsr(Csr.scause)).toBe((1n << 63n) | 9n)
  })

  test('an interrupt enabled by an instruction is taken right behind it', () => {
    const { hart } = board(at('nop\ncsrsi mstatus, 8\nnop\nnop'), { engine })
    hart.writeCsr(Csr.mtvec, 0x8000_0100n)
    hart.writeCsr(Csr.mie, 0x8n)
    hart.setInterruptLine(InterruptCause.machineSoftware, true)
    hart.run(3)
    expect(hart.readCsr(Csr.mepc)).toBe(0x8000_0008n)
    expect(hart.pc).toBe(0x8000_0100n)
  })

  test('a line raised by a device in the middle of an instruction is taken behind it', () => {
    let raise = () => {}
    const bus = {
      read: () => {
        raise()
        return 0x1234n
      },
      write: () => true,
    }
    const { hart } = board(at('li a1, 0x10000000\nlw a0, 0(a1)\nnop\nnop'), { engine, bus })
    raise = () => hart.setInterruptLine(InterruptCause.machineExternal, true)
    hart.writeCsr(Csr.mtvec, 0x8000_0100n)
    hart.writeCsr(Csr.mie, 0x800n)
    hart.writeCsr(Csr.mstatus, 8n)
    hart.run(3)
    expect(hart.readX(10)).toBe(0x1234n)
    expect(hart.readCsr(Csr.mepc)).toBe(hart.pc === 0x8000_0100n ? 0x8000_0008n : -1n)
    expect(hart.counters.retired).toBe(2)
  })

  describe('wfi', () => {
    test('returns behind the instruction when nothing is pending', () => {
      const { hart } = board('nop\nwfi\nnop', { engine })
      expect(hart.run(100)).toEqual({ reason: 'wfi', steps: 2 })
      expect(hart.pc).toBe(0x8000_0008n)
    })
    test('goes on when an enabled interrupt is pending, though interrupts are off', () => {
      const { hart } = board('wfi\nnop\n1: j 1b', { engine })
      hart.writeCsr(Csr.mie, 0x80n)
      hart.setInterruptLine(InterruptCause.machineTimer, true)
      expect(hart.run(5)).toEqual({ reason: 'budget', steps: 5 })
      expect(hart.counters.retired).toBe(5)
    })
    test('is illegal in S-mode under TW', () => {
      const { hart } = board('wfi', { engine, pmpOpen: true })
      hart.writeCsr(Csr.mtvec, 0x8000_0100n)
      hart.writeCsr(Csr.mstatus, 1n << 21n)
      hart.privilege = 'S'
      hart.run(1)
      expect(hart.readCsr(Csr.mcause)).toBe(2n)
      expect(hart.readCsr(Csr.mtval)).toBe(0x1050_0073n)
    })
  })

  describe('a monitor', () => {
    test('at M gets what is not delegated, and nothing changes but pc', () => {
      const { hart } = board('li a7, 5\necall\nnop', { engine, monitor: 'M' })
      hart.privilege = 'S'
      const before = [Csr.mstatus, Csr.mcause, Csr.mepc, Csr.mtval].map((csr) => hart.readCsr(csr))
      expect(hart.run(100)).toEqual({
        reason: 'trap',
        steps: 2,
        trap: {
          cause: 9,
          interrupt: false,
          tval: 0n,
          pc: 0x8000_0004n,
          privilege: 'S',
          virtual: false,
          tval2: 0n,
          tinst: 0n,
          gva: false,
        },
      })
      expect([Csr.mstatus, Csr.mcause, Csr.mepc, Csr.mtval].map((csr) => hart.readCsr(csr))).toEqual(before)
      expect(hart.pc).toBe(0x8000_0004n)
      expect(hart.privilege).toBe('S')
      hart.pc += 4n
      expect(hart.run(1)).toEqual({ reason: 'budget', steps: 1 })
    })
    test('at M lets delegated traps be vectored', () => {
      const { hart } = board(at('ecall'), { engine, monitor: 'M' })
      hart.writeCsr(Csr.medeleg, 1n << 8n)
      hart.writeCsr(Csr.stvec, 0x8000_0200n)
      hart.privilege = 'U'
      expect(hart.run(2)).toEqual({ reason: 'budget', steps: 2 })
      expect(hart.pc).toBe(0x8000_0200n)
    })
    test('at S gets delegated exceptions and interrupts', () => {
      const { hart } = board('nop\nlw a0, 0(zero)', { engine, monitor: 'S' })
      hart.writeCsr(Csr.medeleg, 0xb1ffn)
      hart.writeCsr(Csr.mideleg, 0x222n)
      hart.writeCsr(Csr.mie, 0x20n)
      hart.privilege = 'U'
      expect(hart.run(9).trap).toMatchObject({ cause: 5, tval: 0n, pc: 0x8000_0004n, privilege: 'U' })
      hart.setInterruptLine(InterruptCause.supervisorTimer, true)
      expect(hart.run(9)).toMatchObject({ steps: 1, trap: { cause: 5, interrupt: true } })
    })
    test('reflects a trap architecturally', () => {
      const { hart } = board(at('ecall'), { engine, monitor: 'M' })
      hart.writeCsr(Csr.stvec, 0x8000_0200n)
      hart.privilege = 'U'
      const { trap } = hart.run(9)
      hart.enterTrap(trap!, 'S')
      expect(hart.pc).toBe(0x8000_0200n)
      expect(hart.privilege).toBe('S')
      expect(hart.readCsr(Csr.scause)).toBe(8n)
      expect(hart.readCsr(Csr.sepc)).toBe(0x8000_0000n)
    })
  })

  test('requestStop returns behind the instruction that asked, and the rest of the budget is not used', () => {
    let stop = () => {}
    const bus = {
      read: () => 0n,
      write: () => {
        stop()
        return true
      },
    }
    const { hart } = board('li a1, 0x10000000\nsw a0, 0(a1)\nnop\nnop', { engine, bus })
    stop = () => hart.requestStop()
    expect(hart.run(1000)).toEqual({ reason: 'stopped', steps: 2 })
    expect(hart.run(2)).toEqual({ reason: 'budget', steps: 2 })
  })

  test('a device that throws leaves the hart before the instruction, with exact counters', () => {
    let broken = true
    const bus = {
      read: () => {
        if (broken) throw new Error('broken')
        return 7n
      },
      write: () => false,
    }
    const { hart } = board('nop\nlw a0, 0(zero)\ncsrwi minstret, 0\ncsrr a1, minstret', { engine, bus })
    expect(() => hart.run(100)).toThrow('broken')
    expect(hart.pc).toBe(ENTRY + 4n)
    expect(hart.counters).toMatchObject({ steps: 1, retired: 1 })
    broken = false
    expect(hart.run(3)).toEqual({ reason: 'budget', steps: 3 })
    expect(hart.counters).toMatchObject({ steps: 4, retired: 4 })
    expect([hart.readX(10), hart.readX(11)]).toEqual([7n, 0n])
  })

  test('a device cannot run a hart', () => {
    const bus = { read: () => BigInt(hart.run(1).steps), write: () => false }
    const { hart } = board('nop\nlw a0, 0(zero)', { engine, bus })
    expect(() => hart.run(9)).toThrow(expect.objectContaining({ code: 'running' }))
    expect(hart.counters.steps).toBe(1)
    expect(hart.run(0).steps).toBe(0)
  })

  test('a jump by the host is to an instruction', () => {
    const compressed = board('nop', { engine }).hart
    const plain = board('nop', { engine, extensions: [] }).hart
    compressed.pc = ENTRY + 3n
    plain.pc = ENTRY + 3n
    expect([compressed.pc, plain.pc]).toEqual([ENTRY + 2n, ENTRY])
  })

  test('counters are exact inside a device', () => {
    const seen: number[] = []
    let look = () => {}
    const bus = {
      read: () => {
        look()
        return 0n
      },
      write: () => true,
    }
    const { hart } = board('li a1, 0x10000000\nnop\nlw a0, 0(a1)\ncsrr a2, minstret\nlw a0, 0(a1)', {
      engine,
      bus,
    })
    look = () => seen.push(hart.counters.steps, Number(hart.pc - 0x8000_0000n))
    hart.run(5)
    expect(seen).toEqual([2, 8, 4, 16])
    expect(hart.readX(12)).toBe(3n)
  })
})

test('traps have names', () => {
  expect(trapName({ cause: 13, interrupt: false })).toBe('loadPageFault')
  expect(trapName({ cause: 7, interrupt: true })).toBe('machineTimer')
  expect(trapName({ cause: 31, interrupt: false })).toBe('exception 31')
})
