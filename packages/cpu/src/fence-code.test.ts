import { encodePte, type Pte } from '@worldswitch/mmu'
import { describe, expect, test, vi } from 'vitest'
import { agree, type Board } from '../test/agreement.ts'
import { board, Csr } from '../test/board.ts'
import { HartCore } from './hart-core.ts'

const RAM = 0x8000_0000
const ROOT = 0x8001_8000
const LAST_TABLE = ROOT + 2 * 4096
const ONE = 0x8001_0000
const OTHER = 0x8001_1000
const SMALL = { sizes: { ramBytes: 0x2_0000 } }
const PAGE = 0x40_0000_0000 - 0x20_0000
const SUM = 1n << 18n
/** MPP of S-mode, and MPV. */
const TO_S = 0x800n
const TO_GUEST = 1n << 39n
const VMID_SHIFT = 44n

/** A program in S-mode with a function that looks at the page; M-mode steps over traps. ECALL changes between two virtual machines. */
const lookingAt = (body: string): string => `
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
  ${body}
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

/**
 * Enters the page in the TLB for both address spaces, for all that it may be accessed for, and makes its table lead elsewhere;
 * then fences, and looks again in both. `a1` counts what was seen of the old and of the new page.
 */
const program = (fence: string): string =>
  lookingAt(`
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
  sfence.vma`)

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
      [9, BigInt(PAGE + (superpage ? ONE - RAM : 0))],
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
    ['its address after all of the first address space', 'sfence.vma zero, s0\n sfence.vma s1'],
    ['its address and one that is none', 'sfence.vma s1\n li t3, -1\n sfence.vma t3'],
  ])('a fence of %s is the same everywhere', (_fence, fence) => {
    const { hart } = agree(program(fence), {
      options: SMALL,
      prepare: prepare(leaf, superpage, guest),
      steps: 900,
    })
    expect(hart.counters.tlbMisses).toBeGreaterThan(3)
    expect(hart.counters.steps).toBe(900)
  })
})

// There are 510 numbers, and two of them are given up with each fence.
test.each([252, 253, 254])(
  'fences are the same everywhere when the numbers of contexts were used up, with %i fences',
  (fences) => {
    const body = `
  csrw satp, s3
  jal look
  csrw satp, s4
  jal look
  li t3, ${fences}
1: sfence.vma zero, s9
  addi t3, t3, -1
  bnez t3, 1b
2: sfence.vma s1, s0
  jal look
  csrw satp, s3
  jal look
  csrw satp, s4
  j 2b`
    agree(lookingAt(body), { options: SMALL, prepare: prepare({}, false, false), steps: 1000 })
  },
)

describe.each([
  ['outside of guests', false],
  ['in a guest', true],
] as const)('fences of an address are executed in WebAssembly, %s', (_name, guest) => {
  test.each([
    ['from the first one on', 'sfence.vma s1'],
    ['also when address spaces have come and gone often', 'sfence.vma zero, s9\n sfence.vma s1'],
  ])('%s', (_when, fence) => {
    const fences = vi.spyOn(HartCore.prototype, 'fenceTranslations')
    const machine = board(program(fence), { ...SMALL, engine: 'interpreter' })
    prepare({}, false, guest)(machine)
    const before = machine.hart.fences
    machine.hart.run(5000)
    expect(machine.hart.fences - before).toBeGreaterThan(200)
    expect(machine.hart.virtual).toBe(guest)
    expect(fences.mock.calls.filter(([hasAddress]) => hasAddress)).toEqual([])
    fences.mockRestore()
  })
})
