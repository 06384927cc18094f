import { allExtensions, assemble } from '@worldswitch/isa'
import { RandomSource } from '@worldswitch/isa/vectors'
import { frameRange, GStageTable, gpa, gva, hpa, PageTable } from '@worldswitch/mmu'
import { type EngineName, Hart, hartExtensions, MachineMemory } from '../src/index.ts'
import { translatorOf } from '../src/translator/translator.ts'
import { Csr } from './board.ts'
import { DATA, DATA_PAGES, patches, StructuredProgram } from './random-structure.ts'

const RAM = 0x8000_0000
const RAM_BYTES = 0x10_0000
const TABLES = 0x8008_0000
const SECOND_STAGE = 0x800a_0000
/** Physical pages of the data, when there are page tables. */
const FRAMES = 0x800c_0000
const PAGE = 4096
const SOFTWARE_INTERRUPT = 3

/** How a random program is run: an engine, or `mixed`, which promotes early, batches little and keeps few modules. */
export type Execution = EngineName | 'mixed'

const MODES = ['M', 'M', 'S', 'S', 'U', 'VS', 'VU'] as const

/** The handler of all traps: steps over the instruction; after a fetch that failed it starts again. An interrupt is taken once. */
const HANDLER = `
  j main
.balign 4
trap:
  csrr s10, mcause
  bltz s10, interrupt
  andi s11, s10, ~12
  beqz s11, 1f
1:
  li s11, 1
  beq s10, s11, again
  li s11, 12
  beq s10, s11, again
  li s11, 20
  beq s10, s11, again
  csrr s10, mepc
  addi s10, s10, 4
  csrw mepc, s10
  mret
again:
  la s10, main
  csrw mepc, s10
  mret
interrupt:
  csrw mie, zero
  mret
.balign 8
tables: .dword 0x`

/** A random program on a hart, as its seed says, and the one who disturbs it from outside. */
export class RandomMachine {
  readonly hart: Hart
  readonly memory: MachineMemory
  readonly text: string
  readonly #source: RandomSource

  constructor(seed: number, execution: Execution) {
    const source = new RandomSource(seed)
    this.#source = new RandomSource(seed + 1_000_000)
    const mode = source.of(MODES)
    const memory = new MachineMemory({
      ramBytes: RAM_BYTES,
      codePages: source.of([4, 5, 8, 64]),
      tlbEntries: source.of([16, 64, 256]),
    })
    this.memory = memory
    const root = mode === 'M' ? undefined : tables(source, memory, mode)
    this.text = `${HANDLER}${(root?.leaves ?? DATA).toString(16)}\n${new StructuredProgram(source).text()}\n${patches}`
    const { bytes, symbols } = assemble(this.text, { origin: BigInt(RAM) })
    if (bytes.length > DATA - RAM) throw new Error(`seed ${seed}: a program has ${bytes.length} bytes`)
    memory.writeRam(RAM, bytes)
    const limits = {
      threshold: 3,
      period: 500,
      batch: source.of([1, 4, 16]),
      patience: 500,
      early: source.of([0, 1_000_000]),
      calm: 50,
      calmPeriods: 3,
      halvings: 2,
      loopPeriod: 200,
      modules: source.of([3, 30, 1000]),
    }
    if (execution === 'mixed') {
      translatorOf(memory, allExtensions, limits)
    }
    this.hart = new Hart({
      id: 0,
      memory,
      engine: execution === 'mixed' ? 'auto' : execution,
      pmpOpen: true,
      extensions: hartExtensions.filter((name) => name !== 'Svade'),
    })
    this.#start(source, mode, root, symbols)
  }

