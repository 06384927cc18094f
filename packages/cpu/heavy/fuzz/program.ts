import { assemble } from '@worldswitch/isa'
import { RandomSource } from '@worldswitch/isa/vectors'
import { frameRange, GStageTable, gpa, gva, hpa, PageTable } from '@worldswitch/mmu'
import { BlockMemory } from './block-memory.ts'
import {
  BLOCK_SIZE,
  CODE,
  DATA,
  DATA_PAGES,
  HANDLERS,
  NESTED_TABLES,
  RECORD,
  SLOT,
  SLOTS,
  TABLES,
  USER_ALIAS,
} from './layout.ts'
import type { MachineUnderTest } from './machine-under-test.ts'
import { type Mode, registerUse, Slots } from './slots.ts'
import type { Supervisor } from './supervisor.ts'
import { randomFloat, randomValue } from './values.ts'

/** A program: its block, and what to say about it. */
export interface FuzzProgram {
  readonly seed: number
  readonly mode: Mode
  readonly bytes: Uint8Array
  readonly prologue: string
  /** Slots of its code into which it stores new code. */
  readonly rewritten: ReadonlySet<number>
}

const PAGE = 4096
const ECALL = 0x73
const MPV = 1n << 39n
const MXR = 1n << 19n
/** The only legal ones; the peer keeps others. */
const UXL_64 = 2n << 32n
const SXL_64 = 2n << 34n
const NAPOT = 1n << 63n

/** Exceptions that may be delegated. Not those of fetches and of the handlers' own calls: these end in M-mode. */
const DELEGABLE = [0, 2, 3, 4, 5, 6, 7, 8, 13, 15]
const GUEST_DELEGABLE = [21, 22, 23]

/**
 * Causes of which the peer now and then raises the first where the second is due. Where both go to the same level, the
 * program goes on alike.
 */
const CONFUSED: readonly (readonly [bigint, bigint])[] = [
  [4n, 6n],
  [5n, 7n],
  [5n, 21n],
  [7n, 23n],
  [13n, 15n],
  [2n, 22n],
]

/** Some of the causes, these mostly together. */
function delegation(source: RandomSource, causes: readonly number[]): bigint {
  const [all, some] = [bitsOf(causes), bitsOf(causes.filter(() => source.chance(50)))]
  if (source.chance(6)) return some
  return CONFUSED.reduce((mask, [a, b]) => (mask & ~(1n << b)) | (((mask >> a) & 1n) << b), some) & all
}

const bitsOf = (numbers: readonly number[]): bigint =>
  numbers.reduce((mask, number) => mask | (1n << BigInt(number)), 0n)

