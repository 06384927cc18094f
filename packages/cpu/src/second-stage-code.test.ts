import { RandomSource } from '@worldswitch/isa/vectors'
import { SUPERPAGE_FILTER_WORDS, TwoStageWalker } from '@worldswitch/mmu'
import { describe, expect, test, vi } from 'vitest'
import { expectSame } from '../test/agreement.ts'
import { board, Csr, ENTRY } from '../test/board.ts'
import { Pte, Tree } from '../test/guest-board.ts'
import type { Hart, MachineMemory } from './index.ts'
import { State, TABLE_PAGES, WATCH_BYTES } from './state-layout.ts'

const HANDLER = 0x8000_1000
const LIST = 0x8000_2000
/** Physical memory: what a superpage maps, pages behind the guest's data, and behind its tables. */
const RAM = Number(ENTRY)
const FRAMES = 0x8001_0000
const TABLE_FRAMES = 0x8018_0000
const SECOND_STAGE = 0x8010_0000
/** The same in guest-physical memory; what the root's two more bits select is among it. */
const GUEST_FRAMES = 0x180_4000_0000
const GUEST_LARGE = 0x180_8000_0000
const GUEST_TABLES = 0x9000_0000
const SUM = 1n << 18n
const MXR = 1n << 19n
const ADUE = 1n << 61n
const PBMTE = 1n << 62n
/** `jr ra` */
const RETURN = 0x8067
/** Where the program's atomic instruction accesses a page: their faults are TypeScript's. */
const ATOMIC = 128

/**
 * Loads from, stores to and executes the pages of a list, round after round. Page faults lead to the next access in the guest, other
 * exceptions in M-mode. After each round translations are fenced, those of the second stage seldom.
 */
const PROGRAM = `
body:
  la s0, body
  lui t0, 2
  add s0, s0, t0
next:
  ld s1, 0(s0)
  beqz s1, end
  ld a0, 64(s1)
  add s4, s4, a0
  sd s3, 72(s1)
  sw s3, 82(s1)
  addi s2, s1, 128
  amoadd.d a1, s3, (s2)
  jalr s1
  ld a0, 64(s1)
  sd s3, 136(s1)
  addi s3, s3, 1
  addi s0, s0, 8
  j next
end:
  ecall
  j body
.balign 4
machine:
  csrr t5, mcause
  li t6, 8
  beq t5, t6, flush
  li t6, 10
  beq t5, t6, flush
  li t6, 1
  beq t5, t6, back
  li t6, 20
  beq t5, t6, back
  j skip
flush:
  addi s5, s5, 1
  andi t6, s5, 3
  bnez t6, short
  hfence.gvma
short:
  hfence.vvma
skip:
  csrr t5, mepc
  addi t5, t5, 4
  csrw mepc, t5
  mret
back:
  csrw mepc, ra
  mret
.balign 4096
  csrr t5, scause
  li t6, 12
  beq t5, t6, return
  csrr t5, sepc
  addi t5, t5, 4
  csrw sepc, t5
  sret
return:
  csrw sepc, ra
  sret`

/** Random tables; more on demand. */
const SEEDS = Number(process.env.WORLDSWITCH_FUZZ ?? 20)

interface Leaf {
  /** Bits over those of a page that permits all. */
  readonly set?: bigint
  readonly clear?: number
  readonly level?: 0 | 1
}

interface Case {
  readonly levels?: 0 | 3 | 4 | 5
  readonly secondLevels?: 0 | 3 | 4 | 5
  readonly first?: Leaf
  readonly second?: Leaf
  /** Of the second stage, for the guest's tables. */
  readonly tables?: Leaf
  readonly mode?: 'VS' | 'VU'
  readonly vsstatus?: bigint
  readonly mstatus?: bigint
  readonly menvcfg?: bigint
  readonly henvcfg?: bigint
}

interface Machine {
  readonly hart: Hart
  readonly memory: MachineMemory
  /** Maps another page for the program to use. */
  use(va: number, leaves: Pick<Case, 'first' | 'second'>): void
}

const flagsOf = ({ set = 0n, clear = 0 }: Leaf, user: boolean): bigint =>
  set | BigInt((user ? Pte.user : Pte.kernel) & ~clear)

