import { describe, expect, test } from 'vitest'
import { Csr, ENTRY, engines } from '../test/board.ts'
import { DATA, type GuestBoard, guestBoard, NEXT, Pte } from '../test/guest-board.ts'

const GLOBAL = Pte.kernel | Pte.g
const SV39 = 8n << 60n
const at = BigInt
const MXR = 1n << 19n

describe.each(engines)('%s', (engine) => {
  /** A guest whose code is global, and whose s1 to s5 are DATA, NEXT, `vsatp` of two address spaces, and an ASID. */
  function guest(code: string, data: number, options: { second?: number } = {}): GuestBoard {
    const board = guestBoard(code, { engine, monitor: 'HS' })
    const { hart, first, second, memory } = board
    first.map(Number(ENTRY), Number(ENTRY), GLOBAL)
    first.map(DATA, DATA, data)
    if (options.second !== undefined) second.map(DATA, DATA, options.second)
    memory.store64(DATA, 4n)
    memory.store64(NEXT, 5n)
    const root = BigInt(first.root / 4096)
    const values = [at(DATA), at(NEXT), SV39 | (1n << 44n) | root, SV39 | (2n << 44n) | root, 2n]
    for (const [i, x] of [9, 18, 19, 20, 21].entries()) hart.writeX(x, values[i])
    hart.writeCsr(Csr.vsatp, values[2])
    return board
  }
  const missesOf = ({ hart }: GuestBoard, steps: number) => {
    const before = hart.tlbMisses
    hart.run(steps)
    return hart.tlbMisses - before
  }

  test('what a guest maps globally is walked to once for all of its address spaces', () => {
    const board = guest(
      `ld a0, 0(s1)
       ld a1, 0(s2)
       csrw satp, s4
       ld a2, 0(s1)
       ld a3, 0(s2)
       csrw satp, s3
       sfence.vma x0, s5
       csrw satp, s4
       ld a4, 0(s1)
       ld a5, 0(s2)
       sfence.vma
       ld a6, 0(s1)`,
      GLOBAL,
    )
    // The code, the shared page, the page of one's own.
    expect(missesOf(board, 2)).toBe(3)
    expect(missesOf(board, 3)).toBe(1)
    // A fence for one address space leaves what they share.
    expect(missesOf(board, 5)).toBe(1)
    // One for all drops it.
    expect(missesOf(board, 2)).toBe(2)
    expect([10, 11, 12, 13, 14, 15, 16].map((x) => board.hart.readX(x))).toEqual([4n, 5n, 4n, 5n, 4n, 5n, 4n])
  })

  test.each([
    ['of the guest', GLOBAL & ~Pte.r & ~Pte.w, Pte.user],
    ['of its hypervisor', GLOBAL, Pte.user & ~Pte.r & ~Pte.w],
  ] as const)('a page that only MXR makes readable is not shared: tables %s', (_name, first, second) => {
    const board = guest('ld a0, 0(s1)\ncsrw satp, s4\nld a1, 0(s1)', first, { second })
    board.hart.writeCsr(Csr.sstatus, MXR)
    expect(missesOf(board, 3)).toBe(3)
  })

  test("a guest's users do not get what its kernel shares", () => {
    const board = guest('ld a0, 0(s1)', GLOBAL)
    missesOf(board, 1)
    board.first.map(Number(ENTRY), Number(ENTRY), Pte.user | Pte.g)
    board.enter('VU')
    expect(board.hart.run(1).trap?.cause).toBe(13)
  })

  test('neither another machine nor the hypervisor gets what a guest shares', () => {
    const board = guest('ld a0, 0(s1)\nld a0, 0(s1)', GLOBAL)
    missesOf(board, 1)
    const { hart, second, first, memory } = board
    second.map(DATA, NEXT, Pte.user)
    hart.writeCsr(Csr.hgatp, SV39 | (1n << 44n) | at(second.root / 4096))
    board.enter('VS')
    hart.run(1)
    expect(hart.readX(10)).toBe(5n)
    first.map(DATA, DATA + 0x2000, GLOBAL)
    memory.store64(DATA + 0x2000, 6n)
    hart.writeCsr(Csr.satp, SV39 | (1n << 44n) | at(first.root / 4096))
    board.enter('HS')
    hart.run(1)
    expect(hart.readX(10)).toBe(6n)
  })

  test('a fence of the second stage drops what a guest shares', () => {
    const board = guest('ld a0, 0(s1)\nhfence.gvma', GLOBAL)
    missesOf(board, 1)
    board.second.map(DATA, NEXT, Pte.user)
    const { hart } = board
    hart.privilege = 'S'
    hart.virtual = false
    hart.run(1)
    board.enter('VS')
    hart.run(1)
    expect(hart.readX(10)).toBe(5n)
  })

  test('after more address spaces than are kept, fences reach those that are in use', () => {
    const board = guest('ld a0, 0(s1)\nsfence.vma s1\nld a0, 0(s1)', GLOBAL & ~Pte.g)
    const { hart, first } = board
    const space = (asid: number) => SV39 | (at(asid) << 44n) | at(first.root / 4096)
    hart.writeCsr(Csr.satp, space(1))
    const load = (mode: 'HS' | 'VS', steps = 1) => {
      board.enter(mode)
      hart.run(steps)
      return hart.readX(10)
    }
    for (const [used, others] of [
      ['HS', 'vsatp'],
      ['VS', 'satp'],
    ] as const) {
      expect([load('HS'), load('VS')]).toEqual([4n, 4n])
      for (let asid = 2; asid < 200; asid++) {
        hart.writeCsr(Csr[others], space(asid))
        load(used === 'HS' ? 'VS' : 'HS')
      }
      expect(load(used)).toBe(4n)
      first.map(DATA, NEXT, Pte.kernel)
      // What is cached may still be used, but not behind the fence.
      expect(load(used, 3)).toBe(5n)
      first.map(DATA, DATA, Pte.kernel)
      load('HS', 3)
      load('VS', 3)
    }
  })

  test.each([
    ['hlv.d a1, (s1)', 'read it', GLOBAL, undefined],
    ['hlvx.wu a1, (a2)', 'executed it', GLOBAL & ~Pte.r & ~Pte.w, undefined],
    ['hsv.d a0, (s1)', 'read it, but may not write it', GLOBAL & ~Pte.w, 15],
    ['hlvx.wu a1, (s1)', 'read it, but may not execute it', GLOBAL & ~Pte.x, 13],
  ] as const)('%s by the hypervisor uses the TLB of a guest that %s', (code, _what, flags, cause) => {
    const board = guest(`ld a0, 0(s1)\n${code}`, code.includes('a2') ? GLOBAL : flags)
    const { hart, first } = board
    hart.writeX(12, ENTRY)
    missesOf(board, 1)
    if (code.includes('a2')) first.map(Number(ENTRY), Number(ENTRY), flags)
    hart.privilege = 'S'
    hart.virtual = false
    hart.writeCsr(Csr.hstatus, 1n << 8n)
    const before = hart.tlbMisses
    const { trap } = hart.run(1)
    expect(trap?.cause).toBe(cause)
    // The fetch misses in HS-mode; what the guest had not found is walked to.
    expect(hart.tlbMisses - before).toBe(cause === undefined ? 1 : 2)
  })
})