/** Writes a program into a block. Everything follows from the arguments. */
export function fuzzProgram(
  seed: number,
  block: number,
  machine: MachineUnderTest,
  { supervisorVector, virtualVector }: Supervisor,
): FuzzProgram {
  const source = new RandomSource(seed)
  const mode = source.of<Mode>(
    machine.hypervisor ? ['M', 'S', 'U', 'VS', 'VS', 'VS', 'VU', 'VU'] : ['M', 'S', 'S', 'U'],
  )
  const memory = new BlockMemory(block)
  const { bytes, view } = memory

  const virtual = mode === 'VS' || mode === 'VU'
  const mxr = machine.hypervisor ? virtual && source.chance(30) : source.chance(50)
  const slots = new Slots(source, machine, mode, mxr)
  slots.fill()
  for (const [i, word] of slots.words.entries()) view.setUint32(CODE + 4 * i, word, true)
  for (let at = CODE + SLOTS * SLOT; at < CODE + PAGE; at += 4) view.setUint32(at, ECALL, true)
  for (let at = DATA; at < DATA + DATA_PAGES * PAGE; at += 8) view.setBigUint64(at, randomValue(source), true)

  const tables: Tables = { source, memory, entryBits: machine.entryBits, mxr }
  const paged = source.chance(75)
  const satp = paged ? firstStage(tables, block) : 0n
  const hgatp = machine.hypervisor ? (source.chance(75) ? secondStage(tables, block) : 0n) : 0n

  const anyBits = (bits: readonly number[]) => bitsOf(bits.filter(() => source.chance(50)))
  const medeleg = delegation(source, machine.hypervisor ? [...DELEGABLE, ...GUEST_DELEGABLE] : DELEGABLE)
  const privilege = mode === 'M' ? 3n : mode === 'S' || mode === 'VS' ? 1n : 0n
  const status =
    (privilege << 11n) |
    (BigInt(source.of([3, 3, 3, 3, 2, 1, 0])) << 13n) |
    anyBits([1, 5, 7, 8, 18]) |
    (mxr && !virtual ? MXR : 0n) |
    // TVM and TSR do not concern VS-mode, but QEMU thinks so.
    (source.chance(15) ? anyBits(virtual ? [21] : [20, 21, 22]) : 0n) |
    (virtual ? MPV : 0n) |
    UXL_64 |
    SXL_64
  const csrs: [string, bigint][] = [
    ['medeleg', medeleg],
    // The peer applies it to what a guest reads of its own interrupts.
    ['mideleg', machine.hypervisor ? 0x222n : source.of([0n, 0x222n, 0x2n, 0x222n])],
    ['mcounteren', BigInt(source.below(8))],
    ['scounteren', BigInt(source.below(8))],
    ['stvec', supervisorVector],
    ['satp', virtual ? source.of([0n, satp]) : satp],
    ['sscratch', randomValue(source)],
    ['sepc', randomValue(source) & ~1n],
    ['scause', 0n],
    ['stval', 0n],
    ['mtval', 0n],
    ['mcause', 0n],
    ['senvcfg', 0n],
    // Both sides set A and D bits by hardware, the peer's menvcfg has no bit for it.
    ['menvcfg', (1n << 61n) | (1n << 62n) | (1n << 63n)],
    ...protection(source, block + DATA + 3 * PAGE),
  ]
  if (machine.hypervisor) {
    csrs.push(
      [
        'hstatus',
        (virtual ? anyBits([7, 8]) : 0n) |
          anyBits([9]) |
          (source.chance(20) ? anyBits([20, 21, 22]) : 0n) |
          UXL_64,
      ],
      // Not 2 and 6: QEMU 7.2 takes these for numbers of interrupts and subtracts one. Seldom 5 and 7, which it confuses
      // with causes that no guest gets.
      ['hedeleg', delegation(source, source.chance(15) ? [0, 3, 4, 5, 7, 8, 13, 15] : [0, 3, 4, 8, 13, 15])],
      ['hideleg', source.of([0n, 0x444n])],
      ['hcounteren', BigInt(source.below(8))],
      ['htval', 0n],
      ['htinst', 0n],
      ['mtval2', 0n],
      ['mtinst', 0n],
      ['hgatp', hgatp],
      ['henvcfg', (1n << 61n) | (1n << 62n)],
      [
        'vsstatus',
        (BigInt(source.of([3, 3, 3, 1, 0])) << 13n) | anyBits([1, 5, 8, 18]) | (mxr ? MXR : 0n) | UXL_64,
      ],
      ['vstvec', virtualVector],
      ['vsatp', source.of([0n, satp, satp])],
      ['vsscratch', randomValue(source)],
      ['vsepc', randomValue(source) & ~1n],
      ['vscause', 0n],
      ['vstval', 0n],
    )
  }
  const user = privilege === 0n && paged && !(virtual && csrs.find(([name]) => name === 'vsatp')![1] === 0n)
  const code = BigInt(block + CODE)
  const registers = Array.from({ length: 32 }, () => randomValue(source))
  registerUse.pointers.forEach((register, i) => {
    registers[register] = pointer(source, block, i)
  })
  for (const register of registerUse.scratch) registers[register] = 0n
  registers[registerUse.code] = code
  registers[registerUse.userCode] = paged ? code + USER_ALIAS : code
  const float = machine.extensions.has('D')
  const prologue = `
  ${csrs.map(([name, value]) => `li t0, 0x${value.toString(16)}\n  csrw ${name}, t0`).join('\n  ')}
  ${
    float
      ? `li t0, 0x6000\n  csrs mstatus, t0\n  la t0, floats\n${Array.from({ length: 32 }, (_, i) => `  fld f${i}, ${8 * i}(t0)`).join('\n')}
  li t0, ${source.below(256)}\n  csrw fcsr, t0`
      : ''
  }
  li t0, 0x${status.toString(16)}
  csrw mstatus, t0
  li t0, 0x${(user ? code + USER_ALIAS : code).toString(16)}
  csrw mepc, t0
  la x31, registers
  ${Array.from({ length: 30 }, (_, i) => `ld x${i + 1}, ${8 * (i + 1)}(x31)`).join('\n  ')}
  ld x31, ${8 * 31}(x31)
  mret
.balign 8
registers:
  ${registers.map((value) => `.dword 0x${value.toString(16)}`).join('\n  ')}
floats:
  ${Array.from({ length: 32 }, () => `.dword 0x${randomFloat(source).toString(16)}`).join('\n  ')}`
  const assembled = assemble(prologue, { origin: BigInt(block) }).bytes
  if (assembled.length > CODE) throw new Error(`a prologue has ${assembled.length} bytes`)
  bytes.set(assembled)
  return { seed, mode, bytes, prologue, rewritten: slots.rewritten }
}

/** x8 and x9 into plain pages, x10 and x11 into odd ones, x12 near a page's end, x13 into the code, x14 anywhere. */
function pointer(source: RandomSource, block: number, which: number): bigint {
  const data = block + DATA
  const within = 8 * source.below(480) + 128
  switch (which) {
    case 0:
    case 1:
    case 2:
    case 3:
      return BigInt(data + which * PAGE + within + (which > 1 && source.chance(25) ? source.below(8) : 0))
    case 4:
      return BigInt(data + source.below(3) * PAGE + PAGE - source.below(9))
    case 5:
      return BigInt(block + CODE + SLOT * source.below(SLOTS))
    default:
      return source.of([
        0n,
        randomValue(source),
        1n << 56n,
        0xffff_ffff_ffff_fff8n,
        BigInt(data + 2 * PAGE + 64),
      ])
  }
}

