import { assemble, csrs } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY, engines } from '../test/board.ts'
import { ExceptionCause } from './trap.ts'

const ALL = 0xffff_ffff_ffff_ffffn

describe('what a CSR of the hypervisor extension keeps of what is written', () => {
  test.each([
    ['hstatus: VSXL is 64 bits, VGEIN and VSBE are zero', Csr.hstatus, ALL, 0x2_0070_03c0n],
    ['hedeleg', Csr.hedeleg, ALL, 0xc_b1ffn],
    ['hideleg', Csr.hideleg, ALL, 0x444n],
    ['hie', Csr.hie, ALL, 0x444n],
    ['hvip', Csr.hvip, ALL, 0x444n],
    ['hip: VSSIP only', Csr.hip, ALL, 4n],
    ['hgeie, as there are no guest external interrupts', Csr.hgeie, ALL, 0n],
    ['hgeip', Csr.hgeip, ALL, 0n],
    ['hcounteren', Csr.hcounteren, ALL, 0xffff_ffffn],
    ['htimedelta', Csr.htimedelta, ALL, ALL],
    ['htval', Csr.htval, ALL, ALL],
    ['htinst', Csr.htinst, ALL, ALL],
    ['mtval2', Csr.mtval2, ALL, ALL],
    ['mtinst', Csr.mtinst, ALL, ALL],
    [
      'hgatp in Sv39x4: 14 bits of VMID, a root of 16 KiB',
      Csr.hgatp,
      0x8fff_ffff_ffff_ffffn,
      0x83ff_ffff_ffff_fffcn,
    ],
    ['hgatp in Sv57x4', Csr.hgatp, 0xa000_0000_0008_0004n, 0xa000_0000_0008_0004n],
    [
      'hgatp in a reserved mode, of which only the mode is not taken',
      Csr.hgatp,
      0xb001_0000_0000_0004n,
      0x0001_0000_0000_0004n,
    ],
    ['vsie while nothing is delegated', Csr.vsie, ALL, 0n],
    ['vsip while nothing is delegated', Csr.vsip, ALL, 0n],
    ['vstvec', Csr.vstvec, 0x1234_5675n, 0x1234_5675n],
    ['vstvec of a reserved mode', Csr.vstvec, 0x1234_5676n, 0n],
    ['vsscratch', Csr.vsscratch, ALL, ALL],
    ['vsepc', Csr.vsepc, ALL, ALL - 1n],
    ['vscause', Csr.vscause, ALL, ALL],
    ['vstval', Csr.vstval, ALL, ALL],
    ['vsatp in Sv48', Csr.vsatp, 0x9fff_ffff_ffff_ffffn, 0x9fff_ffff_ffff_ffffn],
    ['vsatp in a reserved mode', Csr.vsatp, 0xbfff_ffff_ffff_ffffn, 0n],
    ['vstimecmp', Csr.vstimecmp, 12345n, 12345n],
    ["mideleg: the guests' interrupts are never M-mode's", Csr.mideleg, 0n, 0x444n],
  ] as const)('%s', (_name, number, value, expected) => {
    const { hart } = board('nop')
    hart.writeCsr(number, value)
    expect(hart.readCsr(number)).toBe(expected)
  })

  test('vsstatus is like sstatus', () => {
    const { hart } = board('nop')
    hart.writeCsr(Csr.sstatus, ALL)
    hart.writeCsr(Csr.vsstatus, ALL)
    expect(hart.readCsr(Csr.vsstatus)).toBe(hart.readCsr(Csr.sstatus))
  })

  test('hgatp accepts the modes of the hart, and keeps its mode otherwise', () => {
    const { hart } = board('nop', { satpModes: ['bare', 'sv39'] })
    hart.writeCsr(Csr.hgatp, 8n << 60n)
    hart.writeCsr(Csr.hgatp, (9n << 60n) | 4n)
    expect(hart.readCsr(Csr.hgatp)).toBe((8n << 60n) | 4n)
  })

  test('a hart without the extension has none of them, and its trap registers stay as they were', () => {
    const { hart } = board('nop', { extensions: ['M', 'A', 'C'] })
    const added = csrs.filter(({ extension }) => extension === 'H')
    expect(added.filter(({ number }) => hart.hasCsr(number))).toEqual([])
    expect(hart.hasCsr(Csr.vstimecmp)).toBe(false)
  })
})