/** @param places - places of tables in guest-physical memory, in pages. */
function machineOf(given: Case, places: () => number): Machine {
  const { levels = 3, secondLevels = 3, mode = 'VS', tables = {} } = given
  const sizes = { ramBytes: 0x20_0000, tlbEntries: 64 }
  const { hart, memory, program } = board(PROGRAM, { engine: 'interpreter', sizes, pmpOpen: true })
  let frames = 0
  const hosts = new Map<number, number>()
  const second = new Tree(memory, SECOND_STAGE, { levels: secondLevels || 3 })
  const isDirect = secondLevels === 0
  const newPage = (): number => {
    const host = TABLE_FRAMES + frames++ * 4096
    if (isDirect) return host
    const guest = GUEST_TABLES + places() * 4096
    hosts.set(guest, host)
    second.map(guest, host, flagsOf(tables, true))
    return guest
  }
  const physical = (address: number): number => hosts.get(address) ?? address
  const first = new Tree(memory, newPage(), { levels: levels || 3, newPage, physical })
  const user = mode === 'VU'
  for (const page of [Number(ENTRY), HANDLER, LIST]) {
    second.map(page, page, Pte.user)
    first.map(page, page, user && page !== HANDLER ? Pte.user : Pte.kernel)
  }
  let used = 0
  const use = (va: number, { first: own = {}, second: below = {} }: Pick<Case, 'first' | 'second'>): void => {
    const index = used++
    const isLarge = own.level === 1
    const start = isLarge ? RAM : FRAMES + index * 4096
    const guest = isDirect ? start : isLarge ? GUEST_LARGE : GUEST_FRAMES + index * 4096
    second.map(guest, start, flagsOf(below, true), own.level)
    if (levels !== 0) first.map(va, guest, flagsOf(own, user), own.level)
    const inside = isLarge ? va % 0x20_0000 : 0
    memory.store64(LIST + 8 * index, BigInt(levels === 0 ? guest + inside : va))
    memory.store32(start + inside, RETURN)
  }
  hart.writeCsr(Csr.mtvec, program.symbols.get('machine')!)
  hart.writeCsr(Csr.medeleg, 0xb000n)
  hart.writeCsr(Csr.hedeleg, 0xb000n)
  hart.writeCsr(Csr.vstvec, BigInt(HANDLER))
  hart.writeCsr(Csr.menvcfg, given.menvcfg ?? 0n)
  hart.writeCsr(Csr.henvcfg, given.henvcfg ?? 0n)
  hart.writeCsr(Csr.mstatus, hart.readCsr(Csr.mstatus) | (given.mstatus ?? 0n))
  hart.writeCsr(Csr.vsstatus, given.vsstatus ?? 0n)
  const satp = (mode: number, root: number): bigint =>
    mode === 0 ? 0n : (BigInt(mode + 5) << 60n) | BigInt(root / 4096)
  hart.writeCsr(Csr.hgatp, satp(secondLevels, second.root))
  hart.writeCsr(Csr.vsatp, satp(levels, first.root))
  hart.privilege = user ? 'U' : 'S'
  hart.virtual = true
  return { hart, memory, use }
}

/** Runs to a number of steps in all. @param slice - steps of one call at most. */
function run({ hart }: Machine, steps: number, slice = steps): void {
  while (hart.counters.steps < steps) hart.run(Math.min(slice, steps - hart.counters.steps))
}

/** Has TypeScript do all walks: there is no memory for others. */
function leaveToTypeScript({ memory }: Machine): void {
  new DataView(memory.memory.buffer).setBigInt64(memory.stateOffset(0) + State.openBytes, 0n, true)
}

/** What is cached of translations: TLB, superpages, watched stores, the guest's tables. */
function cached({ memory }: Machine): Record<string, Buffer> {
  const { buffer } = memory.memory
  const state = memory.stateOffset(0)
  return {
    tlb: Buffer.from(buffer, memory.tlbOffset(0), memory.tlbLayout.byteSize),
    superpages: Buffer.from(buffer, state + State.superpages, 4 * SUPERPAGE_FILTER_WORDS),
    watched: Buffer.from(buffer, state + State.watch, WATCH_BYTES),
    tables: Buffer.from(buffer, state + State.tablePages, 2 * 8 * TABLE_PAGES),
  }
}

const walks = vi.spyOn(TwoStageWalker.prototype, 'walk')
/** Walks of two stages by TypeScript, but for those of atomic instructions. */
const walksOf = (act: () => void): number => {
  walks.mockClear()
  act()
  return walks.mock.calls.filter(([low]) => (low & 0xfff) !== ATOMIC).length
}

/** Machines whose walks are done by WebAssembly and by TypeScript. */
function machines(make: () => Machine): readonly [fast: Machine, slow: Machine] {
  const [fast, slow] = [make(), make()]
  leaveToTypeScript(slow)
  return [fast, slow]
}

