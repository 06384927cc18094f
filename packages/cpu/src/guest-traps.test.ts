import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY, engines, snapshot } from '../test/board.ts'
import { DATA, guestBoard } from '../test/guest-board.ts'
import { ExceptionCause, InterruptCause, trapName } from './trap.ts'

const SPP = 1n << 8n
const SIE = 2n
const SPIE = 0x20n
const hstatus = { gva: 1n << 6n, spv: 1n << 7n, spvp: 1n << 8n, vtw: 1n << 21n, vtsr: 1n << 22n } as const
const mstatus = { mpp: 3n << 11n, gva: 1n << 38n, mpv: 1n << 39n } as const
const M_HANDLER = 0x8000_0100n
const S_HANDLER = 0x8000_0200n
const VS_HANDLER = 0x8000_0300n
const HANDLERS = `
  .org 0x80000100
  j .
  .org 0x80000200
  j .
  .org 0x80000300
  j .
`

describe.each(engines)('%s', (engine) => {
  /** A hart in a mode, with a handler at every level and nothing translated. */
  function inMode(code: string, mode: 'VS' | 'VU' | 'HS' | 'U') {
    const { hart } = board(`${code}\n${HANDLERS}`, { engine, pmpOpen: true })
    hart.writeCsr(Csr.mtvec, M_HANDLER)
    hart.writeCsr(Csr.stvec, S_HANDLER)
    hart.writeCsr(Csr.vstvec, VS_HANDLER)
    hart.privilege = mode === 'VU' || mode === 'U' ? 'U' : 'S'
    hart.virtual = mode.startsWith('V')
    return hart
  }

  const exceptions = [
    ['an illegal instruction', '.word 0xffffffff', 2, 0xffff_ffffn, false, true],
    ['a virtual instruction', 'csrr a0, hstatus', 22, 0x6000_2573n, false, false],
    ['a breakpoint', 'ebreak', 3, ENTRY, true, true],
    ['a load from nowhere', 'lw a0, 8(zero)', 5, 8n, true, true],
    ['a misaligned LR', 'li a0, 1\nlr.w a1, (a0)', 4, 1n, true, true],
    ['an AMO to nowhere', 'amoadd.w a0, a0, (zero)', 7, 0n, true, true],
  ] as const
  const steps = (code: string) => code.split('\n').length

  describe.each(['VS', 'VU'] as const)('from %s-mode', (mode) => {
    const privilege = mode === 'VS' ? 1n : 0n

    test.each(exceptions)('%s goes to M-mode, and says from where', (_name, code, cause, tval, gva) => {
      const hart = inMode(code, mode)
      hart.run(steps(code))
      expect([hart.privilege, hart.virtual, hart.pc]).toEqual(['M', false, M_HANDLER])
      expect(hart.readCsr(Csr.mcause)).toBe(BigInt(cause))
      expect(hart.readCsr(Csr.mtval)).toBe(tval)
      const status = hart.readCsr(Csr.mstatus)
      expect(status & mstatus.mpv).toBe(mstatus.mpv)
      expect((status & mstatus.gva) !== 0n).toBe(gva)
      expect((status & mstatus.mpp) >> 11n).toBe(privilege)
      expect(hart.readCsr(Csr.mtval2)).toBe(0n)
      expect(hart.readCsr(Csr.hstatus)).toBe(0x2_0000_0000n)
    })

    test.each(exceptions)('%s goes to HS-mode when delegated', (_name, code, cause, tval, gva) => {
      const hart = inMode(code, mode)
      hart.writeCsr(Csr.medeleg, 0xff_ffffn)
      hart.writeCsr(Csr.sstatus, SIE)
      hart.run(steps(code))
      expect([hart.privilege, hart.virtual, hart.pc]).toEqual(['S', false, S_HANDLER])
      expect(hart.readCsr(Csr.scause)).toBe(BigInt(cause))
      expect(hart.readCsr(Csr.stval)).toBe(tval)
      expect(hart.readCsr(Csr.hstatus)).toBe(
        0x2_0000_0000n | hstatus.spv | (privilege === 1n ? hstatus.spvp : 0n) | (gva ? hstatus.gva : 0n),
      )
      expect(hart.readCsr(Csr.sstatus) & (SPP | SIE | SPIE)).toBe((privilege === 1n ? SPP : 0n) | SPIE)
      expect(hart.readCsr(Csr.htval)).toBe(0n)
      expect(hart.readCsr(Csr.htinst) !== 0n).toBe([4, 5, 7].includes(cause))
      expect(hart.readCsr(Csr.mstatus) & mstatus.mpv).toBe(0n)
    })

    test.each(exceptions)(
      '%s goes to VS-mode when delegated further',
      (_name, code, cause, tval, _gva, can) => {
        const hart = inMode(code, mode)
        hart.writeCsr(Csr.medeleg, 0xff_ffffn)
        hart.writeCsr(Csr.hedeleg, 0xff_ffffn)
        hart.writeCsr(Csr.vsstatus, SIE)
        const before = [Csr.hstatus, Csr.sstatus, Csr.htinst, Csr.htval].map((csr) => hart.readCsr(csr))
        hart.run(steps(code))
        expect([hart.privilege, hart.virtual]).toEqual(['S', can])
        if (!can) return
        expect(hart.pc).toBe(VS_HANDLER)
        expect(hart.readCsr(Csr.vscause)).toBe(BigInt(cause))
        expect(hart.readCsr(Csr.vstval)).toBe(tval)
        expect(hart.readCsr(Csr.vsstatus) & (SPP | SIE | SPIE)).toBe((privilege === 1n ? SPP : 0n) | SPIE)
        expect([Csr.hstatus, Csr.sstatus, Csr.htinst, Csr.htval].map((csr) => hart.readCsr(csr))).toEqual(
          before,
        )
      },
    )
  })

  test('a trap from U- or HS-mode leaves SPVP alone, clears SPV, and is never delegated to VS-mode', () => {
    for (const mode of ['U', 'HS'] as const) {
      const hart = inMode('ebreak', mode)
      hart.writeCsr(Csr.medeleg, 0xff_ffffn)
      hart.writeCsr(Csr.hedeleg, 0xff_ffffn)
      hart.writeCsr(Csr.hstatus, hstatus.spv | hstatus.spvp | hstatus.gva)
      hart.run(1)
      expect(hart.pc).toBe(S_HANDLER)
      expect(hart.readCsr(Csr.hstatus)).toBe(0x2_0000_0000n | hstatus.spvp)
    }
  })

  test.each([
    ['VU', 8],
    ['VS', 10],
    ['U', 8],
    ['HS', 9],
  ] as const)('ECALL from %s-mode has the cause %i', (mode, cause) => {
    const hart = inMode('ecall', mode)
    hart.run(1)
    expect(hart.readCsr(Csr.mcause)).toBe(BigInt(cause))
    expect(hart.readCsr(Csr.mstatus) & mstatus.gva).toBe(0n)
    expect(hart.counters.traps.exceptions[cause]).toBe(1)
  })

  test.each([
    ['HS with SPV', 'HS', hstatus.spv, SPP, ['S', true]],
    ['HS with SPV, to U', 'HS', hstatus.spv, 0n, ['U', true]],
    ['HS without SPV', 'HS', 0n, SPP, ['S', false]],
    ['HS without SPV, to U', 'HS', 0n, 0n, ['U', false]],
    ['VS, by its own status', 'VS', hstatus.spv, 0n, ['S', true]],
  ] as const)('SRET in %s', (_name, mode, spv, spp, expected) => {
    const hart = inMode('sret', mode)
    hart.writeCsr(Csr.hstatus, spv)
    hart.writeCsr(Csr.sstatus, spp | SPIE)
    hart.writeCsr(Csr.vsstatus, SPP | SPIE)
    hart.writeCsr(Csr.sepc, 0x8000_0400n)
    hart.writeCsr(Csr.vsepc, 0x8000_0500n)
    hart.run(1)
    expect([hart.privilege, hart.virtual]).toEqual(expected)
    expect(hart.pc).toBe(mode === 'HS' ? 0x8000_0400n : 0x8000_0500n)
    expect(hart.readCsr(Csr.hstatus) & hstatus.spv).toBe(mode === 'HS' ? 0n : spv)
    const [used, other] = mode === 'HS' ? [Csr.sstatus, Csr.vsstatus] : [Csr.vsstatus, Csr.sstatus]
    expect(hart.readCsr(used) & (SPP | SIE | SPIE)).toBe(SIE | SPIE)
    expect(hart.readCsr(other) & (SIE | SPIE)).toBe(SPIE)
  })

  test.each([
    ['S with MPV', 1n, true, ['S', true]],
    ['U with MPV', 0n, true, ['U', true]],
    ['M, whatever MPV says', 3n, true, ['M', false]],
    ['S without MPV', 1n, false, ['S', false]],
  ] as const)('MRET to %s', (_name, mpp, mpv, expected) => {
    const { hart } = board('mret', { engine, pmpOpen: true })
    hart.writeCsr(Csr.mstatus, (mpp << 11n) | (mpv ? mstatus.mpv : 0n))
    hart.writeCsr(Csr.mepc, 0x8000_0400n)
    hart.run(1)
    expect([hart.privilege, hart.virtual, hart.pc]).toEqual([...expected, 0x8000_0400n])
    expect(hart.readCsr(Csr.mstatus) & mstatus.mpv).toBe(0n)
  })

  test('instructions of the hypervisor extension are illegal on a hart without it, in every mode', () => {
    for (const code of [
      'hlv.d a0, (a0)',
      'hsv.b a0, (a0)',
      'hfence.vvma',
      'hfence.gvma',
      'csrr a0, hstatus',
    ]) {
      const { hart } = board(code, { engine, extensions: ['M', 'A', 'C'] })
      hart.run(1)
      expect([code, hart.readCsr(Csr.mcause)]).toEqual([code, 2n])
    }
  })

  describe('interrupts', () => {
    const bit = (cause: number) => 1n << BigInt(cause)

    /** A hart in a mode with a guest interrupt pending and enabled in `hie`. */
    function pending(mode: 'VS' | 'VU' | 'HS' | 'U', cause: number, delegated: boolean) {
      const hart = inMode('nop\nnop', mode)
      hart.writeCsr(Csr.hie, 0x444n)
      hart.writeCsr(Csr.hideleg, delegated ? 0x444n : 0n)
      hart.writeCsr(Csr.hvip, bit(cause))
      return hart
    }

    test.each([
      [2, 1],
      [6, 5],
      [10, 9],
    ])('%i is interrupt %i of the guest', (cause, seen) => {
      const hart = pending('VU', cause, true)
      hart.writeCsr(Csr.vstvec, VS_HANDLER | 1n)
      hart.run(1)
      expect([hart.privilege, hart.virtual, hart.pc]).toEqual(['S', true, VS_HANDLER + BigInt(4 * seen)])
      expect(hart.readCsr(Csr.vscause)).toBe((1n << 63n) | BigInt(seen))
      expect(hart.readCsr(Csr.vstval)).toBe(0n)
      expect(hart.counters.traps.interrupts[cause]).toBe(1)
    })

    test.each([
      ['VU', false, 'VS'],
      ['VS', true, 'VS'],
      ['VS', false, undefined],
      ['HS', true, undefined],
      ['U', true, undefined],
    ] as const)('delegated, in %s-mode with vsstatus.SIE %s, goes to %s', (mode, sie, to) => {
      const hart = pending(mode, 6, true)
      hart.writeCsr(Csr.vsstatus, sie ? SIE : 0n)
      hart.run(1)
      expect(hart.pc === VS_HANDLER).toBe(to === 'VS')
      if (to === undefined) expect(hart.pc).toBe(ENTRY + 4n)
    })

    test.each([
      ['VU', false, true],
      ['VS', false, true],
      ['U', false, true],
      ['HS', true, true],
      ['HS', false, false],
    ] as const)('not delegated, in %s-mode with sstatus.SIE %s, goes to HS-mode: %s', (mode, sie, taken) => {
      const hart = pending(mode, 10, false)
      hart.writeCsr(Csr.sstatus, sie ? SIE : 0n)
      hart.run(1)
      expect(hart.pc).toBe(taken ? S_HANDLER : ENTRY + 4n)
      if (!taken) return
      expect(hart.readCsr(Csr.scause)).toBe((1n << 63n) | 10n)
      expect(hart.readCsr(Csr.htinst)).toBe(0n)
      expect(hart.readCsr(Csr.hstatus) & hstatus.spv).toBe(mode.startsWith('V') ? hstatus.spv : 0n)
    })

    test('of HS-mode come before those of the guest, and are taken in the guest whatever SIE says', () => {
      const hart = pending('VS', 10, true)
      hart.writeCsr(Csr.vsstatus, SIE)
      hart.writeCsr(Csr.mideleg, 0x222n)
      hart.writeCsr(Csr.mie, 0x666n)
      hart.writeCsr(Csr.mip, 2n)
      hart.run(1)
      expect([hart.pc, hart.virtual]).toEqual([S_HANDLER, false])
      expect(hart.readCsr(Csr.scause)).toBe((1n << 63n) | 1n)
    })

    test.each([[[9, 1, 5, 10, 2, 6]], [[10, 2, 6]], [[2, 6]], [[6]]])(
      'of %o the first is taken first in HS-mode',
      (causes) => {
        const hart = inMode('nop', 'VS')
        hart.writeCsr(Csr.mideleg, 0x222n)
        hart.writeCsr(Csr.mie, 0x666n)
        const set = causes.reduce((sum, cause) => sum | bit(cause), 0n)
        hart.writeCsr(Csr.mip, set & 0x222n)
        hart.writeCsr(Csr.hvip, set & 0x444n)
        hart.run(1)
        expect(hart.readCsr(Csr.scause)).toBe((1n << 63n) | BigInt(causes[0]!))
      },
    )

    test('of the guest the external one comes first, then software, then the timer', () => {
      for (const [set, first] of [
        [0x444n, 9n],
        [0x44n, 1n],
        [0x40n, 5n],
      ] as const) {
        const hart = pending('VU', 2, true)
        hart.writeCsr(Csr.hvip, set)
        hart.run(1)
        expect(hart.readCsr(Csr.vscause)).toBe((1n << 63n) | first)
      }
    })

    test('enabled by the guest itself is taken behind that instruction', () => {
      const hart = pending('VS', 2, true)
      const code = inMode('csrsi sstatus, 2\nnop', 'VS')
      code.writeCsr(Csr.hie, 0x444n)
      code.writeCsr(Csr.hideleg, 0x444n)
      code.writeCsr(Csr.hvip, 4n)
      code.run(2)
      expect(code.pc).toBe(VS_HANDLER)
      expect(code.readCsr(Csr.vsepc)).toBe(ENTRY + 4n)
      hart.run(1)
      expect(hart.pc).toBe(ENTRY + 4n)
    })

    test('that is pending for the guest ends WFI in HS-mode, and is not taken there', () => {
      const hart = pending('HS', 6, true)
      const waiting = inMode('wfi', 'HS')
      waiting.writeCsr(Csr.hie, 0x444n)
      expect(waiting.run(1).reason).toBe('wfi')
      hart.memory.store32(Number(ENTRY), 0x1050_0073)
      expect(hart.run(1).reason).toBe('budget')
      expect(hart.pc).toBe(ENTRY + 4n)
    })
  })

  test.each([
    ['WFI', 'wfi', hstatus.vtw],
    ['SRET', 'sret', hstatus.vtsr],
    ['SFENCE.VMA', 'sfence.vma', 1n << 20n],
  ] as const)(
    '%s in VS-mode traps to the hypervisor where that asks for it, and not in HS-mode',
    (_name, code, field) => {
      const guest = inMode(code, 'VS')
      guest.writeCsr(Csr.hstatus, field)
      guest.run(1)
      expect(guest.readCsr(Csr.mcause)).toBe(22n)
      const host = inMode(code, 'HS')
      host.writeCsr(Csr.hstatus, field)
      host.run(1)
      expect(host.readCsr(Csr.mcause)).toBe(0n)
    },
  )

  describe('a monitor at HS', () => {
    test('gets what is destined to HS-mode and nothing of what the guest keeps', () => {
      const { hart } = guestBoard('ecall\nebreak', { engine, monitor: 'HS' })
      hart.writeCsr(Csr.hedeleg, 8n)
      hart.writeCsr(Csr.vstvec, ENTRY)
      const before = [Csr.hstatus, Csr.sstatus, Csr.scause].map((csr) => hart.readCsr(csr))
      expect(hart.run(10)).toMatchObject({
        reason: 'trap',
        steps: 1,
        trap: {
          cause: 10,
          virtual: true,
          privilege: 'S',
          pc: ENTRY,
          tval: 0n,
          tval2: 0n,
          tinst: 0n,
          gva: false,
        },
      })
      expect([Csr.hstatus, Csr.sstatus, Csr.scause].map((csr) => hart.readCsr(csr))).toEqual(before)
      hart.pc += 4n
      // The breakpoint is the guest's own; the call at its handler is not.
      expect(hart.run(10)).toMatchObject({ steps: 2, trap: { cause: 10 } })
      expect(hart.readCsr(Csr.vscause)).toBe(3n)
    })

    test('injects a trap into the guest', () => {
      const { hart } = guestBoard('ecall', { engine, monitor: 'HS' })
      const { trap } = hart.run(1)
      hart.writeCsr(Csr.vstvec, VS_HANDLER)
      hart.writeCsr(Csr.vsstatus, SIE)
      hart.enterTrap({ ...trap!, cause: 13, tval: 0x1234n }, 'VS')
      expect([hart.privilege, hart.virtual, hart.pc]).toEqual(['S', true, VS_HANDLER])
      expect(hart.readCsr(Csr.vscause)).toBe(13n)
      expect(hart.readCsr(Csr.vstval)).toBe(0x1234n)
      expect(hart.readCsr(Csr.vsepc)).toBe(ENTRY)
      expect(hart.readCsr(Csr.vsstatus) & (SPP | SIE | SPIE)).toBe(SPP | SPIE)
    })

    test('passes a trap on to HS-mode with all that belongs to it', () => {
      const { hart, second } = guestBoard('ld a1, (a0)', { engine, monitor: 'HS' })
      second.map(DATA, 0, 0)
      hart.writeX(10, BigInt(DATA))
      const { trap } = hart.run(1)
      hart.writeCsr(Csr.stvec, S_HANDLER)
      hart.enterTrap(trap!, 'S')
      expect([hart.privilege, hart.virtual, hart.pc]).toEqual(['S', false, S_HANDLER])
      expect(hart.readCsr(Csr.scause)).toBe(21n)
      expect(hart.readCsr(Csr.htval)).toBe(BigInt(DATA) >> 2n)
      expect(hart.readCsr(Csr.htinst)).toBe(trap!.tinst)
      expect(hart.readCsr(Csr.hstatus) & (hstatus.gva | hstatus.spv | hstatus.spvp)).toBe(
        hstatus.gva | hstatus.spv | hstatus.spvp,
      )
    })
  })

  test('a saved guest goes on where it was', () => {
    const code = '1: addi a1, a1, 1\nsd a1, (a0)\nld a2, (a0)\ncsrrw a3, sscratch, a1\nj 1b'
    const one = guestBoard(code, { engine, monitor: 'HS' })
    const other = guestBoard(code, { engine, monitor: 'HS' })
    one.hart.writeX(10, BigInt(DATA))
    one.hart.run(1002)
    other.hart.loadState(one.hart.saveState())
    other.memory.ram.set(one.memory.ram)
    one.hart.run(100)
    other.hart.run(100)
    const { counters: _a, ...ours } = snapshot(one.hart)
    const { counters: _b, ...theirs } = snapshot(other.hart)
    expect(theirs).toEqual(ours)
    expect(other.hart.virtual).toBe(true)
  })
})

test('virtual is of U and S, on harts that have it', () => {
  const { hart } = board('nop')
  expect(() => {
    hart.virtual = true
  }).toThrow(/M-mode is never virtual/)
  hart.privilege = 'S'
  hart.virtual = true
  hart.privilege = 'U'
  expect(hart.virtual).toBe(true)
  hart.privilege = 'M'
  expect(hart.virtual).toBe(false)
  const without = board('nop', { extensions: ['M', 'A', 'C'] }).hart
  without.privilege = 'S'
  expect(() => {
    without.virtual = true
  }).toThrow(/extension 'H'/)
})

test('the traps of guests have names', () => {
  expect(trapName({ cause: ExceptionCause.virtualInstruction, interrupt: false })).toBe('virtualInstruction')
  expect(trapName({ cause: ExceptionCause.storeGuestPageFault, interrupt: false })).toBe(
    'storeGuestPageFault',
  )
  expect(trapName({ cause: InterruptCause.virtualSupervisorTimer, interrupt: true })).toBe(
    'virtualSupervisorTimer',
  )
})
