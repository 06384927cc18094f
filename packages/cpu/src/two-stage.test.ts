import { assemble, decode, transformedInstruction } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { Csr, ENTRY, engines } from '../test/board.ts'
import { DATA, type GuestBoard, guestBoard, NEXT, Pte } from '../test/guest-board.ts'
import { ExceptionCause } from './trap.ts'

const at = BigInt
const MXR = 1n << 19n
const SUM = 1n << 18n

/** What `htinst` has for an instruction. @param offset - from the address to the faulting one. */
function told(code: string, offset = 0): bigint {
  const { bytes } = assemble(code)
  const word = bytes.reduce((sum, byte, i) => (sum | (byte << (8 * i))) >>> 0, 0)
  return BigInt(transformedInstruction(decode(word)!, offset))
}

describe.each(engines)('%s', (engine) => {
  /** A guest whose a0 is an address, with everything that goes to HS-mode coming back from `run`. */
  function guest(code: string, address: number, change?: (board: GuestBoard) => void): GuestBoard {
    const board = guestBoard(code, { engine, monitor: 'HS' })
    board.hart.writeX(10, at(address))
    change?.(board)
    return board
  }

  const accesses = [
    ['ld a1, 8(a0)', 8, ExceptionCause.loadGuestPageFault, ExceptionCause.loadPageFault],
    ['c.lw a1, 4(a0)', 4, ExceptionCause.loadGuestPageFault, ExceptionCause.loadPageFault],
    ['sw a1, 4(a0)', 4, ExceptionCause.storeGuestPageFault, ExceptionCause.storePageFault],
    ['lr.w a1, (a0)', 0, ExceptionCause.loadGuestPageFault, ExceptionCause.loadPageFault],
    ['sc.d a1, a2, (a0)', 0, ExceptionCause.storeGuestPageFault, ExceptionCause.storePageFault],
    ['amoadd.d a1, a2, (a0)', 0, ExceptionCause.storeGuestPageFault, ExceptionCause.storePageFault],
  ] as const

  describe.each(accesses)('%s', (code, offset, guestFault, pageFault) => {
    test('to what the second stage does not map tells the guest-physical address and the instruction', () => {
      const { hart } = guest(code, DATA, ({ first, second }) => {
        first.map(DATA, DATA + 0x2000, Pte.kernel)
        second.map(DATA + 0x2000, 0, 0)
      })
      expect(hart.run(1)).toMatchObject({
        reason: 'trap',
        steps: 1,
        trap: {
          cause: guestFault,
          tval: at(DATA + offset),
          tval2: at(DATA + 0x2000 + offset) >> 2n,
          tinst: told(code),
          gva: true,
          virtual: true,
          privilege: 'S',
          pc: ENTRY,
        },
      })
    })

    test("to what the guest's own tables do not map tells no guest-physical address", () => {
      const { hart } = guest(code, DATA, ({ first }) => first.map(DATA, 0, 0))
      expect(hart.run(1).trap).toMatchObject({
        cause: pageFault,
        tval: at(DATA + offset),
        tval2: 0n,
        tinst: told(code),
        gva: true,
      })
    })

    test("whose guest's page table is not mapped tells the address of the PTE, and that it was read", () => {
      // Far enough from the code to have a last table of its own.
      const address = DATA + 0x20_0000
      let pte = 0
      const { hart } = guest(code, address, ({ first, second }) => {
        first.map(address, DATA, Pte.kernel)
        pte = first.pte(address)
        second.map(pte - (pte % 4096), 0, 0)
      })
      expect(hart.run(1).trap).toMatchObject({
        cause: guestFault,
        tval: at(address + offset),
        tval2: at(pte) >> 2n,
        tinst: 0x3000n,
        gva: true,
      })
    })

    test('that finds memory where both stages lead does not trap', () => {
      const { hart } = guest(code, DATA, ({ first, second, memory }) => {
        first.map(DATA, DATA + 0x2000, Pte.kernel)
        second.map(DATA + 0x2000, NEXT, Pte.user)
        memory.store64(NEXT + offset, 0x1234n)
      })
      expect(hart.run(1).reason).toBe('budget')
      if (guestFault === ExceptionCause.loadGuestPageFault) expect(hart.readX(11)).toBe(0x1234n)
    })
  })

  test("hardware's update of D in a table that the guest may only read is told as a write", () => {
    let pte = 0
    const { hart, memory } = guest('sd a1, (a0)', DATA, ({ hart, first, second }) => {
      hart.writeCsr(Csr.menvcfg, 1n << 61n)
      hart.writeCsr(Csr.henvcfg, 1n << 61n)
      first.map(DATA, DATA, Pte.kernel & ~Pte.d)
      pte = first.pte(DATA)
      second.map(pte - (pte % 4096), pte - (pte % 4096), Pte.user & ~Pte.w)
    })
    expect(hart.run(1).trap).toMatchObject({
      cause: ExceptionCause.storeGuestPageFault,
      tval2: at(pte) >> 2n,
      tinst: 0x3020n,
    })
    expect(memory.load64(pte)! & 0x80n).toBe(0n)
  })

  test('ADUE of henvcfg decides about the first stage, that of menvcfg about the second', () => {
    for (const adue of [false, true]) {
      const { hart } = guest('ld a1, (a0)', DATA, ({ hart, first, second }) => {
        hart.writeCsr(Csr.menvcfg, 1n << 61n)
        hart.writeCsr(Csr.henvcfg, adue ? 1n << 61n : 0n)
        first.map(DATA, DATA, Pte.kernel & ~Pte.a)
        second.map(DATA, DATA, Pte.user & ~Pte.a)
      })
      expect(hart.run(1).trap?.cause).toBe(adue ? undefined : ExceptionCause.loadPageFault)
    }
  })

  test.each([
    ['loads', 'ld a1, (a0)', ExceptionCause.loadGuestPageFault],
    ['stores', 'sd a1, (a0)', ExceptionCause.storeGuestPageFault],
  ])('%s over a page boundary tell which part failed', (_name, code, cause) => {
    const second = guest(code, NEXT - 3, ({ second }) => second.map(NEXT, 0, 0))
    expect(second.hart.run(1).trap).toMatchObject({
      cause,
      tval: at(NEXT),
      tval2: at(NEXT) >> 2n,
      tinst: told(code, 3),
    })
    const first = guest(code, NEXT - 3, ({ second }) => {
      second.map(DATA, 0, 0)
      second.map(NEXT, 0, 0)
    })
    expect(first.hart.run(1).trap).toMatchObject({
      cause,
      tval: at(NEXT - 3),
      tval2: at(NEXT - 3) >> 2n,
      tinst: told(code),
    })
  })

  test('fetches tell the halfword that failed, and nothing of the instruction', () => {
    const jump = guest('jr a0', DATA, ({ second }) => second.map(DATA, DATA, Pte.user & ~Pte.x))
    expect(jump.hart.run(2).trap).toMatchObject({
      cause: ExceptionCause.instructionGuestPageFault,
      pc: at(DATA),
      tval: at(DATA),
      tval2: at(DATA) >> 2n,
      tinst: 0n,
      gva: true,
    })
    const across = guest('jr a0', NEXT - 2, ({ memory, second }) => {
      memory.store16(NEXT - 2, 0x0013)
      second.map(NEXT, 0, 0)
    })
    expect(across.hart.run(2).trap).toMatchObject({
      cause: ExceptionCause.instructionGuestPageFault,
      pc: at(NEXT - 2),
      tval: at(NEXT),
      tval2: at(NEXT) >> 2n,
      tinst: 0n,
    })
    let pte = 0
    const table = guest('jr a0', DATA, ({ first, second }) => {
      pte = first.pte(DATA)
      second.map(pte - (pte % 4096), 0, 0)
    })
    // The first fetch already needs the table.
    expect(table.hart.run(2).trap).toMatchObject({
      cause: ExceptionCause.instructionGuestPageFault,
      pc: ENTRY,
      tinst: 0x3000n,
    })
  })

  test('without a first stage any address is guest-physical, and too wide a one is a guest-page fault', () => {
    const board = guestBoard('ld a1, (a0)', { engine, monitor: 'HS', stages: 'second' })
    for (const address of [0x200_0000_0000n, 0xffff_ffff_ffff_fff8n, 0x1000n]) {
      board.enter('VS')
      board.hart.writeX(10, address)
      expect(board.hart.run(1).trap).toMatchObject({
        cause: ExceptionCause.loadGuestPageFault,
        tval: address,
        tval2: address >> 2n,
        tinst: told('ld a1, (a0)'),
      })
    }
  })

  test.each([
    ['an executable page of the first stage', Pte.kernel & ~Pte.r & ~Pte.w, Pte.user, [13, 0, 0, 0]],
    ['an executable page of the second stage', Pte.kernel, Pte.user & ~Pte.r & ~Pte.w, [21, 21, 0, 0]],
  ] as const)('%s is readable by MXR of its level', (_name, first, second, [neither, guests, both, all]) => {
    for (const [vsstatus, sstatus, expected] of [
      [0n, 0n, neither],
      [MXR, 0n, guests],
      [0n, MXR, both],
      [MXR, MXR, all],
    ] as const) {
      const { hart } = guest('ld a1, (a0)', DATA, (board) => {
        board.first.map(DATA, DATA, first)
        board.second.map(DATA, DATA, second)
        board.hart.writeCsr(Csr.vsstatus, vsstatus)
        board.hart.writeCsr(Csr.sstatus, sstatus)
      })
      expect([vsstatus, sstatus, hart.run(1).trap?.cause ?? 0]).toEqual([vsstatus, sstatus, expected])
    }
  })

  test("pages of the guest's users are its kernel's by SUM of vsstatus, not of sstatus", () => {
    for (const [vsstatus, sstatus, expected] of [
      [0n, SUM, 13],
      [SUM, 0n, 0],
    ] as const) {
      const { hart } = guest('ld a1, (a0)', DATA, (board) => {
        board.first.map(DATA, DATA, Pte.user)
        board.hart.writeCsr(Csr.vsstatus, vsstatus)
        board.hart.writeCsr(Csr.sstatus, sstatus)
      })
      expect(hart.run(1).trap?.cause ?? 0).toBe(expected)
    }
  })

  test('pages of the second stage must be of users, in VS-mode too', () => {
    const { hart } = guest('ld a1, (a0)', DATA, ({ second }) => second.map(DATA, DATA, Pte.kernel))
    expect(hart.run(1).trap?.cause).toBe(ExceptionCause.loadGuestPageFault)
  })

  describe('HLV, HLVX and HSV', () => {
    const SPVP = 1n << 8n
    const HU = 1n << 9n

    test.each([
      ['a page of the kernel, as the kernel', 'hlv.d a1, (a0)', SPVP, Pte.kernel, Pte.user, 0],
      ['a page of the kernel, as a user', 'hlv.d a1, (a0)', 0n, Pte.kernel, Pte.user, 13],
      ['a page of users, as a user', 'hlv.d a1, (a0)', 0n, Pte.user, Pte.user, 0],
      ['a page of users, as the kernel', 'hlv.d a1, (a0)', SPVP, Pte.user, Pte.user, 13],
      ['a page to read, to write', 'hsv.d a1, (a0)', SPVP, Pte.kernel & ~Pte.w, Pte.user, 15],
      ['a page to write', 'hsv.d a1, (a0)', SPVP, Pte.kernel, Pte.user, 0],
      [
        'a page to read in the second stage, to write',
        'hsv.d a1, (a0)',
        SPVP,
        Pte.kernel,
        Pte.user & ~Pte.w,
        23,
      ],
      ['no page of the second stage', 'hlv.w a1, (a0)', SPVP, Pte.kernel, 0, 21],
      ['code that is not readable', 'hlv.hu a1, (a0)', SPVP, Pte.kernel & ~Pte.r & ~Pte.w, Pte.user, 13],
      [
        'code that is not readable, as code',
        'hlvx.hu a1, (a0)',
        SPVP,
        Pte.kernel & ~Pte.r & ~Pte.w,
        Pte.user & ~Pte.r & ~Pte.w,
        0,
      ],
      ['data, as code', 'hlvx.wu a1, (a0)', SPVP, Pte.kernel & ~Pte.x, Pte.user, 13],
      ['data of the second stage, as code', 'hlvx.wu a1, (a0)', SPVP, Pte.kernel, Pte.user & ~Pte.x, 21],
    ] as const)('of %s', (_name, code, hstatus, first, second, expected) => {
      const board = guestBoard(code, { engine, monitor: 'HS' })
      const { hart } = board
      board.first.map(DATA, DATA, first)
      board.second.map(DATA, DATA, second)
      hart.writeCsr(Csr.hstatus, hstatus)
      board.enter('HS')
      hart.writeX(10, at(DATA))
      const { trap } = hart.run(1)
      expect(trap?.cause ?? 0).toBe(expected)
      if (trap === undefined) return
      expect(trap).toMatchObject({ tval: at(DATA), gva: true, virtual: false, tinst: told(code) })
      expect(trap.tval2).toBe(expected > 15 ? at(DATA) >> 2n : 0n)
    })

    test('work over page boundaries, and tell the part that failed', () => {
      const board = guestBoard('hsv.d a1, (a0)\nhlv.d a2, (a0)', { engine, monitor: 'HS' })
      const { hart, memory } = board
      hart.writeCsr(Csr.hstatus, SPVP)
      board.second.map(NEXT, DATA + 0x3000, Pte.user)
      board.enter('HS')
      hart.writeX(10, at(NEXT - 4))
      hart.writeX(11, 0x8877_6655_4433_2211n)
      hart.run(2)
      expect(hart.readX(12)).toBe(0x8877_6655_4433_2211n)
      expect(memory.load32(DATA + 0x3000)).toBe(0x8877_6655)
      board.second.map(NEXT, 0, 0)
      board.enter('HS')
      expect(hart.run(1).trap).toMatchObject({
        cause: 23,
        tval: at(NEXT),
        tval2: at(NEXT) >> 2n,
        tinst: told('hsv.d a1, (a0)', 4),
      })
    })

    test('are lent to U-mode by HU, and act as SPVP says', () => {
      for (const hstatus of [0n, HU, HU | SPVP]) {
        const board = guestBoard('hlv.d a1, (a0)', { engine, monitor: 'HS' })
        const { hart } = board
        hart.writeCsr(Csr.hstatus, hstatus)
        board.enter('U')
        hart.writeX(10, at(DATA))
        expect(hart.run(1).trap?.cause).toBe(hstatus === 0n ? 2 : hstatus === HU ? 13 : undefined)
      }
    })

    test('take no notice of MPRV', () => {
      const board = guestBoard('hlv.d a1, (a0)', { engine, monitor: 'M' })
      const { hart, memory } = board
      board.first.map(DATA, NEXT, Pte.kernel)
      memory.store64(NEXT, 77n)
      hart.writeCsr(Csr.hstatus, SPVP)
      board.enter('M')
      hart.writeCsr(Csr.mstatus, 1n << 17n)
      hart.writeX(10, at(DATA))
      hart.run(1)
      expect(hart.readX(11)).toBe(77n)
    })

    test('HLVX needs memory that PMP lets be read and executed', () => {
      for (const [permissions, expected] of [
        [7n, undefined],
        [1n, 5],
        [4n, 5],
      ] as const) {
        const board = guestBoard('hlvx.wu a1, (a0)', { engine, monitor: 'HS' })
        const { hart } = board
        // One page, naturally aligned; the last entry opens the rest.
        hart.writeCsr(Csr.pmpaddr0, at(DATA / 4 + 511))
        hart.writeCsr(Csr.pmpcfg0, hart.readCsr(Csr.pmpcfg0) | 0x18n | permissions)
        hart.writeCsr(Csr.hstatus, SPVP)
        board.enter('HS')
        hart.writeX(10, at(DATA))
        expect([permissions, hart.run(1).trap?.cause]).toEqual([permissions, expected])
      }
    })
  })

  test.each([
    ['MPV and S: the guest, as its kernel', 1n, 1n, 0],
    ['MPV and U: the guest, as a user', 1n, 0n, 13],
    ['MPV and M: no translation', 1n, 3n, 0],
    ['S without MPV: no guest', 0n, 1n, 0],
  ])('MPRV with %s', (_name, mpv, mpp, expected) => {
    const board = guestBoard('ld a1, (a0)', { engine, monitor: 'M' })
    const { hart, memory } = board
    board.first.map(DATA, NEXT, Pte.kernel)
    memory.store64(DATA, 1n)
    memory.store64(NEXT, 2n)
    hart.writeCsr(Csr.medeleg, 0n)
    board.enter('M')
    hart.writeCsr(Csr.mstatus, (1n << 17n) | (mpp << 11n) | (mpv << 39n))
    hart.writeX(10, at(DATA))
    const { trap } = hart.run(1)
    expect(trap?.cause ?? 0).toBe(expected)
    if (trap === undefined) expect(hart.readX(11)).toBe(mpv === 1n && mpp !== 3n ? 2n : 1n)
    else expect(trap).toMatchObject({ gva: true, virtual: false, privilege: 'M' })
  })

  test('PMP guards what the second stage leads to, and its tables', () => {
    for (const page of [DATA, 0x8004_0000]) {
      const { hart } = guest('ld a1, (a0)', DATA, ({ hart }) => {
        hart.writeCsr(Csr.pmpaddr0, at(page / 4 + 511))
        hart.writeCsr(Csr.pmpcfg0, hart.readCsr(Csr.pmpcfg0) | 0x18n)
      })
      expect(hart.run(1).trap).toMatchObject({
        cause: page === DATA ? ExceptionCause.loadAccessFault : ExceptionCause.instructionAccessFault,
        gva: true,
        tval2: 0n,
      })
    }
  })

  describe('address spaces', () => {
    const LOOP = '1: ld a1, (a0)\nj 1b'

    test('of two machines with the same addresses live side by side: a switch between them misses nothing', () => {
      const board = guestBoard(LOOP, { engine, monitor: 'HS' })
      const { hart, memory, second } = board
      // The other machine's tables are a copy of the root with another data page.
      const hgatp = hart.readCsr(Csr.hgatp)
      const other = hgatp | (1n << 44n)
      memory.store64(DATA, 1n)
      memory.store64(NEXT, 2n)
      const visit = (machine: bigint): bigint => {
        hart.writeCsr(Csr.hgatp, machine)
        board.enter('VS')
        hart.writeX(10, at(DATA))
        hart.run(2)
        return hart.readX(11)
      }
      expect(visit(hgatp)).toBe(1n)
      second.map(DATA, NEXT, Pte.user)
      expect(visit(other)).toBe(2n)
      const misses = hart.tlbMisses
      // What the first machine has is out of date, and shows that it was kept.
      expect([visit(hgatp), visit(other), visit(hgatp)]).toEqual([1n, 2n, 1n])
      expect(hart.tlbMisses).toBe(misses)
    })

    test.each([
      ['hfence.gvma', 'x0, x0', [2n, 2n]],
      ['hfence.gvma', 'x0, a3', [2n, 1n]],
      ['hfence.gvma', 'x0, a4', [1n, 2n]],
      ['hfence.vvma', 'x0, x0', [2n, 1n]],
      ['hfence.vvma', 'a0, x0', [2n, 1n]],
      ['hfence.vvma', 'a0, a3', [2n, 1n]],
      ['hfence.vvma', 'a0, a4', [1n, 1n]],
      ['sfence.vma', 'x0, x0', [1n, 1n]],
    ] as const)('%s %s drops what it names', (fence, operands, expected) => {
      const board = guestBoard(`${LOOP}\n.org 0x80000100\n${fence} ${operands}`, { engine, monitor: 'HS' })
      const { hart, memory, second } = board
      memory.store64(DATA, 1n)
      memory.store64(NEXT, 2n)
      const zero = hart.readCsr(Csr.hgatp)
      const one = zero | (1n << 44n)
      const visit = (machine: bigint): bigint => {
        hart.writeCsr(Csr.hgatp, machine)
        board.enter('VS')
        hart.writeX(10, at(DATA))
        hart.run(2)
        return hart.readX(11)
      }
      visit(zero)
      visit(one)
      second.map(DATA, NEXT, Pte.user)
      hart.writeCsr(Csr.hgatp, zero)
      board.enter('HS')
      hart.pc = 0x8000_0100n
      hart.writeX(13, 0n)
      hart.writeX(14, 1n)
      hart.run(1)
      expect([visit(zero), visit(one)]).toEqual(expected)
    })

    test("sfence.vma in the guest drops the guest's own entries only", () => {
      const board = guestBoard(`${LOOP}\n.org 0x80000100\nsfence.vma`, { engine, monitor: 'HS' })
      const { hart, memory, first } = board
      memory.store64(DATA, 1n)
      memory.store64(NEXT, 2n)
      const visit = (): bigint => {
        board.enter('VS')
        hart.writeX(10, at(DATA))
        hart.run(2)
        return hart.readX(11)
      }
      visit()
      first.map(DATA, NEXT, Pte.kernel)
      expect(visit()).toBe(1n)
      board.enter('VS')
      hart.pc = 0x8000_0100n
      hart.run(1)
      expect(visit()).toBe(2n)
    })

    test('a change between guest and hypervisor misses nothing', () => {
      const board = guestBoard(LOOP, { engine, monitor: 'HS' })
      const { hart } = board
      const visit = (mode: 'VS' | 'HS') => {
        board.enter(mode)
        hart.writeX(10, at(DATA))
        hart.run(4)
      }
      visit('VS')
      visit('HS')
      const misses = hart.tlbMisses
      for (const mode of ['VS', 'HS', 'VS', 'HS'] as const) visit(mode)
      expect(hart.tlbMisses).toBe(misses)
    })
  })
})