/** Expects the same state, counters and caches. */
function expectEqual(fast: Machine, slow: Machine, hint?: unknown): void {
  expectSame(slow, fast, hint)
  const [one, other] = [cached(fast), cached(slow)]
  for (const [name, bytes] of Object.entries(one)) {
    expect({ hint, name, same: bytes.equals(other[name]!) }).toEqual({ hint, name, same: true })
  }
}

const NONE = [0, 0, 0] as const
const PAGE_FAULTS = [13, 15, 12] as const
const GUEST_FAULTS = [21, 23, 20] as const
const all = { clear: Pte.v }
const A = { clear: Pte.a }
const D = { clear: Pte.d }
const NC = { set: 1n << 61n }
const GLOBAL = BigInt(Pte.g)
const USER = BigInt(Pte.u)
const XONLY = { clear: Pte.r | Pte.w }

describe('what the TLB does not have of a guest is found', () => {
  /** Exceptions of loads, stores and fetches; whether WebAssembly does all walks of a round. */
  type Expected = readonly [exceptions: readonly number[], byWebAssembly: boolean]
  const rows: readonly (readonly [string, Case, ...Expected])[] = [
    ['in pages of 4 KiB', {}, NONE, true],
    ['in four levels behind five', { levels: 4, secondLevels: 5 }, NONE, true],
    ['in five levels behind four', { levels: 5, secondLevels: 4 }, NONE, true],
    ['at guest-physical addresses', { levels: 0 }, NONE, true],
    ['without a second stage', { secondLevels: 0 }, NONE, true],
    ['in a page of 2 MiB', { first: { level: 1 } }, NONE, true],
    ['in a page of all address spaces', { first: { set: GLOBAL } }, NONE, true],
    ['in a page of all of them, with MXR', { first: { set: GLOBAL }, vsstatus: MXR }, NONE, true],
    ['from VU-mode', { mode: 'VU' }, NONE, true],
    ['from VU-mode in a page of the kernel', { mode: 'VU', first: { clear: Pte.u } }, PAGE_FAULTS, true],
    ['in a user page', { first: { set: USER } }, PAGE_FAULTS, true],
    ['in a user page with SUM', { first: { set: USER }, vsstatus: SUM }, [0, 0, 12], true],
    ['in a user page with SUM of others', { first: { set: USER }, mstatus: SUM }, PAGE_FAULTS, true],
    ['where nothing is valid', { first: all }, PAGE_FAULTS, true],
    ['in a page that cannot be written', { first: { clear: Pte.w } }, [0, 15, 0], true],
    ['in a page that cannot be executed', { first: { clear: Pte.x } }, [0, 0, 12], true],
    ['in a page that can only be executed', { first: XONLY }, [13, 15, 0], true],
    ['in such a page with MXR', { first: XONLY, vsstatus: MXR }, [0, 15, 0], true],
    ['in such a page with MXR of both', { first: XONLY, mstatus: MXR }, [0, 15, 0], true],
    ['without A, which software sets', { first: A }, PAGE_FAULTS, true],
    ['without D, which software sets', { first: D }, [0, 15, 0], true],
    ['without A, which hardware sets', { first: A, menvcfg: ADUE, henvcfg: ADUE }, NONE, true],
    ['without A, which hardware sets outside alone', { first: A, menvcfg: ADUE }, PAGE_FAULTS, true],
    ['with a memory type', { first: NC, menvcfg: PBMTE, henvcfg: PBMTE }, NONE, false],
    ['where the second stage has nothing', { second: all }, GUEST_FAULTS, false],
    ['where it is not for U-mode', { second: { clear: Pte.u } }, GUEST_FAULTS, false],
    ['where it lets nobody write', { second: { clear: Pte.w } }, [0, 23, 0], false],
    ['where it lets nobody execute', { second: { clear: Pte.x } }, [0, 0, 20], false],
    ['where it lets nobody read', { second: XONLY, vsstatus: MXR }, [21, 23, 0], false],
    ['where with MXR it lets everybody read', { second: XONLY, mstatus: MXR }, [0, 23, 0], false],
    ['where it has no A', { second: A }, GUEST_FAULTS, false],
    ['where it has no D', { second: D }, [0, 23, 0], false],
    ['where it has no D, which hardware sets', { second: D, menvcfg: ADUE }, NONE, true],
    ['where it has a memory type', { second: NC, menvcfg: PBMTE }, NONE, false],
    ['in tables that can only be read', { tables: { clear: Pte.w | Pte.x } }, NONE, true],
    ['in tables without D', { tables: D }, NONE, true],
  ]
  test.each(rows)('%s', (_name, given, exceptions, byWebAssembly) => {
    const [fast, slow] = machines(() => {
      let place = 0
      const machine = machineOf(given, () => 7 * ++place)
      const bare = given.levels === 0
      const large = given.first?.level === 1
      for (let i = 0; i < 3; i++)
        machine.use(bare ? 0 : 0x4021_0000 + i * (large ? 0x3000 : 0x7f_d000), given)
      return machine
    })
    // Four rounds and more: code has records, hardware has set A and D.
    for (const each of [fast, slow]) run(each, 1000)
    const before = fast.hart.tlbMisses
    const byTypeScript = walksOf(() => run(fast, 2000))
    expect(byTypeScript === 0).toBe(byWebAssembly)
    const misses = fast.hart.tlbMisses - before
    expect(misses).toBeGreaterThan(10)
    expect(walksOf(() => run(slow, 2000))).toBeGreaterThan(10)
    expectEqual(fast, slow)
    const counts = fast.hart.counters.traps.exceptions
    const seen = [
      [5, 13, 21],
      [7, 15, 23],
      [1, 12, 20],
    ].map((causes) => causes.filter((cause) => counts[cause]! > 0))
    expect(seen).toEqual(exceptions.map((cause) => (cause === 0 ? [] : [cause])))
  })
})

