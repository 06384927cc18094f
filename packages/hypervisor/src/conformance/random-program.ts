import { RandomSource } from '@worldswitch/isa/vectors'
import { type GuestProgram, guestProgram, UART_INTERRUPTS } from './guest-program.ts'
import { absentInstruction, randomCsr } from './random-absent.ts'
import { entryOf, randomEntry } from './random-entry.ts'
import { FLOAT_ACCESSES, FLOAT_CSRS, floatInstruction, floatRegister, floatSwitch } from './random-float.ts'

/**
 * Where things are in a random program:
 *
 * ```text
 * 0x8020_0000  code, entered in S-mode; also at 0x4020_0000 for U-mode
 * 0x8030_0000  page tables: root, then the middle and last level for the playground, the levels above, a second root
 * 0x8040_0000  sixteen data pages and, at 0x8060_0000, a 2 MiB page
 * 0x1_0000_0000 (virtual)  the playground: 16 pages with random entries, then the 2 MiB page with a random one
 * 0x1_4000_0000 (virtual)  1 GiB with a random entry, which leads to all of the memory above if it is a good one
 * ```
 */
const TABLES = 0x8030_0000
const DATA = 0x8040_0000
const BIG = 0x8060_0000
const USER_ALIAS = 0x4000_0000
const PAGES = 16
const RAM_BASE = 0x8000_0000

/** Operand registers; x16 and x17 hold bases, x28 to x31 belong to the trap handler. */
const OPERANDS = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const

const ALU = [
  'add',
  'sub',
  'xor',
  'or',
  'and',
  'sll',
  'srl',
  'sra',
  'slt',
  'sltu',
  'mul',
  'mulh',
  'div',
  'remu',
  'addw',
  'subw',
  'sllw',
  'divw',
] // prettier-ignore
const LOADS = ['lb', 'lbu', 'lh', 'lhu', 'lw', 'lwu', 'ld']
const STORES = ['sb', 'sh', 'sw', 'sd']
const ATOMICS = ['amoadd.w', 'amoswap.d', 'amoor.d', 'amomaxu.w']
const RESERVING = ['lr.w', 'lr.d', 'sc.w', 'sc.d']
const CSRS = [
  'sstatus',
  'sie',
  'sip',
  'scounteren',
  'senvcfg',
  'sscratch',
  'sepc',
  'scause',
  'stval',
  'instret',
]
/** Absent, of M-mode, or read-only: illegal to touch. */
const FORBIDDEN_CSRS = [
  'mstatus',
  'mhartid',
  'medeleg',
  'stimecmp',
  'hstatus',
  'pmpcfg0',
  '0x5c0',
  '0x800',
  '0xc03',
  '0xc1f',
]
/** Registers of devices that do no harm: UART scratch, PLIC priorities, the RTC's alarm, an empty hole, the CLINT. */
const DEVICES = [0x1000_0007, 0x1000_0005, 0x0c00_0004, 0x0c00_0028, 0x0010_1008, 0x3000_0000, 0x0200_4000]

/** Bits of an entry. */
const V = 1n
const GLOBAL = 0x20n

