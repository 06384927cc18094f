import { encodePte, type Pte } from '@worldswitch/mmu'
import { describe, expect, test } from 'vitest'
import { agree, type Board } from '../test/agreement.ts'
import { Csr } from '../test/board.ts'

const RAM = 0x8000_0000
const ROOT = 0x8018_0000
const LAST_TABLE = ROOT + 2 * 4096
const ONE = 0x8010_0000
const OTHER = 0x8010_1000
const PAGE = 0x40_0000_0000 - 0x20_0000
const SUM = 1n << 18n

/**
 * Enters the page in the TLB for both address spaces, for all that it may be accessed for, and makes its table lead elsewhere;
 * then fences, and looks again in both. `a1` and `a3` count what was seen of the old and of the new page.
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
  mret`

const RWX = { valid: true, read: true, write: true, execute: true, accessed: true, dirty: true }

const prepare =
  (leaf: Partial<Pte>, superpage: boolean) =>
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
    ] as const)
      hart.writeX(register, value)
    hart.writeCsr(Csr.pmpaddr0, (1n << 54n) - 1n)
    hart.writeCsr(Csr.pmpcfg0, 0x1fn)
    hart.writeCsr(Csr.mstatus, (hart.readCsr(Csr.mstatus) & ~0x1800n) | 0x800n)
  }

describe.each([
  ['a page', {}, false],
  ['a page of all address spaces', { global: true }, false],
  ['a user page', { user: true }, false],
  ['a superpage', {}, true],
  ['a superpage of all address spaces', { global: true }, true],
] as const)('of %s', (_name, leaf, superpage) => {
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
    ['its address and one that is none', 'sfence.vma s1\n li t3, -1\n sfence.vma t3'],
  ])('a fence of %s is the same everywhere', (_fence, fence) => {
    const { hart } = agree(program(fence), { prepare: prepare(leaf, superpage), steps: 900 })
    expect(hart.counters.tlbMisses).toBeGreaterThan(3)
    expect(hart.counters.steps).toBe(900)
  })
})