describe('random tables', () => {
  const leafOf = (source: RandomSource): Leaf => {
    if (source.chance(60)) return { set: source.of([0n, 0n, GLOBAL]) }
    const bits = [Pte.v, Pte.r, Pte.w, Pte.x, Pte.u, Pte.a, Pte.d, Pte.r | Pte.w, Pte.a | Pte.d]
    return { clear: source.of(bits), set: source.of([0n, 0n, 0n, GLOBAL, 1n << 61n, 1n << 63n, 1n << 58n]) }
  }
  const randomMachine = (seed: number): Machine => {
    const source = new RandomSource(seed)
    const levels = source.of([3, 4, 5, 3, 0] as const)
    const given: Case = {
      levels,
      secondLevels: source.of([3, 4, 5, 3, 0] as const),
      tables: source.chance(80) ? {} : leafOf(source),
      mode: source.of(['VS', 'VU'] as const),
      vsstatus: source.of([0n, SUM, MXR, SUM | MXR]),
      mstatus: source.of([0n, 0n, MXR, SUM]),
      menvcfg: source.of([0n, ADUE, PBMTE, ADUE | PBMTE]),
      henvcfg: source.of([0n, ADUE, PBMTE, ADUE | PBMTE]),
    }
    // Some tables share the place where they are remembered.
    const taken = new Set<number>()
    const place = (): number => {
      let page: number
      do page = source.below(source.of([64, 256]))
      while (taken.has(page))
      taken.add(page)
      return page
    }
    const machine = machineOf(given, place)
    for (let i = 0; i < 12; i++) {
      const gigabyte = 1 + source.below(source.of([1, 4, 250])) * source.of([1, levels === 5 ? 2 ** 9 : 1])
      const va = gigabyte * 2 ** 30 + source.below(source.of([1, 3])) * 2 ** 21 + source.below(512) * 4096
      const leaves = { first: leafOf(source), second: leafOf(source) }
      // Where no other tables are.
      const large = (251 + (i % 5)) * 2 ** 30 + i * 2 ** 21 + 0x1_0000 + i * 4096
      if (source.chance(25)) machine.use(large, { ...leaves, first: { ...leaves.first, level: 1 } })
      else machine.use(va, leaves)
    }
    return machine
  }

  test(
    'are walked by WebAssembly as by TypeScript',
    () => {
      let [byTypeScript, misses, exceptions] = [0, 0, 0]
      for (let seed = 0; seed < SEEDS; seed++) {
        const [fast, slow] = machines(() => randomMachine(seed))
        for (const steps of [37, 400, 2000]) {
          byTypeScript += walksOf(() => run(fast, steps))
          run(slow, steps, 13)
          expectEqual(fast, slow, seed)
        }
        misses += fast.hart.tlbMisses
        exceptions += fast.hart.counters.traps.exceptions.reduce((sum, each) => sum + each, 0)
      }
      expect(exceptions).toBeGreaterThan(20 * SEEDS)
      expect(byTypeScript).toBeLessThan(misses / 2)
    },
    30_000 + 100 * SEEDS,
  )
})
