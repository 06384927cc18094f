import { describe, expect, test } from 'vitest'
import { board, Csr, engines } from '../test/board.ts'
import { CpuError } from './cpu-error.ts'

const FS = { off: 0n, initial: 1n << 13n, clean: 2n << 13n, dirty: 3n << 13n }
const SD = 1n << 63n
const NX = 1
const VSSTATUS = 0x200
const ILLEGAL = 2

describe.each(engines)('mstatus.FS on the %s', (engine) => {
  const status = (value: bigint) => value & (SD | FS.dirty)

  test.each([
    ['fadd.d fa0,fa1,fa2', FS.dirty | SD],
    ['fmv.d fa0,fa1', FS.dirty | SD],
    ['fld fa0,0(a0)', FS.dirty | SD],
    ['csrwi fcsr,0', FS.dirty | SD],
    // An inexact result is a flag more, and no other state changes.
    ['fcvt.w.d a1,fa3', FS.dirty | SD],
    ['fcvt.w.d a1,fa2', FS.clean],
    ['fsd fa1,0(a0)', FS.clean],
    ['feq.d a1,fa1,fa2', FS.clean],
    ['fclass.d a1,fa1', FS.clean],
    ['fmv.x.d a1,fa1', FS.clean],
    ['csrr a1,fcsr', FS.clean],
    ['nop', FS.clean],
  ])('is as it should be after %s, from clean', (code, expected) => {
    const { hart } = board(code, { engine })
    hart.writeX(10, 0x8000_1000n)
    hart.writeF(12, 0x3ff0_0000_0000_0000n)
    hart.writeF(13, 0x3ff8_0000_0000_0000n)
    hart.writeCsr(Csr.mstatus, FS.clean)
    hart.run(1)
    expect(status(hart.readCsr(Csr.mstatus))).toBe(expected)
    expect(status(hart.readCsr(Csr.sstatus))).toBe(expected)
  })

  test('a program that switches it off and on finds its registers, and traps in between', () => {
    const program = `
        li t0, 0x6000
        csrs sstatus, t0
        li t1, 3
        fcvt.d.l fa0, t1
        fadd.d fa1, fa0, fa0
        csrc sstatus, t0
        fadd.d fa2, fa0, fa0
      `
    const { hart } = board(program, { engine, monitor: 'M' })
    hart.privilege = 'S'
    const result = hart.run(100)
    expect(result.trap).toMatchObject({ cause: ILLEGAL, tval: 0x02a5_7653n })
    expect([hart.readF(11), hart.readF(12)]).toEqual([0x4018_0000_0000_0000n, 0n])
    expect(status(hart.readCsr(Csr.mstatus))).toBe(0n)
    // The embedder reaches the state all the same, and FS stays off.
    hart.writeCsr(Csr.fcsr, 0xe1n)
    expect([hart.readCsr(Csr.fcsr), status(hart.readCsr(Csr.mstatus))]).toEqual([0xe1n, 0n])
  })

  test('a loop rounds by frm as it is at each instruction', () => {
    const program = `
        li t0, 0x6000
        csrs mstatus, t0
        li a0, 0
        li a1, 5
        li a3, 0
        la t1, handler
        csrw mtvec, t1
    1:  csrw frm, a0
        fcvt.l.d a2, fa0
        slli a3, a3, 4
        add a3, a3, a2
        addi a0, a0, 1
        bge a1, a0, 1b
    2:  wfi
        .align 2
    handler:
        csrr a4, mcause
        j 2b
      `
    const { hart } = board(program, { engine })
    hart.writeF(10, 0x4004_0000_0000_0000n) // 2.5
    hart.run(1000)
    expect(hart.readX(13)).toBe(0x2_2233n)
    expect(hart.readX(14)).toBe(2n)
    expect(hart.readCsr(Csr.fcsr)).toBe(BigInt((5 << 5) | NX))
  })

  test('is part of a saved state, and so are registers and fcsr', () => {
    const { hart } = board('fadd.d fa0,fa1,fa1\nfadd.d fa2,fa0,fa0', { engine })
    hart.writeCsr(Csr.mstatus, FS.initial)
    hart.writeCsr(Csr.fcsr, 0x60n)
    hart.writeF(11, 0x3ff0_0000_0000_0000n)
    hart.run(1)
    const saved = hart.saveState()
    const { hart: other } = board('fadd.d fa0,fa1,fa1\nfadd.d fa2,fa0,fa0', { engine })
    other.loadState(saved)
    other.run(1)
    expect(other.readF(12)).toBe(0x4010_0000_0000_0000n)
    expect(other.readCsr(Csr.fcsr)).toBe(0x60n)
    const registers = new BigUint64Array(32)
    other.saveFloatRegisters(registers)
    expect(registers[10]).toBe(0x4000_0000_0000_0000n)
    registers.fill(7n)
    other.loadFloatRegisters(registers)
    expect([other.readF(0), other.readF(31)]).toEqual([7n, 7n])
  })

  test.each([
    ['mstatus off', FS.off, FS.initial, ILLEGAL, FS.off, FS.initial],
    ['vsstatus off', FS.initial, FS.off, ILLEGAL, FS.initial, FS.off],
    ['both on', FS.initial, FS.clean, undefined, FS.dirty | SD, FS.dirty | SD],
    ['the guest dirty already', FS.clean, FS.dirty, undefined, FS.dirty | SD, FS.dirty | SD],
  ])('of a guest is subject to both: %s', (_name, ours, guests, cause, oursAfter, guestsAfter) => {
    const { hart } = board('fadd.d fa0,fa1,fa1\nfadd.d fa0,fa0,fa0', { engine, monitor: 'M' })
    hart.writeCsr(Csr.mstatus, ours)
    hart.writeCsr(VSSTATUS, guests)
    hart.writeF(11, 0x3ff0_0000_0000_0000n)
    hart.privilege = 'S'
    hart.virtual = true
    expect(hart.run(2).trap?.cause).toBe(cause)
    if (cause === undefined) expect(hart.readF(10)).toBe(0x4010_0000_0000_0000n)
    expect([hart.readCsr(Csr.mstatus), hart.readCsr(VSSTATUS)].map(status)).toEqual([oursAfter, guestsAfter])
    // The hypervisor's own use says nothing of the guest's.
    hart.virtual = false
    hart.writeCsr(Csr.mstatus, FS.clean)
    hart.writeCsr(VSSTATUS, FS.off)
    hart.pc = 0x8000_0000n
    expect(hart.run(1).trap).toBeUndefined()
    expect(status(hart.readCsr(Csr.mstatus))).toBe(FS.dirty | SD)
    expect(status(hart.readCsr(VSSTATUS))).toBe(0n)
  })

  test('is always off on a hart without F', () => {
    const { hart } = board('flw fa0,0(a0)', { engine, monitor: 'M', extensions: ['M', 'A', 'C'] })
    hart.writeCsr(Csr.mstatus, FS.dirty)
    hart.writeCsr(Csr.sstatus, FS.dirty)
    expect(status(hart.readCsr(Csr.mstatus))).toBe(0n)
    expect(hart.hasCsr(Csr.fcsr)).toBe(false)
    expect(hart.readCsr(Csr.misa) & 0x28n).toBe(0n)
    hart.writeX(10, 0x8000_1000n)
    expect(hart.run(1).trap).toMatchObject({ cause: ILLEGAL, tval: 0x0005_2507n })
  })

  test('F alone has singles, and C brings no doubles', () => {
    const { hart } = board('fmv.s fa0,fa1\n.2byte 0x2108', {
      engine,
      monitor: 'M',
      extensions: ['M', 'A', 'F', 'C'],
    })
    hart.writeCsr(Csr.mstatus, FS.dirty)
    expect(hart.run(2).trap).toMatchObject({ cause: ILLEGAL, tval: 0x2108n })
    expect(hart.readF(10)).toBe(0xffff_ffff_7fc0_0000n)
  })

  test('no register but the named one changes, whatever the file', () => {
    const { hart } = board('fmv.d ft0,fa0\nfmv.x.d zero,fa0\nadd a0,a0,a0', { engine })
    hart.writeCsr(Csr.mstatus, FS.dirty)
    hart.writeF(10, 5n)
    hart.writeX(10, 2n)
    hart.run(3)
    expect([hart.readF(0), hart.readF(10), hart.readX(0), hart.readX(10)]).toEqual([5n, 5n, 0n, 4n])
  })
})

test('D without F is refused', () => {
  expect(() => board('nop', { extensions: ['D'] })).toThrow(CpuError)
  expect(() => board('nop', { extensions: ['D'] })).toThrow('extension D needs F: name both, or neither')
})

test('a floating-point register has a number from 0 to 31', () => {
  const { hart } = board('nop')
  expect(() => hart.readF(32)).toThrow('register 32: give 0 to 31')
  expect(() => hart.writeF(-1, 0n)).toThrow(CpuError)
})