/** 64 bits, often near an edge. */
function edgeValue(source: RandomSource): bigint {
  const edges = [0n, 1n, 0xffff_ffff_ffff_ffffn, 1n << 63n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn]
  return source.chance(40) ? source.of(edges) : source.bits64()
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`

/** What the generator knows while it writes a program. */
interface Writing {
  readonly source: RandomSource
  readonly lines: string[]
  label: number
  mode: 'S' | 'U'
  /** It has LR and SC. */
  readonly reserves: boolean
  /** Values of `satp`: one, or several address spaces that map the same. */
  readonly spaces: readonly bigint[]
}

type Piece = (w: Writing) => string[]

const register = ({ source }: Writing): string => `x${source.of(OPERANDS)}`

/** Puts a playground address into x28: some page, any offset, sometimes across its end. */
const playground = ({ source }: Writing): string[] => {
  const page = source.below(PAGES + 2)
  const offset = source.chance(30)
    ? 4096 - source.below(8)
    : source.below(512) * 8 + (source.chance(20) ? source.below(8) : 0)
  const at =
    page < PAGES
      ? page * 4096 + offset
      : source.chance(80)
        ? 0x20_0000 + source.below(0x20_0000 - 8)
        : 0x4000_0000 + DATA - RAM_BASE + source.below(PAGES * 4096)
  return [`li x28, ${hex(at)}`, 'add x28, x28, x16']
}

const pieces: readonly (readonly [weight: number, piece: Piece])[] = [
  [20, (w) => [`${w.source.of(ALU)} ${register(w)}, ${register(w)}, ${register(w)}`]],
  [5, (w) => [`li ${register(w)}, ${hex(edgeValue(w.source))}`]],
  [25, (w) => [...playground(w), `${w.source.of(LOADS)} ${register(w)}, 0(x28)`]],
  [25, (w) => [...playground(w), `${w.source.of(STORES)} ${register(w)}, 0(x28)`]],
  [6, (w) => [...playground(w), atomic(w)]],
  [20, (w) => [floatInstruction(w.source, () => register(w))]],
  [8, (w) => [...playground(w), `${w.source.of(FLOAT_ACCESSES)} ${floatRegister(w.source)}, 0(x28)`]],
  [4, (w) => [csrAccess(w, w.source.of(FLOAT_CSRS))]],
  [2, (w) => floatSwitch(w.source)],
  [12, (w) => [csrAccess(w, w.source.of(CSRS))]],
  [3, (w) => [csrAccess(w, w.source.of(FORBIDDEN_CSRS))]],
  [3, (w) => [csrAccess(w, randomCsr(w.source))]],
  [3, (w) => [absentInstruction(w.source)]],
  [3, (w) => (w.reserves ? reserve(w) : ['nop'])],
  [2, (w) => (w.mode === 'S' ? acrossPages(w) : ['nop'])],
  [2, (w) => (w.mode === 'S' ? untranslated(w) : ['nop'])],
  [
    6,
    (w) => [
      `li x28, ${hex(w.source.of([1n << 18n, 1n << 19n, (1n << 18n) | (1n << 19n)]))}`,
      `${w.source.of(['csrs', 'csrc'])} sstatus, x28`,
    ],
  ],
  [4, (w) => [w.source.of(['sfence.vma', 'sfence.vma x16', 'sfence.vma x16, x0', 'fence', 'fence.i'])]],
  [6, (w) => remap(w)],
  [4, (w) => [`li x28, ${hex(w.source.of(w.spaces))}`, 'csrw satp, x28']],
  // A mode that there is not: nothing of it is taken over.
  [1, (w) => [`li x28, ${hex((BigInt(w.source.of([1, 7, 11, 15])) << 60n) | 1n)}`, 'csrw satp, x28']],
  [
    5,
    (w) => [
      `li x28, ${hex(w.source.of(DEVICES))}`,
      `${w.source.of([...LOADS, ...STORES])} ${register(w)}, ${w.source.chance(20) ? 1 : 0}(x28)`,
    ],
  ],
  [
    2,
    (w) => [
      `li x28, ${hex(w.source.of(DEVICES))}`,
      `${w.source.of(FLOAT_ACCESSES)} ${floatRegister(w.source)}, 0(x28)`,
    ],
  ],
  [
    2,
    (w) => [
      `li x28, ${hex(edgeValue(w.source))}`,
      `${w.source.of([...LOADS, ...STORES])} ${register(w)}, 0(x28)`,
    ],
  ],
  [2, () => ['ebreak']],
  [1, () => ['.word 0xffffffff']],
  [1, () => ['mret']],
  [3, (w) => softwareInterrupt(w)],
  [3, (w) => (w.mode === 'S' ? toUser(w) : toSupervisor(w))],
  [2, (w) => (w.mode === 'S' ? wildJump(w) : ['nop'])],
  [2, (w) => (w.mode === 'S' ? ['ecall'] : ['sret'])],
]

const total = pieces.reduce((sum, [weight]) => sum + weight, 0)

function choose(w: Writing): string[] {
  let roll = w.source.below(total)
  for (const [weight, piece] of pieces) {
    roll -= weight
    if (roll < 0) return piece(w)
  }
  return []
}

function atomic(w: Writing): string {
  const name = w.source.of(w.reserves ? [...ATOMICS, ...RESERVING] : ATOMICS)
  return name.startsWith('lr')
    ? `${name} ${register(w)}, (x28)`
    : `${name} ${register(w)}, ${register(w)}, (x28)`
}

function csrAccess(w: Writing, csr: string): string {
  const name = w.source.of(['csrrw', 'csrrs', 'csrrc', 'csrrwi', 'csrrsi', 'csrrci', 'csrr'])
  if (name === 'csrr') return `csrr ${register(w)}, ${csr}`
  const operand = name.endsWith('i') ? w.source.below(32) : w.source.chance(30) ? 'x0' : register(w)
  return `${name} ${w.source.chance(20) ? 'x0' : register(w)}, ${csr}, ${operand}`
}

/** Changes an entry of the playground and fences it, in one of the ways that the architecture allows. */
function remap(w: Writing): string[] {
  const page = w.source.below(PAGES + 1)
  const small = page < PAGES
  const value = randomEntry(w.source, small ? DATA + w.source.below(PAGES) * 4096 : BIG)
  const slot = small ? TABLES + 0x2000 + page * 8 : TABLES + 0x1000 + 8
  const at = small ? page * 4096 : 0x20_0000 + w.source.below(512) * 4096
  const fence = w.source.of([
    ['sfence.vma'],
    [`li x28, ${hex(at)}`, 'add x28, x28, x16', 'sfence.vma x28'],
    [`li x28, ${hex(at)}`, 'add x28, x28, x16', 'sfence.vma x28, x0'],
    // Where there are others, they must not find what was there before.
    w.spaces.length === 1 ? ['li x28, 7', 'sfence.vma x0, x28'] : ['sfence.vma'],
  ])
  return [`li x28, ${hex(slot)}`, `li x29, ${hex(value)}`, 'sd x29, 0(x28)', ...fence]
}

/** LR, something in between, and SC to the same address. */
function reserve(w: Writing): string[] {
  const width = w.source.of(['w', 'd'])
  const between = [
    'nop',
    csrAccess(w, 'sscratch'),
    csrAccess(w, 'fflags'),
    'ebreak',
    'sfence.vma',
    `sd ${register(w)}, 0(x28)`,
    `amoadd.w x0, ${register(w)}, (x28)`,
  ]
  return [
    ...playground(w),
    `lr.${width} ${register(w)}, (x28)`,
    w.source.of(between),
    `sc.${width} ${register(w)}, ${register(w)}, (x28)`,
  ]
}

/** Executes an instruction of which one half is at the end of a page of the playground, and returns by one of the next. */
function acrossPages(w: Writing): string[] {
  const label = `l${w.label++}`
  const [here, next] = [0, 0].map(() => DATA + w.source.below(PAGES) * 4096)
  const page = w.source.below(PAGES - 1)
  const map = (index: number, to: number): string[] => {
    const value = w.source.chance(70) ? entryOf(to, 0xdfn & ~w.source.of([0n, 0x10n, 0x10n])) : undefined
    const words = value ?? randomEntry(w.source, to)
    return [`li x28, ${hex(TABLES + 0x2000 + index * 8)}`, `li x29, ${hex(words)}`, 'sd x29, 0(x28)']
  }
  const half = (at: number, value: number): string[] => [
    `li x28, ${hex(at)}`,
    `li x29, ${hex(value)}`,
    'sh x29, 0(x28)',
  ]
  return [
    ...map(page, here),
    ...map(page + 1, next),
    'sfence.vma',
    // addi x5, x5, 1; jr x27
    ...half(here + 4094, 0x8293),
    ...half(next, 0x0012),
    ...half(next + 2, 0x8d82),
    'fence.i',
    `la x28, ${label}`,
    'mv x27, x28',
    `li x30, ${hex(0x1_0000_0000 + page * 4096 + 4094)}`,
    'jr x30',
    `${label}:`,
  ]
}

/** Switches translation off for an access or two. */
const untranslated = (w: Writing): string[] => [
  'csrw satp, x0',
  `li x28, ${hex(DATA + w.source.below(PAGES * 4096 - 8))}`,
  `${w.source.of([...LOADS, ...STORES])} ${register(w)}, 0(x28)`,
  `${w.source.of([...LOADS, ...STORES])} ${register(w)}, 0(x16)`,
  `li x28, ${hex(w.source.of(w.spaces))}`,
  'csrw satp, x28',
]

/** Makes SSIP pending: taken at once when enabled, or else what WFI does not wait for. */
const softwareInterrupt = (w: Writing): string[] =>
  w.source.chance(70)
    ? ['csrsi sie, 2', 'csrsi sip, 2', 'csrsi sstatus, 2', 'csrci sip, 2']
    : ['csrci sstatus, 2', 'csrsi sie, 2', 'csrsi sip, 2', 'wfi', 'csrci sip, 2']

function toUser(w: Writing): string[] {
  const label = `l${w.label++}`
  w.mode = 'U'
  return [
    `la x30, ${label}`,
    `li x31, ${hex(USER_ALIAS)}`,
    'sub x30, x30, x31',
    'csrw sepc, x30',
    'li x31, 0x100',
    'csrc sstatus, x31',
    'sret',
    `${label}:`,
  ] // prettier-ignore
}

/** The handler takes ECALL from U-mode as the wish to go back to S-mode. */
function toSupervisor(w: Writing): string[] {
  w.mode = 'S'
  return ['ecall']
}

/** A jump to where nothing can be executed; the handler comes back to x28. */
function wildJump(w: Writing): string[] {
  const label = `l${w.label++}`
  const target = w.source.of([
    0x1_0000_0000n,
    0x4020_0000n,
    0x1000_0000n,
    1n << 45n,
    edgeValue(w.source) & ~1n,
  ])
  return [`la x28, ${label}`, `li x27, ${hex(target)}`, 'jr x27', `${label}:`]
}

const HANDLER = `
.align 2
handler:
  csrr x29, scause
  bltz x29, interrupt
  csrr x31, stval
  li x31, 12
  beq x29, x31, lost
  li x31, 1
  beq x29, x31, lost
  csrr x30, sepc
  addi x30, x30, 4
  li x31, 8
  bne x29, x31, back
  li x31, ${hex(USER_ALIAS)}
  add x30, x30, x31
  li x31, 0x100
  csrs sstatus, x31
back:
  csrw sepc, x30
  sret
lost:
  csrw sepc, x28
  li x31, 0x100
  csrs sstatus, x31
  sret
interrupt:
  csrci sip, 2
  # Of the others it has had enough: they stay pending.
  li x31, 0x220
  csrc sie, x31
  sret
`

/**
 * A random program for S- and U-mode: arithmetic, CSRs, page tables that change, loads and stores that fault in
 * every way, devices, interrupts, changes of privilege, floating point that is switched on and off. It never reads the time, so it has one right outcome.
 *
 * @param seed - equal seeds give equal programs.
 * @param length - pieces of one to a few instructions.
 * @param reserves - with LR and SC: whether an SC succeeds may depend on who had the hart in between.
 */
export function randomProgram(seed: number, length = 200, reserves = true): GuestProgram {
  const source = new RandomSource(seed)
  const mode = source.of([8, 8, 9, 10])
  const spaces = [
    satpOf(mode, 7n, rootOf(mode)),
    satpOf(mode, 8n, SECOND_ROOT),
    satpOf(mode, 9n, rootOf(mode)),
  ]
  // What all address spaces have may be fenced in all of them only.
  const isGlobal = source.chance(30)
  const w: Writing = {
    source,
    lines: [],
    label: 0,
    mode: 'S',
    reserves,
    spaces: isGlobal || source.chance(50) ? spaces : spaces.slice(0, 1),
  }
  for (let i = 0; i < length; i++) w.lines.push(...choose(w))
  if (w.mode === 'U') w.lines.push('ecall')
  const registers = OPERANDS.map((number) => `li x${number}, ${hex(edgeValue(source))}`)
  const playgroundEntries = Array.from({ length: PAGES }, (_, page) =>
    randomEntry(source, DATA + page * 4096),
  )
  const text = `
  la x5, handler
  csrw stvec, x5
  ${UART_INTERRUPTS}
${tables(mode, isGlobal ? GLOBAL : 0n, playgroundEntries, randomEntry(source, BIG), randomEntry(source, RAM_BASE))}
  li x5, ${hex(spaces[0])}
  csrw satp, x5
  sfence.vma
  li x16, 0x100000000
  li x17, ${hex(TABLES)}
  ${floatSwitch(source).join('\n  ')}
  ${registers.join('\n  ')}
  ${w.lines.join('\n  ')}
  li a7, 0x53525354
  li a6, 0
  li a0, 0
  li a1, 0
  ecall
${HANDLER}`
  return guestProgram(`random program ${seed}`, text)
}

/** Levels above the Sv39 root are further tables whose entry 0 points down. */
const rootOf = (mode: number): number => (mode === 8 ? TABLES : TABLES + 0x1000 * (mode - 6))

/** A copy of the root, for an address space that has only what is below in common with the others. */
const SECOND_ROOT = TABLES + 0x8000

const satpOf = (mode: number, asid: bigint, root: number): bigint =>
  (BigInt(mode) << 60n) | (asid << 44n) | BigInt(root / 4096)

/**
 * Instructions that write the page tables, with translation off.
 *
 * @param global - the G bit, or 0: of all that S-mode executes, and of the playground.
 */
function tables(mode: number, global: bigint, small: readonly bigint[], big: bigint, huge: bigint): string {
  const words: [address: number, value: bigint][] = [
    [TABLES, 0xc7n],
    [TABLES + 8, entryOf(RAM_BASE, 0xdfn)],
    [TABLES + 16, entryOf(RAM_BASE, 0xcfn | global)],
    [TABLES + 32, entryOf(TABLES + 0x1000, V | global)],
    [TABLES + 40, huge],
    [TABLES + 0x1000, entryOf(TABLES + 0x2000, V)],
    [TABLES + 0x1008, big],
    ...small.map((value, page): [number, bigint] => [TABLES + 0x2000 + page * 8, value]),
  ]
  for (let level = 9; level <= mode; level++) {
    const below = level === 9 ? TABLES : rootOf(level - 1)
    words.push([rootOf(level), entryOf(below, V)])
  }
  const root = rootOf(mode)
  for (const [at, value] of [...words]) {
    if (at >= root && at < root + 4096) words.push([at - root + SECOND_ROOT, value])
  }
  return words.map(([at, value]) => `  li x5, ${hex(at)}\n  li x6, ${hex(value)}\n  sd x6, 0(x5)`).join('\n')
}
