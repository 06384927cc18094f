import { describe, expect, test } from 'vitest'
import { board, Csr, engines } from '../test/board.ts'
import { type HartExtension, hartExtensions } from './hart-options.ts'

const ALL = 0xffff_ffff_ffff_ffffn

describe('what a CSR keeps of what is written', () => {
  test.each([
    ['mstatus', Csr.mstatus, ALL, 0x8000_00ca_007e_79aan],
    ['mstatus with MPP = 2, which keeps MPP', Csr.mstatus, 0x1000n, 0x0000_000a_0000_0000n],
    ['misa', Csr.misa, 0n, 0x8000_0000_0014_11adn],
    ['medeleg', Csr.medeleg, ALL, 0xf0_b7ffn],
    ['mideleg', Csr.mideleg, ALL, 0x666n],
    ['mie', Csr.mie, ALL, 0xeeen],
    ['mip, of the guests VSSIP only', Csr.mip, ALL, 0x226n],
    ['mtvec, vectored', Csr.mtvec, 0x8000_0001n, 0x8000_0001n],
    ['mtvec of a reserved mode', Csr.mtvec, 0x8000_0002n, 0n],
    ['mepc', Csr.mepc, ALL, ALL - 1n],
    ['mcause', Csr.mcause, ALL, ALL],
    ['mcounteren', Csr.mcounteren, ALL, 0xffff_ffffn],
    ['mcountinhibit', Csr.mcountinhibit, ALL, 5n],
    ['menvcfg', Csr.menvcfg, ALL, 0xe000_0000_0000_00f1n],
    ['sstatus', Csr.sstatus, ALL, 0x8000_0002_000c_6122n],
    ['fcsr', Csr.fcsr, ALL, 0xffn],
    ['sie with nothing delegated', Csr.sie, ALL, 0n],
    ['stvec', Csr.stvec, 0x1234_5675n, 0x1234_5675n],
    ['sepc', Csr.sepc, 0x8000_0003n, 0x8000_0002n],
    ['stval', Csr.stval, ALL, ALL],
    ['satp in Sv39', Csr.satp, 0x8fff_ffff_ffff_ffffn, 0x8fff_ffff_ffff_ffffn],
    ['satp in a reserved mode', Csr.satp, 0xbfff_ffff_ffff_ffffn, 0n],
    ['pmpaddr0', Csr.pmpaddr0, ALL, (1n << 54n) - 1n],
    ['pmpcfg0 with W but not R', Csr.pmpcfg0, 0x1an, 0x18n],
    ['mhpmcounter3', 0xb03, ALL, 0n],
    ['tselect', 0x7a0, ALL, 0n],
    ['mvendorid', 0xf11, ALL, 0n],
  ] as const)('%s', (_name, number, value, expected) => {
    const { hart } = board('nop')
    hart.writeCsr(number, value)
    expect(hart.readCsr(number)).toBe(expected)
  })

  test.each([
    ['mstatus', Csr.mstatus, ALL, 0x0000_000a_007e_19aan],
    ['misa', Csr.misa, 0n, 0x8000_0000_0014_1105n],
    ['medeleg', Csr.medeleg, ALL, 0xb3ffn],
    ['mideleg', Csr.mideleg, ALL, 0x222n],
    ['mie', Csr.mie, ALL, 0xaaan],
    ['mip', Csr.mip, ALL, 0x222n],
  ] as const)('%s without the hypervisor extension', (_name, number, value, expected) => {
    const { hart } = board('nop', { extensions: ['M', 'A', 'C'] })
    hart.writeCsr(number, value)
    expect(hart.readCsr(number)).toBe(expected)
  })

  test('satp accepts only the modes of the hart', () => {
    const { hart } = board('nop', { satpModes: ['bare', 'sv39'] })
    hart.writeCsr(Csr.satp, 8n << 60n)
    hart.writeCsr(Csr.satp, (9n << 60n) | 5n)
    expect(hart.readCsr(Csr.satp)).toBe(8n << 60n)
  })

  test('sie and sip show delegated interrupts only, and sip lets SSIP be written', () => {
    const { hart } = board('nop')
    hart.writeCsr(Csr.mie, 0xaaan)
    hart.writeCsr(Csr.mideleg, 0x22n)
    expect(hart.readCsr(Csr.sie)).toBe(0x22n)
    hart.writeCsr(Csr.sie, 0n)
    expect(hart.readCsr(Csr.mie)).toBe(0xa88n)
    hart.writeCsr(Csr.sip, ALL)
    expect(hart.readCsr(Csr.mip)).toBe(2n)
  })

  test('a locked PMP entry stays, and so does the bottom of a locked TOR entry', () => {
    const { hart } = board('nop')
    hart.writeCsr(Csr.pmpaddr0, 0x100n)
    hart.writeCsr(Csr.pmpaddr0 + 1, 0x200n)
    hart.writeCsr(Csr.pmpcfg0, 0x8900n)
    hart.writeCsr(Csr.pmpcfg0, 0n)
    hart.writeCsr(Csr.pmpaddr0, 0n)
    hart.writeCsr(Csr.pmpaddr0 + 1, 0n)
    expect(hart.readCsr(Csr.pmpcfg0)).toBe(0x8900n)
    expect(hart.readCsr(Csr.pmpaddr0)).toBe(0x100n)
    expect(hart.readCsr(Csr.pmpaddr0 + 1)).toBe(0x200n)
  })

  test('stimecmp is there with Sstc only', () => {
    expect(board('nop', { extensions: ['M', 'A', 'C'] }).hart.hasCsr(0x14d)).toBe(false)
    let now = 0n
    const { hart } = board('nop', { extensions: ['M', 'A', 'C', 'Sstc'], time: () => now })
    hart.writeCsr(Csr.menvcfg, 1n << 63n)
    hart.writeCsr(0x14d, 100n)
    expect(hart.readCsr(Csr.mip)).toBe(0n)
    now = 100n
    expect(hart.readCsr(Csr.mip)).toBe(0x20n)
  })

  test.each([
    ['Zicbom', 7n << 4n],
    ['Zicboz', 1n << 7n],
    ['Svadu', 1n << 61n],
    ['Svpbmt', 1n << 62n],
    ['Sstc', 1n << 63n],
  ] as const)('menvcfg has the field of %s with it only', (extension, field) => {
    const written = (extensions: readonly HartExtension[]) => {
      const { hart } = board('nop', { extensions })
      hart.writeCsr(Csr.menvcfg, ALL)
      return hart.readCsr(Csr.menvcfg)
    }
    expect(written(hartExtensions) & field).toBe(field)
    expect(written(hartExtensions.filter((name) => name !== extension)) & field).toBe(0n)
  })

  test.each([
    [[], 0n],
    [['Svade'], 0n],
    [['Svade', 'Svadu'], 0n],
    [['Svadu'], 1n << 61n],
  ] as const)('ADUE after reset with %j is %i', (extensions, expected) => {
    expect(board('nop', { extensions }).hart.readCsr(Csr.menvcfg)).toBe(expected)
  })

  test.each([
    ['Zicntr', 0xc00],
    ['Zicntr', 0xc01],
    ['Zicntr', 0xc02],
    ['Zihpm', 0xc03],
    ['Zihpm', 0xc1f],
    ['Sstc', 0x14d],
  ] as const)('without %s there is no CSR %i', (extension, number) => {
    const has = (extensions: readonly HartExtension[]) => board('nop', { extensions }).hart.hasCsr(number)
    expect(has(hartExtensions)).toBe(true)
    expect(has(hartExtensions.filter((name) => name !== extension))).toBe(false)
  })

  test('the deadline of the timer is when it will become pending, and a write to it is told', () => {
    let now = 0n
    let moved = 0
    const { hart } = board('csrw 0x14d, a0', { time: () => now, timerMoved: () => moved++ })
    hart.writeX(10, 100n)
    hart.writeCsr(0x14d, 50n)
    expect(hart.timerDeadline).toBe(undefined)
    hart.writeCsr(Csr.menvcfg, 1n << 63n)
    expect(hart.timerDeadline).toBe(50n)
    expect(moved).toBe(2)
    hart.run(1)
    expect(moved).toBe(3)
    expect(hart.timerDeadline).toBe(100n)
    now = 100n
    expect(hart.timerDeadline).toBe(undefined)
    expect(hart.readCsr(Csr.mip)).toBe(0x20n)
  })

  test('a CSR that does not exist is the embedder’s mistake', () => {
    expect(() => board('nop').hart.readCsr(0x123)).toThrow(expect.objectContaining({ code: 'no-such-csr' }))
  })
})