/**
 * PMP over a part of a page with any rights, then over everything. Not locked: that would last. Not to the page's ends: of
 * a misaligned access across them, the peer asks as of one.
 */
function protection(source: RandomSource, page: number): [string, bigint][] {
  const [TOR, NAPOT_REGION] = [0x08, 0x18]
  const rights = source.of([0, 1, 3, 4, 5, 7])
  const natural = source.chance(30)
  const size = 64 << source.below(5)
  const from = page + (natural ? size * (1 + source.below(PAGE / size - 2)) : (1 + source.below(3)) * 512)
  const to = page + 2048 + source.below(4) * 512
  const kind = source.chance(12) ? 0 : natural ? NAPOT_REGION : TOR
  return [
    ['pmpaddr0', BigInt(from) >> 2n],
    ['pmpaddr1', natural ? (BigInt(from) >> 2n) | BigInt((size >> 3) - 1) : BigInt(to) >> 2n],
    ['pmpaddr2', (1n << 54n) - 1n],
    ['pmpcfg0', 0x1f_0000n | (BigInt(kind | rights) << 8n)],
  ]
}

/** What tables are made of. */
interface Tables {
  readonly source: RandomSource
  readonly memory: BlockMemory
  readonly entryBits: readonly bigint[]
  /** Whether the program makes execute-only pages readable. */
  readonly mxr: boolean
}

/** Tables of S-mode or VS-mode: identity, a user alias of the code, a user page, and two pages with odd entries. */
function firstStage(tables: Tables, block: number): bigint {
  const { source, memory } = tables
  const table = new PageTable(
    memory,
    frameRange(block + TABLES, block + NESTED_TABLES),
    source.of(['sv39', 'sv48', 'sv57'] as const),
  )
  const identity = (at: number, size: number, permissions: string) =>
    table.map({ va: gva(BigInt(at)), pa: gpa(at), size, permissions })
  identity(HANDLERS, PAGE, 'rx')
  identity(RECORD, 4 * PAGE, 'rw')
  identity(block + CODE, PAGE, source.of(['rx', 'rwx']))
  table.map({
    va: gva(BigInt(block + CODE) + USER_ALIAS),
    pa: gpa(block + CODE),
    size: PAGE,
    permissions: 'rxu',
  })
  identity(block + DATA, PAGE, 'rw')
  for (let page = 1; page < DATA_PAGES; page++) identity(block + DATA + page * PAGE, PAGE, 'rwu')
  for (let page = 2; page < DATA_PAGES; page++) {
    odd(tables, block + TABLES, block + NESTED_TABLES, block + DATA + page * PAGE)
  }
  return table.satp(source.below(4))
}

/** Tables of the second stage: identity, with odd entries for some data pages and now and then for a table of the first. */
function secondStage(tables: Tables, block: number): bigint {
  const { source, memory } = tables
  const table = new GStageTable(
    memory,
    frameRange(block + NESTED_TABLES, block + BLOCK_SIZE),
    source.of(['sv39x4', 'sv48x4', 'sv57x4'] as const),
  )
  const identity = (at: number, size: number, permissions: string) =>
    table.map({ gpa: gpa(at), hpa: hpa(at), size, permissions })
  identity(HANDLERS, PAGE, 'rx')
  identity(RECORD, 4 * PAGE, 'rw')
  identity(block + CODE, PAGE, 'rwx')
  identity(block + DATA, DATA_PAGES * PAGE, 'rw')
  identity(block + TABLES, NESTED_TABLES - TABLES, source.chance(80) ? 'rw' : 'r')
  for (const page of [1, 3]) {
    if (source.chance(50)) {
      odd(tables, block + NESTED_TABLES, block + BLOCK_SIZE, block + DATA + page * PAGE, tables.mxr)
    }
  }
  return table.hgatp(source.below(4))
}

/**
 * Changes the leaf of a page: permissions, A and D, memory type, reserved bits.
 *
 * @param readable - not execute-only: the peer takes the guest's MXR for the second stage's.
 */
function odd(
  { source, memory, entryBits }: Tables,
  from: number,
  to: number,
  page: number,
  readable = false,
): void {
  const { view, base } = memory
  for (let at = from; at < to; at += 8) {
    const entry = view.getBigUint64(at - base, true)
    if ((entry & 0xfn) <= 1n || entry >> 10n !== BigInt(page / PAGE)) continue
    const high = source.chance(85) ? 0n : source.of(entryBits)
    // The peer sets A and D before it looks at what Svnapot says of the page number.
    const set = high === NAPOT ? 0xc0n : 0n
    const low = BigInt(source.below(256)) | (source.chance(85) ? 1n : 0n) | (readable ? 2n : 0n) | set
    view.setBigUint64(at - base, (entry & ~0xffn) | low | high, true)
  }
}
