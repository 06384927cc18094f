import { encodePte, type Pte } from '@worldswitch/mmu'
import { describe, expect, test } from 'vitest'
import { agree, type Board } from '../test/agreement.ts'
import { Csr } from '../test/board.ts'

const RAM = 0x8000_0000
const PAGE = 0x8010_0000
const ROOT = 0x8018_0000
const TARGET = 0x40_0000_0000 - 0x20_0000
const SUM = 1 << 18
const MXR = 1 << 19

/**
 * Loads from, stores to and executes a page, round after round, with a fence after each. Exceptions lead to the next access:
 * those of fetches back to the caller, the others to the next instruction.
 */
const PROGRAM = `
  la t0, handler
  csrw mtvec, t0
  la t0, body
  csrw mepc, t0
  mret
body:
  ld a0, 0(s1)
  sd s3, 8(s1)
  sw s3, 18(s1)
  amoadd.d a1, s3, (s2)
  jalr s1
  ld a0, 0(s1)
  sd s3, 8(s1)
  addi s3, s3, 1
  ecall
  j body
.balign 4
handler:
  csrr t5, mcause
  li t6, 1
  beq t5, t6, back
  li t6, 12
  beq t5, t6, back
  li t6, 8
  beq t5, t6, flush
  li t6, 9
  bne t5, t6, skip
flush:
  sfence.vma
skip:
  csrr t5, mepc
  addi t5, t5, 4
  csrw mepc, t5
  mret
back:
  csrw mepc, ra
  mret`

const RWX = { valid: true, read: true, write: true, execute: true, accessed: true, dirty: true }

interface Case {
  /** What the leaf has instead of RWX with A and D. */
  readonly leaf?: Partial<Pte>
  /** Level of the leaf. */
  readonly level?: number
  /** Where it leads to. */
  readonly to?: number
  /** What the pointer to its table has. */
  readonly pointer?: Partial<Pte>
  /** Address of the accesses. */
  readonly at?: bigint
  readonly mode?: 'U' | 'S'
  /** Bits of `mstatus`. */
  readonly status?: number
  readonly menvcfg?: bigint
  /** Of PMP, before the entry that allows everything. */
  readonly pmp?: readonly [config: bigint, address: bigint]
  readonly levels?: 3 | 4 | 5
}

/** Puts the program and the page into tables, and a hart into the mode. */
const prepare = (given: Case) => (machine: Board) => {
  const { hart, memory } = machine
  const { level = 0, to = PAGE, mode = 'S', levels = 3, at = BigInt(TARGET) } = given
  let next = ROOT + 4096
  const enter = (va: bigint, end: number, leaf: Partial<Pte>, pointer: Partial<Pte> = {}): void => {
    let table = ROOT
    for (let l = levels - 1; ; l--) {
      const entry = table + Number((va >> BigInt(12 + 9 * l)) & 511n) * 8
      if (l === end) {
        memory.store64(entry, encodePte(leaf))
        return
      }
      if (memory.load64(entry) === 0n) {
        memory.store64(entry, encodePte({ valid: true, ppn: next / 4096, ...(l === end + 1 && pointer) }))
        next += 4096
      }
      table = Number((memory.load64(entry)! >> 10n) << 12n)
      // A test has put the table elsewhere.
      if (table < RAM) return
    }
  }
  enter(BigInt(RAM), 1, { ...RWX, ppn: RAM / 4096, user: mode === 'U' })
  enter(at, level, { ...RWX, user: mode === 'U', ppn: to / 4096, ...given.leaf }, given.pointer)
  // jr ra
  memory.store32(PAGE, 0x8067)
  memory.store32(0x8000_0000 + 0x1f_0000, 0x8067)
  hart.writeX(9, at)
  hart.writeX(18, at + 64n)
  const status = BigInt((mode === 'S' ? 1 << 11 : 0) | (given.status ?? 0))
  hart.writeCsr(Csr.mstatus, (hart.readCsr(Csr.mstatus) & ~0x1800n) | status)
  hart.writeCsr(Csr.menvcfg, given.menvcfg ?? 0n)
  if (given.pmp !== undefined) {
    hart.writeCsr(Csr.pmpaddr0, given.pmp[1])
    hart.writeCsr(Csr.pmpaddr0 + 1, (1n << 54n) - 1n)
    hart.writeCsr(Csr.pmpcfg0, given.pmp[0] | 0x1f00n)
  } else {
    hart.writeCsr(Csr.pmpaddr0, (1n << 54n) - 1n)
    hart.writeCsr(Csr.pmpcfg0, 0x1fn)
  }
  hart.writeCsr(Csr.satp, ((8n + BigInt(levels - 3)) << 60n) | BigInt(ROOT / 4096))
}

const napot = (address: number, bytes: number): bigint => BigInt(address / 4 + bytes / 8 - 1)
const NONE = [0, 0, 0] as const
const PAGE_FAULTS = [13, 15, 12] as const
const ACCESS_FAULTS = [5, 7, 1] as const
const ADUE = 1n << 61n
const PBMTE = 1n << 62n
const SMALL = { leaf: { user: true }, mode: 'S' } as const