describe.each(engines)('CSR instructions on the %s', (engine) => {
  /** Runs one instruction in a mode; whether it was illegal. */
  const illegal = (
    code: string,
    mode: 'U' | 'S' | 'M',
    prepare: readonly (readonly [number, bigint])[] = [],
  ) => {
    const { hart } = board(code, { engine, monitor: 'M' })
    for (const [number, value] of prepare) hart.writeCsr(number, value)
    hart.privilege = mode
    const result = hart.run(1)
    // A monitor at M sees only traps: in M-mode too.
    expect(result.trap?.cause ?? 2).toBe(2)
    return result.trap !== undefined
  }

  test.each([
    ['csrr a0, sstatus', 'U', [], true],
    ['csrr a0, sstatus', 'S', [], false],
    ['csrr a0, mscratch', 'S', [], true],
    ['csrr a0, mhartid', 'M', [], false],
    ['csrw mhartid, a0', 'M', [], true],
    ['csrr a0, 0x8ff', 'M', [], true],
    ['csrr a0, satp', 'S', [[Csr.mstatus, 1n << 20n]], true],
    ['csrr a0, satp', 'M', [[Csr.mstatus, 1n << 20n]], false],
    ['sfence.vma', 'S', [[Csr.mstatus, 1n << 20n]], true],
    ['sret', 'S', [[Csr.mstatus, 1n << 22n]], true],
    ['csrr a0, cycle', 'S', [], true],
    ['csrr a0, cycle', 'S', [[Csr.mcounteren, 1n]], false],
    ['csrr a0, cycle', 'U', [[Csr.mcounteren, 1n]], true],
    [
      'csrr a0, cycle',
      'U',
      [
        [Csr.mcounteren, 1n],
        [0x106, 1n],
      ],
      false,
    ],
    [
      'csrr a0, time',
      'U',
      [
        [Csr.mcounteren, 1n],
        [0x106, 2n],
      ],
      true,
    ],
    ['csrr a0, hpmcounter31', 'S', [[Csr.mcounteren, 1n << 31n]], false],
    ['csrr a0, mcyclecfg', 'M', [], true],
    ['csrr a0, 0x3c0', 'M', [], true],
    ['csrr a0, fcsr', 'M', [], true],
  ] as const)('%s in %s-mode', (code, mode, prepare, expected) => {
    const known = code.replace('mcyclecfg', '0x321').replace('fcsr', '0x003')
    expect(illegal(known, mode, prepare)).toBe(expected)
  })

  test('mip.SEIP: set and clear leave the stored bit alone while the line is up', () => {
    const { hart } = board('li a1, 2\ncsrrs a0, mip, a1\ncsrr a2, mip', { engine })
    hart.setInterruptLine(9, true)
    hart.run(3)
    expect(hart.readX(10)).toBe(0x200n)
    expect(hart.readX(12)).toBe(0x202n)
    hart.setInterruptLine(9, false)
    expect(hart.readCsr(Csr.mip)).toBe(2n)
  })

  test('counters: writes, inhibition and the trapping instruction', () => {
    const { hart } = board(
      `li a0, 100
       csrw minstret, a0
       csrr a1, minstret
       csrr a2, minstret
       csrwi mcountinhibit, 4
       csrr a3, minstret
       csrr a4, minstret
       csrwi mcountinhibit, 0
       csrr a5, minstret`,
      { engine },
    )
    hart.run(9)
    expect([11, 12, 13, 14, 15].map((x) => hart.readX(x))).toEqual([100n, 101n, 102n, 102n, 102n])
    expect(hart.readCsr(Csr.mcycle)).toBe(9n)
  })

  test('a change of SUM or satp takes effect at once', () => {
    const { hart } = board('csrw satp, a0\nnop', { engine, monitor: 'M' })
    hart.privilege = 'S'
    hart.writeX(10, (8n << 60n) | 0x80100n)
    // The tables are empty: the instruction behind is not found any more.
    expect(hart.run(9)).toMatchObject({ steps: 2, trap: { cause: 12, tval: 0x8000_0004n } })
  })
})