describe('aliases of interrupt bits', () => {
  const hart = () => board('nop').hart

  test('hie is a window on mie, and sie shows none of it', () => {
    const it = hart()
    it.writeCsr(Csr.mideleg, ALL)
    it.writeCsr(Csr.mie, ALL)
    expect(it.readCsr(Csr.hie)).toBe(0x444n)
    expect(it.readCsr(Csr.sie)).toBe(0x222n)
    it.writeCsr(Csr.hie, 0x40n)
    expect(it.readCsr(Csr.mie)).toBe(0xaean)
    it.writeCsr(Csr.sie, 0n)
    expect(it.readCsr(Csr.hie)).toBe(0x40n)
  })

  test('vsie is hie one position lower, as far as it is delegated', () => {
    const it = hart()
    it.writeCsr(Csr.hie, 0x444n)
    it.writeCsr(Csr.hideleg, 0x44n)
    expect(it.readCsr(Csr.vsie)).toBe(0x22n)
    it.writeCsr(Csr.vsie, 0n)
    expect(it.readCsr(Csr.hie)).toBe(0x400n)
    it.writeCsr(Csr.vsie, ALL)
    expect(it.readCsr(Csr.mie)).toBe(0x444n)
  })

  test('hvip shows in hip, mip and, delegated, in vsip; sip shows nothing of it', () => {
    const it = hart()
    it.writeCsr(Csr.mideleg, 0x222n)
    it.writeCsr(Csr.hvip, 0x444n)
    expect(it.readCsr(Csr.hip)).toBe(0x444n)
    expect(it.readCsr(Csr.mip)).toBe(0x444n)
    expect(it.readCsr(Csr.sip)).toBe(0n)
    expect(it.readCsr(Csr.vsip)).toBe(0n)
    it.writeCsr(Csr.hideleg, 0x404n)
    expect(it.readCsr(Csr.vsip)).toBe(0x202n)
  })

  test.each([
    ['vsip', Csr.vsip, 2n],
    ['hip', Csr.hip, 4n],
    ['mip', Csr.mip, 4n],
  ] as const)(
    '%s lets the software interrupt of the guest be written, and no other',
    (_name, number, bit) => {
      const it = hart()
      it.writeCsr(Csr.hideleg, 0x444n)
      it.writeCsr(number, ALL)
      expect(it.readCsr(Csr.hvip)).toBe(4n)
      it.writeCsr(Csr.hvip, 0x444n)
      it.writeCsr(number, ALL & ~bit)
      expect(it.readCsr(Csr.hvip)).toBe(0x440n)
    },
  )
})

describe('time in a guest', () => {
  const guestTimer = (now: { ticks: bigint }) => {
    const { hart } = board('csrr a0, time', { time: () => now.ticks, pmpOpen: true })
    hart.writeCsr(Csr.mcounteren, 7n)
    hart.writeCsr(Csr.hcounteren, 7n)
    hart.writeCsr(Csr.menvcfg, 1n << 63n)
    hart.writeCsr(Csr.henvcfg, 1n << 63n)
    return hart
  }

  test('is moved by htimedelta, and wraps', () => {
    const hart = guestTimer({ ticks: 1000n })
    hart.writeCsr(Csr.htimedelta, -1001n)
    hart.privilege = 'S'
    hart.virtual = true
    hart.run(1)
    expect(hart.readX(10)).toBe(ALL)
  })

  test('reaches vstimecmp: VSTIP is pending until that is moved, and or-ed with what hvip says', () => {
    const now = { ticks: 100n }
    const hart = guestTimer(now)
    hart.writeCsr(Csr.htimedelta, 50n)
    hart.writeCsr(Csr.vstimecmp, 151n)
    const pending = () => hart.readCsr(Csr.hip) & 0x40n
    expect(pending()).toBe(0n)
    now.ticks = 101n
    expect(pending()).toBe(0x40n)
    hart.writeCsr(Csr.vstimecmp, 152n)
    expect(pending()).toBe(0n)
    hart.writeCsr(Csr.hvip, 0x40n)
    expect(pending()).toBe(0x40n)
    hart.writeCsr(Csr.hvip, 0n)
    hart.writeCsr(Csr.htimedelta, 51n)
    expect(pending()).toBe(0x40n)
    hart.writeCsr(Csr.henvcfg, 0n)
    expect(pending()).toBe(0n)
  })

  test('henvcfg has STCE only where menvcfg has it', () => {
    const hart = guestTimer({ ticks: 0n })
    hart.writeCsr(Csr.menvcfg, 0n)
    expect(hart.readCsr(Csr.henvcfg) >> 63n).toBe(0n)
    hart.writeCsr(Csr.henvcfg, ALL)
    hart.writeCsr(Csr.vstimecmp, 0n)
    expect(hart.readCsr(Csr.hip) & 0x40n).toBe(0n)
    hart.writeCsr(Csr.henvcfg, 0n)
    hart.writeCsr(Csr.menvcfg, 1n << 63n)
    expect(hart.readCsr(Csr.henvcfg) >> 63n).toBe(1n)
  })
})