  #start(
    source: RandomSource,
    mode: (typeof MODES)[number],
    root: ReturnType<typeof tables> | undefined,
    symbols: ReadonlyMap<string, bigint>,
  ): void {
    const { hart } = this
    const at = (label: string) => symbols.get(label)!
    hart.writeCsr(Csr.mtvec, at('trap'))
    // FS, interrupts and, now and then, TVM.
    hart.writeCsr(
      Csr.mstatus,
      BigInt((source.of([3, 3, 3, 1, 0]) << 13) | 0x8 | (source.chance(5) ? 1 << 20 : 0)),
    )
    for (const csr of [Csr.mcounteren, Csr.scounteren, Csr.hcounteren]) hart.writeCsr(csr, 7n)
    for (const csr of [Csr.menvcfg, Csr.henvcfg, 0x10a]) hart.writeCsr(csr, 0xffn)
    hart.writeCsr(Csr.vsstatus, BigInt(source.of([3, 3, 1]) << 13))
    for (let x = 5; x < 32; x++)
      hart.writeX(x, source.chance(50) ? source.bits64() : BigInt(source.below(64)))
    for (let f = 0; f < 32; f++) hart.writeF(f, source.bits64())
    if (mode !== 'M') hart.privilege = mode.endsWith('U') ? 'U' : 'S'
    if (mode.startsWith('V')) {
      hart.virtual = true
      hart.writeCsr(Csr.vsatp, root!.satp)
      hart.writeCsr(Csr.hgatp, root!.hgatp)
    } else if (root !== undefined) hart.writeCsr(Csr.satp, root.satp)
    hart.pc = at('main')
  }

  /** Runs so many steps, in calls of at most as many as `slice` says. */
  run(steps: number, slice = () => steps): void {
    for (let left = steps; left > 0; ) {
      const result = this.hart.run(Math.min(left, slice()))
      if (result.steps === 0 && result.reason !== 'stopped')
        throw new Error(`nothing was done: ${result.reason}`)
      left -= result.steps
    }
  }

  /** From outside: an interrupt, or memory that a device writes, code most often. @returns steps until the next time. */
  disturb(): number {
    const source = this.#source
    const { hart, memory } = this
    hart.setInterruptLine(SOFTWARE_INTERRUPT, source.chance(50))
    hart.writeCsr(Csr.mie, 8n)
    if (source.chance(50)) {
      const at = RAM + 0x80 + 2 * source.below(0x1000)
      const bytes = new Uint8Array(2 * (1 + source.below(4)))
      memory.readRam(RAM + 0x80 + 2 * source.below(0x1000), bytes)
      memory.writeRam(at, bytes)
    }
    if (source.chance(10)) hart.flushTlb()
    return 1 + source.below(source.of([30, 300, 3000]))
  }
}

/** Page tables: identity for code and tables, the data scattered, some of it read-only or not there. */
function tables(source: RandomSource, memory: MachineMemory, mode: string) {
  const user = mode.endsWith('U') ? 'u' : ''
  const table = new PageTable(memory, frameRange(TABLES, SECOND_STAGE), 'sv39')
  const map = (va: number, pa: number, size: number, permissions: string) =>
    table.map({ va: gva(BigInt(va)), pa: gpa(pa), size, permissions: permissions + user })
  map(RAM, RAM, DATA - RAM, 'rwx')
  const order = Array.from({ length: DATA_PAGES }, (_, i) => [source.below(1 << 30), i] as const)
  order.sort(([a], [b]) => a - b)
  order.forEach(([, frame], page) => {
    map(DATA + page * PAGE, FRAMES + frame * PAGE, PAGE, page === 5 ? 'r' : 'rw')
  })
  if (user === '') map(TABLES, TABLES, SECOND_STAGE - TABLES, 'rw')
  // The last level for the data: two levels down.
  let leaves = table.root as number
  for (const shift of [30, 21]) {
    const low = memory.load32(leaves + (Math.floor(DATA / 2 ** shift) % 512) * 8)
    leaves = (low >>> 10) * PAGE
  }
  const stage = new GStageTable(memory, frameRange(SECOND_STAGE, FRAMES), 'sv39x4')
  stage.map({ gpa: gpa(RAM), hpa: hpa(RAM), size: RAM_BYTES, permissions: 'rwx' })
  return { leaves, satp: table.satp(1), hgatp: stage.hgatp(1) }
}
