import type { RandomSource } from '@worldswitch/isa/vectors'

/**
 * Random programs with structure: functions, nested loops, calls, recursion and jumps to anywhere, on few pages of code
 * and data that they also overwrite. Registers:
 *
 * ```text
 * s0 s1 s2      point at data, near ends of pages more often than not; s3 at code
 * a0 to a5, t0 to t3   operands; ra and t0 are link registers as well
 * s4 to s8      counters of loops, s9 fuel of recursion and of jumps to anywhere
 * t5 t6         of single statements; sp of functions; s10 s11 of the trap handler
 * ```
 */
export const DATA = 0x8004_0000
export const DATA_PAGES = 8
const OPERANDS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 't0', 't1', 't2', 't3']
const POINTERS = ['s0', 's1', 's2']
const COUNTERS = ['s4', 's5', 's6', 's7', 's8']
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
  'mulhu',
  'div',
  'remw',
  'addw',
  'sllw',
  'sh2add',
  'andn',
  'max',
  'rol',
  'bext',
  'czero.eqz',
  'clmul',
] // prettier-ignore
const LOADS = ['lb', 'lbu', 'lh', 'lhu', 'lw', 'lwu', 'ld']
const STORES = ['sb', 'sh', 'sw', 'sd']
const BRANCHES = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu']
const WIDTH: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, d: 8 }
/** Slots of code that the program overwrites: one 4-byte instruction each. */
const PATCHES = [
  'addi a0, a0, 1',
  'xori a1, a1, 77',
  'addi a2, a0, -3',
  'nop',
  'add a3, a3, a2',
  'j .+4',
  'beq x0, x0, .+8',
  'ld a4, 0(s0)',
  'sd a4, 8(s1)',
  'ebreak',
  'c.addi a0, 2\n  c.addi a1, 3',
] // prettier-ignore

type Statement = (writing: StructuredProgram, depth: number) => string[]

/** Writes one program. */
export class StructuredProgram {
  readonly source: RandomSource
  readonly #functions: number
  #labels = 0
  #current = 0
  #patches = 0
  /** Labels of the function at hand that a jump may go to. */
  #places: string[] = []

  constructor(source: RandomSource) {
    this.source = source
    this.#functions = 3 + source.below(5)
  }