describe('what the TLB does not have is found', () => {
  const cases: readonly (readonly [string, Case, readonly [load: number, store: number, fetch: number]])[] = [
    ['in a page of 4 KiB', {}, NONE],
    ['in a page of 2 MiB', { level: 1, to: RAM, at: BigInt(TARGET) + 0x10_0000n }, NONE],
    ['in a misaligned page of 2 MiB', { level: 1, to: PAGE }, PAGE_FAULTS],
    ['in the lower half', { at: 0x10_0000n }, NONE],
    ['in the upper half', { at: 0xffff_ffff_ffe0_0000n }, NONE],
    ['at an address that is none', { at: 0x40_0000_0000n }, PAGE_FAULTS],
    ['in four levels', { levels: 4, at: 0xffff_8000_0000_0000n }, NONE],
    ['in five levels', { levels: 5, at: 0xff00_0000_0000_0000n }, NONE],
    ['at an address that is none in five levels', { levels: 5, at: 0x100_0000_0000_0000n }, PAGE_FAULTS],
    ['where nothing is valid', { leaf: { valid: false } }, PAGE_FAULTS],
    ['in a page that cannot be written', { leaf: { write: false } }, [0, 15, 0]],
    ['in a page that cannot be executed', { leaf: { execute: false } }, [0, 0, 12]],
    ['in a page that can only be executed', { leaf: { read: false, write: false } }, [13, 15, 0]],
    [
      'in a page that can only be executed, with MXR',
      { leaf: { read: false, write: false }, status: MXR },
      [0, 15, 0],
    ],
    ['in a page that can be written and not read', { leaf: { read: false } }, PAGE_FAULTS],
    ['behind too many pointers', { leaf: { read: false, write: false, execute: false } }, PAGE_FAULTS],
    ['in a pointer that has A and D', { pointer: { accessed: true } }, PAGE_FAULTS],
    ['in a pointer with a memory type', { pointer: { memoryType: 1 }, menvcfg: PBMTE }, PAGE_FAULTS],
    ['with reserved bits', { leaf: { reserved: 1 } }, PAGE_FAULTS],
    ['with a memory type', { leaf: { memoryType: 1 }, menvcfg: PBMTE }, NONE],
    ['with a memory type where there are none', { leaf: { memoryType: 1 } }, PAGE_FAULTS],
    ['in a page of 64 KiB', { leaf: { napot: true, ppn: PAGE / 4096 + 8 } }, NONE],
    ['in a page of no known size', { leaf: { napot: true, ppn: PAGE / 4096 + 4 } }, PAGE_FAULTS],
    ['without A, which software sets', { leaf: { accessed: false } }, PAGE_FAULTS],
    ['without D, which software sets', { leaf: { dirty: false } }, [0, 15, 0]],
    ['without A, which hardware sets', { leaf: { accessed: false, dirty: false }, menvcfg: ADUE }, NONE],
    ['without D, which hardware sets', { leaf: { dirty: false }, menvcfg: ADUE }, NONE],
    ['in a user page, from S-mode', SMALL, PAGE_FAULTS],
    ['in a user page, from S-mode with SUM', { ...SMALL, status: SUM }, [0, 0, 12]],
    ['in a user page, from U-mode', { mode: 'U' }, NONE],
    ['in a page that is not a user page, from U-mode', { mode: 'U', leaf: { user: false } }, PAGE_FAULTS],
    ['in a page of all address spaces', { leaf: { global: true } }, NONE],
    ['in a page of all address spaces, by a pointer', { pointer: { global: true } }, NONE],
    ['in a page of U-mode of all address spaces', { leaf: { global: true }, mode: 'U' }, NONE],
    ['in a page outside of RAM', { to: 0x1000_0000 }, ACCESS_FAULTS],
    ['in a table outside of RAM', { pointer: { ppn: 0x1_0000 } }, ACCESS_FAULTS],
    ['in a page that PMP forbids', { pmp: [0x18n, napot(PAGE, 4096)] }, ACCESS_FAULTS],
    ['in a page that PMP lets be read', { pmp: [0x19n, napot(PAGE, 4096)] }, [0, 7, 1]],
    ['in a page of which PMP forbids a part', { pmp: [0x18n, napot(PAGE, 64)] }, ACCESS_FAULTS],
    ['in tables that PMP forbids', { pmp: [0x18n, napot(ROOT + 2 * 4096, 8192)] }, ACCESS_FAULTS],
    ['in the larger part of what PMP divides', { pmp: [0x18n, napot(ROOT + 0x4_0000, 0x4_0000)] }, NONE],
  ]
  test.each(cases)('%s', (_name, given, [load, store, fetch]) => {
    const { hart } = agree(PROGRAM, { prepare: prepare(given), steps: 700 })
    const { exceptions } = hart.counters.traps
    const seen = [
      [5, 13],
      [7, 15],
      [1, 12],
    ].map((causes) => causes.filter((cause) => exceptions[cause]! > 0))
    expect(seen).toEqual([load, store, fetch].map((cause) => (cause === 0 ? [] : [cause])))
    expect(exceptions[8]! + exceptions[9]!).toBeGreaterThan(2)
    expect(hart.counters.tlbMisses).toBeGreaterThan(8)
  })
})