/** Modes by name. */
const modes = {
  M: ['M', false],
  HS: ['S', false],
  U: ['U', false],
  VS: ['S', true],
  VU: ['U', true],
} as const
type Mode = keyof typeof modes
const ILLEGAL = ExceptionCause.illegalInstruction
const VIRTUAL = ExceptionCause.virtualInstruction
type Outcome = 0 | typeof ILLEGAL | typeof VIRTUAL
type Outcomes = Readonly<Record<Mode, Outcome>>

/** By the register's place in the architecture. */
const outcomes = {
  hypervisor: { M: 0, HS: 0, U: ILLEGAL, VS: VIRTUAL, VU: VIRTUAL },
  supervisor: { M: 0, HS: 0, U: ILLEGAL, VS: 0, VU: VIRTUAL },
  machine: { M: 0, HS: ILLEGAL, U: ILLEGAL, VS: ILLEGAL, VU: ILLEGAL },
  never: { M: ILLEGAL, HS: ILLEGAL, U: ILLEGAL, VS: ILLEGAL, VU: ILLEGAL },
} as const satisfies Record<string, Outcomes>

describe.each(engines)('which exception an access to a CSR raises on %s', (engine) => {
  const word = (code: string): bigint => {
    const { bytes } = assemble(code)
    return BigInt(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true))
  }

  /** Executes one instruction in a mode; @returns the cause of its trap, or 0. */
  function attempt(code: string, mode: Mode, setup: readonly (readonly [number, bigint])[]): number {
    const { hart } = board(code, {
      engine,
      pmpOpen: true,
      monitor: 'M',
      sizes: { ramBytes: 0x1_0000, codePages: 4 },
    })
    for (const [csr, value] of setup) hart.writeCsr(csr, value)
    hart.privilege = modes[mode][0]
    hart.virtual = modes[mode][1]
    const { trap } = hart.run(1)
    if (trap === undefined) return 0
    expect(trap).toMatchObject({
      pc: ENTRY,
      tval: word(code),
      virtual: modes[mode][1],
      gva: false,
      tinst: 0n,
    })
    return trap.cause
  }

  const everything = [
    [Csr.mcounteren, ALL],
    [Csr.hcounteren, ALL],
    [Csr.scounteren, ALL],
    [Csr.menvcfg, 1n << 63n],
    [Csr.henvcfg, 1n << 63n],
  ] as const
  const readable = csrs.filter(({ extension, name }) =>
    extension === 'H' ? name !== 'hcontext' : extension === 'S' ? name !== 'scontext' : extension === 'Sstc',
  )

  test.each(readable.map(({ name, number }) => [name, number] as const))(
    '%s by its number',
    (name, number) => {
      const { supervisor, hypervisor, machine } = outcomes
      const kind = ((number >> 8) & 3) === 3 ? machine : ((number >> 8) & 3) === 2 ? hypervisor : supervisor
      for (const mode of Object.keys(modes) as Mode[]) {
        expect([mode, attempt(`csrr a0, ${name}`, mode, everything)]).toEqual([mode, kind[mode]])
        const written = number >> 10 === 3 ? outcomes.never : kind
        expect([mode, attempt(`csrw ${name}, a0`, mode, everything)]).toEqual([mode, written[mode]])
        // An access that writes a read-only register is refused as such, also where it reads.
        expect([mode, attempt(`csrrw a0, ${name}, a0`, mode, everything)]).toEqual([mode, written[mode]])
      }
    },
  )

  const TVM = 1n << 20n
  const STCE = 1n << 63n
  test.each<[string, string, Outcomes, [number, bigint][]]>([
    ['satp with TVM', 'satp', { ...outcomes.supervisor, HS: ILLEGAL }, [[Csr.mstatus, TVM]]],
    ['satp with VTVM', 'satp', { ...outcomes.supervisor, VS: VIRTUAL }, [[Csr.hstatus, TVM]]],
    ['hgatp with TVM', 'hgatp', { ...outcomes.hypervisor, HS: ILLEGAL }, [[Csr.mstatus, TVM]]],
    [
      'vsatp with TVM and VTVM',
      'vsatp',
      outcomes.hypervisor,
      [
        [Csr.mstatus, TVM],
        [Csr.hstatus, TVM],
      ],
    ],
    ['time, enabled', 'time', { M: 0, HS: 0, U: 0, VS: 0, VU: 0 }, []],
    ['time without mcounteren', 'time', { ...outcomes.never, M: 0 }, [[Csr.mcounteren, 5n]]],
    [
      'time without hcounteren',
      'time',
      { M: 0, HS: 0, U: 0, VS: VIRTUAL, VU: VIRTUAL },
      [[Csr.hcounteren, 5n]],
    ],
    [
      'time without scounteren',
      'time',
      { M: 0, HS: 0, U: ILLEGAL, VS: 0, VU: VIRTUAL },
      [[Csr.scounteren, 5n]],
    ],
    [
      'cycle without hcounteren',
      'cycle',
      { M: 0, HS: 0, U: 0, VS: VIRTUAL, VU: VIRTUAL },
      [[Csr.hcounteren, 6n]],
    ],
    ['stimecmp without mcounteren', 'stimecmp', { ...outcomes.never, M: 0 }, [[Csr.mcounteren, 5n]]],
    ['stimecmp without menvcfg', 'stimecmp', { ...outcomes.never, M: 0 }, [[Csr.menvcfg, 0n]]],
    [
      'stimecmp without hcounteren',
      'stimecmp',
      { ...outcomes.supervisor, VS: VIRTUAL },
      [[Csr.hcounteren, 5n]],
    ],
    ['stimecmp without henvcfg', 'stimecmp', { ...outcomes.supervisor, VS: VIRTUAL }, [[Csr.henvcfg, 0n]]],
    ['vstimecmp without menvcfg', 'vstimecmp', { ...outcomes.never, M: 0 }, [[Csr.menvcfg, 0n]]],
    [
      'vstimecmp without henvcfg',
      'vstimecmp',
      outcomes.hypervisor,
      [
        [Csr.henvcfg, 0n],
        [Csr.menvcfg, STCE],
      ],
    ],
    ['a CSR of M-mode', 'mscratch', outcomes.machine, []],
    ['a CSR that does not exist, with the number of HS-mode', '0x6c0', outcomes.never, []],
    ['a CSR that does not exist, with the number of S-mode', '0x1c0', outcomes.never, []],
  ])('%s', (_name, csr, expected, setup) => {
    for (const mode of Object.keys(modes) as Mode[]) {
      expect([mode, attempt(`csrr a0, ${csr}`, mode, [...everything, ...setup])]).toEqual([
        mode,
        expected[mode],
      ])
    }
  })

  test('by the numbers of S-mode a guest reads and writes registers of its own', () => {
    const own = ['stvec', 'sscratch', 'sepc', 'scause', 'stval', 'satp', 'stimecmp'] as const
    for (const name of own) {
      const { hart } = board(`csrrw a1, ${name}, a0\ncsrr a2, ${name}`, { engine, pmpOpen: true })
      for (const [csr, value] of everything) hart.writeCsr(csr, value)
      const replica = csrs.find((csr) => csr.name === `v${name}`)!.number
      const original = csrs.find((csr) => csr.name === name)!.number
      hart.writeCsr(original, 0x1110n)
      hart.writeCsr(replica, 0x2220n)
      hart.writeX(10, 0x3330n)
      hart.privilege = 'S'
      hart.virtual = true
      hart.run(2)
      expect([name, hart.readX(11), hart.readX(12)]).toEqual([name, 0x2220n, 0x3330n])
      expect([hart.readCsr(original), hart.readCsr(replica)]).toEqual([0x1110n, 0x3330n])
    }
  })

  test('the same code in HS- and VS-mode reaches the registers of its mode', () => {
    const { hart } = board('1: csrrw a0, sscratch, a0\n j 1b', { engine, pmpOpen: true })
    hart.writeCsr(0x140, 1n)
    hart.writeCsr(Csr.vsscratch, 2n)
    hart.privilege = 'S'
    hart.writeX(10, 10n)
    hart.run(2)
    expect(hart.readX(10)).toBe(1n)
    hart.virtual = true
    hart.run(2)
    expect(hart.readX(10)).toBe(2n)
    expect([hart.readCsr(0x140), hart.readCsr(Csr.vsscratch)]).toEqual([10n, 1n])
  })
})
