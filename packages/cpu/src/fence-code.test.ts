import { encodePte, type Pte } from '@worldswitch/mmu'
import { describe, expect, test, vi } from 'vitest'
import { agree, type Board } from '../test/agreement.ts'
import { board, Csr } from '../test/board.ts'
import { HartCore } from './hart-core.ts'

const RAM = 0x8000_0000
const ROOT = 0x8018_0000
const LAST_TABLE = ROOT + 2 * 4096
const ONE = 0x8010_0000
const OTHER = 0x8010_1000
const PAGE = 0x40_0000_0000 - 0x20_0000
const SUM = 1n << 18n
/** MPP of S-mode, and MPV. */
const TO_S = 0x800n
const TO_GUEST = 1n << 39n
const VMID_SHIFT = 44n

/**
 * Enters the page in the TLB for both address spaces, for all that it may be accessed for, and makes its table lead elsewhere;
 * then fences, and looks again in both. `a1` and `a3` count what was seen of the old and of the new page. ECALL changes between two
 * virtual machines.
 */
const program = (fence: string): string => `
  la t0, handler
  csrw mtvec, t0
  la t0, body
  csrw mepc, t0
  mret
look:
  lw a0, 0(s1)
  add a1, a1, a0
  csrs sstatus, s7
  lw a0, 4(s1)
  sw a0, 8(s1)
  csrc sstatus, s7
  jr ra
body:
  li s8, 12
again:
  csrw satp, s3
  jal look
  csrw satp, s4
  jal look
  ld t1, 0(s5)
  ld t2, 0(s6)
  sd t2, 0(s5)
  sd t1, 0(s6)
  ${fence}
  jal look
  csrw satp, s3
  jal look
  ${fence}
  jal look
  addi s8, s8, -1
  bnez s8, again
  sfence.vma
  j body
.balign 4
handler:
  csrr t5, mepc
  addi t5, t5, 4
  csrw mepc, t5
  csrr t6, hgatp
  xor t6, t6, tp
  csrw hgatp, t6
  mret`

const RWX = { valid: true, read: true, write: true, execute: true, accessed: true, dirty: true }

const prepare =
  (leaf: Partial<Pte>, superpage: boolean, guest: boolean) =>
  ({ hart, memory }: Board) => {
    const put = (at: number, pte: Partial<Pte>) => memory.store64(at, encodePte(pte))
    put(ROOT + 2 * 8, { ...RWX, ppn: RAM / 4096, global: true })
    put(ROOT + 255 * 8, { valid: true, ppn: (ROOT + 4096) / 4096 })
    if (superpage) {
      put(ROOT + 4096 + 511 * 8, { ...RWX, ppn: RAM / 4096, ...leaf })
      put(LAST_TABLE, { ...RWX, ppn: RAM / 4096 + 0x200, ...leaf })
    } else {
      put(ROOT + 4096 + 511 * 8, { valid: true, ppn: LAST_TABLE / 4096 })
      put(LAST_TABLE, { ...RWX, ppn: ONE / 4096, ...leaf })
      put(LAST_TABLE + 8, { ...RWX, ppn: OTHER / 4096, ...leaf })
    }
    memory.store32(ONE, 1)
    memory.store32(OTHER, 0x1_0000)
    const space = (asid: bigint): bigint => (8n << 60n) | (asid << 44n) | BigInt(ROOT / 4096)
    for (const [register, value] of [
      [9, BigInt(PAGE + (superpage ? 0x10_0000 : 0))],
      [19, space(1n)],
      [20, space(2n)],
      [21, BigInt(superpage ? ROOT + 4096 + 511 * 8 : LAST_TABLE)],
      [22, BigInt(superpage ? LAST_TABLE : LAST_TABLE + 8)],
      [23, SUM],
      [8, 1n],
      [25, 2n],
      [26, BigInt(PAGE)],
      [27, BigInt(RAM)],
      [4, guest ? 1n << VMID_SHIFT : 0n],
    ] as const)
      hart.writeX(register, value)
    hart.writeCsr(Csr.pmpaddr0, (1n << 54n) - 1n)
    hart.writeCsr(Csr.pmpcfg0, 0x1fn)
    const status = (hart.readCsr(Csr.mstatus) & ~0x1800n) | TO_S
    hart.writeCsr(Csr.mstatus, guest ? status | TO_GUEST : status)
    // Bare: a guest's physical addresses are the machine's.
    if (guest) hart.writeCsr(Csr.hgatp, 6n << VMID_SHIFT)
  }

describe.each([
  ['a page', {}, false, false],
  ['a page of all address spaces', { global: true }, false, false],
  ['a user page', { user: true }, false, false],
  ['a superpage', {}, true, false],
  ['a superpage of all address spaces', { global: true }, true, false],
  ["a guest's page", {}, false, true],
  ["a page of all a guest's address spaces", { global: true }, false, true],
  ["a page of a guest's user", { user: true }, false, true],
] as const)('of %s', (_name, leaf, superpage, guest) => {
  test.each([
    ['nothing', 'nop'],
    ['its address', 'sfence.vma s1'],
    ['its address in the first address space', 'sfence.vma s1, s0'],
    ['its address in the second address space', 'sfence.vma s1, s9'],
    ['its address in one that is not there', 'sfence.vma s1, s1'],
    ['an address beside it', 'sfence.vma s10'],
    ['an address of the program', 'sfence.vma s11'],
    ['all addresses', 'sfence.vma'],
    ['all of the second address space', 'sfence.vma zero, s9'],
    ['its address in one of two machines', 'sfence.vma s1\n ecall'],
    ['its address and one that is none', 'sfence.vma s1\n li t3, -1\n sfence.vma t3'],
  ])('a fence of %s is the same everywhere', (_fence, fence) => {
    const { hart } = agree(program(fence), { prepare: prepare(leaf, superpage, guest), steps: 900 })
    expect(hart.counters.tlbMisses).toBeGreaterThan(3)
    expect(hart.counters.steps).toBe(900)
  })
})

test.each([
  ['outside of guests', false],
  ['in a guest', true],
] as const)('fences of an address are executed in WebAssembly, %s', (_name, guest) => {
  const fences = vi.spyOn(HartCore.prototype, 'fenceTranslations')
  const machine = board(program('sfence.vma s1'), { engine: 'interpreter' })
  prepare({}, false, guest)(machine)
  // The first one finds out which contexts there are.
  machine.hart.run(250)
  fences.mockClear()
  const before = machine.hart.fences
  machine.hart.run(100)
  expect(machine.hart.fences - before).toBeGreaterThan(4)
  expect(machine.hart.virtual).toBe(guest)
  expect(fences).not.toHaveBeenCalled()
  fences.mockRestore()
})