  operand = (): string => this.source.of(OPERANDS)
  pointer = (): string => this.source.of(POINTERS)
  label = (): string => `l${this.#labels++}`
  patchLabel = (): string => `patch${this.#patches++}`
  patchable = (): string | undefined =>
    this.#patches === 0 ? undefined : `patch${this.source.below(this.#patches)}`
  place = (): string | undefined => (this.#places.length === 0 ? undefined : this.source.of(this.#places))
  /** A function with a higher number than the one at hand. */
  callee = (): string | undefined => {
    const next = this.#current + 1
    return next >= this.#functions ? undefined : `f${next + this.source.below(this.#functions - next)}`
  }
  self = (): string => `f${this.#current}`

  /** An offset from a pointer: mostly a multiple of the width, near or far. */
  offset(width: number): number {
    const { source } = this
    const range = source.chance(70) ? 64 : 2048
    const offset = source.below(2 * range) - range
    return source.chance(90) ? offset & -width : offset
  }

  /** A block of statements, with a place to jump to now and then. */
  block(depth: number, least = 1): string[] {
    const lines: string[] = []
    for (let count = least + this.source.below(6); count > 0; count--) {
      if (this.source.chance(15)) {
        const place = this.label()
        this.#places.push(place)
        lines.push(`${place}:`)
      }
      lines.push(...this.#statement(depth))
    }
    return lines
  }

  #statement(depth: number): string[] {
    const total = statements.reduce((sum, [weight]) => sum + weight, 0)
    let roll = this.source.below(total)
    for (const [weight, statement] of statements) {
      roll -= weight
      if (roll < 0) return statement(this, depth)
    }
    return []
  }

  /** The whole program, entered at `main`; `trap` is the handler of M-mode. */
  text(): string {
    const { source } = this
    const lines = [`.zero ${source.below(2048) * 2}`, '.balign 2', 'main:']
    // A loop around everything, so that code gets hot, and old pointers come back to where data is.
    for (this.#current = 0; this.#current < this.#functions; this.#current++) {
      this.#places = []
      const isLeaf = this.#current > 0 && source.chance(30)
      if (source.chance(35)) lines.push(`.zero ${source.below(source.of([1500, 6000])) * 2}`)
      lines.push(`f${this.#current}:`)
      if (this.#current === 0) lines.push(...reset(source))
      else if (!isLeaf) lines.push('addi sp, sp, -16', 'sd ra, 0(sp)')
      lines.push(...this.block(isLeaf ? 3 : 0, 4))
      if (this.#current === 0) lines.push('j main')
      else lines.push(...(isLeaf ? [] : ['ld ra, 0(sp)', 'addi sp, sp, 16']), 'ret')
    }
    return lines.join('\n  ')
  }
}

/** What the outer loop begins with. */
function reset(source: RandomSource): string[] {
  const near = () =>
    DATA + source.below(DATA_PAGES) * 4096 + (source.chance(50) ? 4096 : 0) + 8 * source.below(9) - 32
  return [
    `li sp, 0x${(DATA + 4096 * DATA_PAGES - 64).toString(16)}`,
    'li s9, 24',
    ...POINTERS.map((pointer) => `li ${pointer}, 0x${Math.max(near(), DATA + 64).toString(16)}`),
  ]
}

const computation: Statement = (w) => {
  const { source } = w
  if (source.chance(20)) return [`addi ${w.operand()}, ${w.operand()}, ${source.below(4096) - 2048}`]
  if (source.chance(15)) return [`c.addi ${w.operand()}, ${1 + source.below(31)}`]
  if (source.chance(10)) return [`c.mv ${w.operand()}, ${w.operand()}`]
  return [`${source.of(ALU)} ${w.operand()}, ${w.operand()}, ${w.operand()}`]
}

const access: Statement = (w) => {
  const isLoad = w.source.chance(55)
  const name = w.source.of(isLoad ? LOADS : STORES)
  const pointer = w.source.chance(3) ? w.operand() : w.pointer()
  return [`${name} ${w.operand()}, ${w.offset(WIDTH[name[1]!]!)}(${pointer})`]
}

/** Several accesses off one register, which share a look-up. */
const accesses: Statement = (w) => {
  const pointer = w.pointer()
  return Array.from({ length: 2 + w.source.below(5) }, () => {
    const name = w.source.of(w.source.chance(50) ? LOADS : STORES)
    return `${name} ${w.operand()}, ${w.offset(WIDTH[name[1]!]!)}(${pointer})`
  })
}

const movePointer: Statement = (w) => {
  const { source } = w
  const pointer = w.pointer()
  return source.chance(60)
    ? [`addi ${pointer}, ${pointer}, ${source.of([1, 2, 4, 8, -8, 16, 64, -64, 512])}`]
    : [`li ${pointer}, 0x${(DATA + source.below(DATA_PAGES * 512) * 8).toString(16)}`]
}

const choice: Statement = (w, depth) => {
  if (depth > 3) return computation(w, depth)
  const [no, end] = [w.label(), w.label()]
  const branch = `${w.source.of(BRANCHES)} ${w.operand()}, ${w.operand()}, ${no}`
  if (depth > 2 || w.source.chance(40)) return [branch, ...w.block(depth + 1), `${no}:`]
  return [branch, ...w.block(depth + 1), `j ${end}`, `${no}:`, ...w.block(depth + 1), `${end}:`]
}

const loop: Statement = (w, depth) => {
  if (depth > 3) return computation(w, depth)
  const counter = COUNTERS[depth]!
  const [again, out] = [w.label(), w.label()]
  const leaves = w.source.chance(30)
    ? [`${w.source.of(BRANCHES)} ${w.operand()}, ${w.operand()}, ${out}`]
    : []
  return [
    `li ${counter}, ${1 + w.source.below(8)}`,
    `${again}:`,
    ...w.block(depth + 1),
    ...leaves,
    `addi ${counter}, ${counter}, -1`,
    `bnez ${counter}, ${again}`,
    `${out}:`,
  ]
}

/** A call to a function, or to this one as long as there is fuel; without saving `ra` it comes back elsewhere, too. */
const call: Statement = (w, depth) => {
  const { source } = w
  if (depth > 2 && source.chance(50)) return ['nop']
  const skip = w.label()
  const callee = source.chance(75) ? w.callee() : undefined
  if (callee === undefined) return ['addi s9, s9, -1', `bltz s9, ${skip}`, `call ${w.self()}`, `${skip}:`]
  return source.of([
    [`call ${callee}`],
    [`jal ra, ${callee}`],
    [`la t1, ${callee}`, 'jalr ra, 0(t1)'],
    [`la ra, ${callee}`, 'jalr ra, 0(ra)'],
    [`la t0, ${callee}`, 'jalr t0, 0(t0)'],
    [`jal t2, ${callee}`],
    // A tail call: what is left of this function is not executed.
    [`beqz a0, ${skip}`, `j ${callee}`, `${skip}:`],
  ])
}

/** A jump to anywhere in the function, into loops as well: irreducible control flow. */
const jump: Statement = (w) => {
  const place = w.place()
  if (place === undefined) return ['nop']
  const skip = w.label()
  const go = w.source.of([
    [`j ${place}`],
    [`la t1, ${place}`, 'jr t1'],
    [`la t0, ${place}`, 'jr t0'],
    [`jal t3, ${place}`],
    // Into the middle of an instruction, which makes another one or an illegal one.
    [`la t1, ${place}`, 'jr 2(t1)'],
  ])
  return ['addi s9, s9, -1', `bltz s9, ${skip}`, ...go, `${skip}:`]
}

/** A switch: one of four cases of eight bytes, by an operand. */
const select: Statement = (w) => {
  const [cases, end] = [w.label(), w.label()]
  return [
    `andi t1, ${w.operand()}, 3`,
    'slli t1, t1, 3',
    `la t2, ${cases}`,
    'add t1, t1, t2',
    'jr t1',
    `${cases}:`,
    ...Array.from({ length: 4 }, () => [
      `${w.source.of(ALU)} ${w.operand()}, ${w.operand()}, ${w.operand()}`,
      `j ${end}`,
    ]).flat(),
    `${end}:`,
  ]
}

/** A place that gets overwritten, with what it begins with. */
const patched: Statement = (w) => [
  ...(w.source.chance(30) ? ['.balign 4'] : []),
  `${w.patchLabel()}:`,
  w.source.of(PATCHES),
]

/** Overwrites such a place, or data in the page of code. */
const patch: Statement = (w) => {
  const { source } = w
  const place = w.patchable()
  if (place === undefined) return ['nop']
  const end = w.label()
  const from = source.chance(50) ? `patches + ${4 * source.below(PATCHES.length)}` : w.patchable()
  return [
    `la t5, ${from}`,
    ...(source.chance(50)
      ? ['lhu t6, 2(t5)', 'lhu t5, 0(t5)', 'slli t6, t6, 16', 'or t6, t6, t5']
      : ['lw t6, 0(t5)']),
    `la t5, ${place}`,
    ...(source.chance(50) ? ['sw t6, 0(t5)'] : ['sh t6, 0(t5)', 'srli t6, t6, 16', 'sh t6, 2(t5)']),
    ...(source.chance(30) ? ['fence.i'] : []),
    `${end}:`,
  ]
}

/** Data between the code. */
const pool: Statement = (w) => {
  const [at, over] = [w.label(), w.label()]
  return [
    `la t5, ${at}`,
    `${w.source.of(STORES)} ${w.operand()}, 0(t5)`,
    `ld ${w.operand()}, 0(t5)`,
    `j ${over}`,
    `.balign ${w.source.of([8, 8, 64])}`,
    `${at}: .dword 0`,
    `${over}:`,
  ]
}

const float: Statement = (w) => {
  const f = () => `f${w.source.of([0, 1, 2, 9, 22, 30, 31])}`
  const format = w.source.of(['s', 'd'])
  return w.source.of([
    [`${w.source.of(['fadd', 'fmul', 'fsub', 'fdiv', 'fmax'])}.${format} ${f()}, ${f()}, ${f()}`],
    [`fmadd.${format} ${f()}, ${f()}, ${f()}, ${f()}`],
    [`fcvt.${format}.l ${f()}, ${w.operand()}`],
    [`fcvt.l.${format} ${w.operand()}, ${f()}`],
    [`feq.${format} ${w.operand()}, ${f()}, ${f()}`],
    [`fmv.d.x ${f()}, ${w.operand()}`],
    [`fld ${f()}, ${w.offset(8)}(${w.pointer()})`],
    [`fsd ${f()}, ${w.offset(8)}(${w.pointer()})`],
    [`fsw ${f()}, ${w.offset(4)}(${w.pointer()})`],
    [`csrrw ${w.operand()}, ${w.source.of(['fflags', 'fcsr', 'frm'])}, ${w.operand()}`],
    ['csrwi frm, 0'],
  ])
}

const atomic: Statement = (w) => {
  const { source } = w
  const width = source.of(['w', 'd'])
  const align = source.chance(90) ? ['andi t5, t5, -8'] : []
  const at = [`addi t5, ${w.pointer()}, ${w.offset(8)}`, ...align]
  return source.of([
    [...at, `amoadd.${width} ${w.operand()}, ${w.operand()}, (t5)`],
    [...at, `amominu.${width} ${w.operand()}, ${w.operand()}, (t5)`],
    [...at, `lr.${width} ${w.operand()}, (t5)`],
    [...at, `sc.${width} ${w.operand()}, ${w.operand()}, (t5)`],
    [...at, `lr.${width} t6, (t5)`, 'addi t6, t6, 1', `sc.${width} ${w.operand()}, t6, (t5)`],
    [...at, 'cbo.zero (t5)'],
  ])
}

const privileged: Statement = (w) => {
  const { source } = w
  const csr = source.of([
    'sscratch',
    'stval',
    'scause',
    'sepc',
    'mscratch',
    'vsscratch',
    'cycle',
    'instret',
    'sstatus',
  ])
  return source.of([
    [`csrrw ${w.operand()}, ${source.of(['sscratch', 'sepc', 'mscratch', 'vsepc'])}, ${w.operand()}`],
    [`csrrs ${w.operand()}, ${csr}, zero`],
    [`csrrci ${w.operand()}, sscratch, 5`],
    ['ecall'],
    ['ebreak'],
    ['sfence.vma'],
    [`sfence.vma ${w.pointer()}`],
    ['.word 0xffffffff'],
    ['fence.i'],
    ['pause'],
  ])
}

/** Exchanges two pages of data, or two of code that nothing is in. Without page tables the entries are only data. */
const remap: Statement = (w) => {
  const entry = () => `${8 * (((DATA / 4096) % 512) + w.source.below(DATA_PAGES))}`
  return [
    'la t5, tables',
    'ld t5, 0(t5)',
    `ld t6, ${entry()}(t5)`,
    `sd t6, ${entry()}(t5)`,
    ...(w.source.chance(80) ? ['sfence.vma'] : []),
  ]
}

const statements: readonly (readonly [weight: number, statement: Statement])[] = [
  [30, computation],
  [20, access],
  [14, accesses],
  [6, movePointer],
  [12, choice],
  [12, loop],
  [10, call],
  [5, jump],
  [5, select],
  [3, patched],
  [2, patch],
  [2, pool],
  [6, float],
  [4, atomic],
  [3, privileged],
  [1, remap],
]

/** The table of instructions that {@link patch} copies from. */
export const patches = `.balign 4\npatches:\n  ${PATCHES.join('\n  ')}`
