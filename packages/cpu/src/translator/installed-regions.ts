import { OP_UNDECODED } from '../code-pool.ts'
import type { MachineMemory } from '../machine-memory.ts'
import type { Predecoder } from '../predecoder.ts'
import type { CallLinks, ModuleLinks } from './call-links.ts'
import type { ControlFlow } from './control-flow.ts'
import type { Region } from './region.ts'
import {
  MOST_ENTRIES,
  MOST_REMEMBERING,
  ORIGINAL_OPS,
  PAGE_MEMORIES_SIZE,
  PageMemories,
  REGION_OP,
} from './region-links.ts'

/** Bytes of code that share a bit of the page's coverage. */
const GRANULE_SHIFT = 6
const none: ReadonlySet<Installed> = new Set()

/** A region that can be entered. */
export interface Installed {
  readonly region: Region
  readonly module: Module
  /** Records by the numbers of their entries. */
  readonly entries: Map<number, number>
  /** Linear address of its count of failed reach checks. */
  readonly reachCounter: number
  /** Linear address of its count of steps in loops; undefined when it has none, or they are as fast as they can be. */
  readonly loopCounter: number | undefined
  /** Linear address of the pages that it remembers; undefined when it may not. */
  readonly pageMemories: number | undefined
  /** Regions of the module whose functions call this one's. */
  readonly callers: Set<Installed>
}

/** What was compiled at once. */
export interface Module {
  readonly regions: Set<Installed>
  /** What it calls by links; undefined when that is nothing. */
  calls: ModuleLinks | undefined
}

/** The regions that can be entered: by which numbers, from which records and pages. It makes room for new ones. */
export class InstalledRegions {
  readonly #memory: MachineMemory
  readonly #table: WebAssembly.Table
  readonly #predecoder: Predecoder
  readonly #mostModules: number
  readonly #bytes: DataView
  /** Records at which a region is entered. */
  readonly #entered = new Set<number>()
  readonly #byPage = new Map<number, Set<Installed>>()
  /** Oldest first. */
  readonly #modules = new Set<Module>()
  readonly #free: number[] = []
  /** Where no region keeps pages. */
  readonly #freePageMemories: number[] = []
  readonly #links: CallLinks
  #count = 0
  /** Those of them that have computed jumps. */
  #computing = 0
  #evicted = 0

  /** @param table - gets the functions of regions, by number. @param mostModules - at a time. */
  constructor(
    memory: MachineMemory,
    table: WebAssembly.Table,
    predecoder: Predecoder,
    links: CallLinks,
    mostModules: number,
  ) {
    this.#links = links
    this.#memory = memory
    this.#table = table
    this.#predecoder = predecoder
    this.#mostModules = mostModules
    this.#bytes = new DataView(memory.memory.buffer)
    for (let number = MOST_ENTRIES - 1; number >= 0; number--) this.#free.push(number)
    for (let i = MOST_REMEMBERING - 1; i >= 0; i--) {
      this.#freePageMemories.push(memory.pageMemories + i * PAGE_MEMORIES_SIZE)
    }
  }

  get count(): number {
    return this.#count
  }

  /** Regions dropped to make room. */
  get evicted(): number {
    return this.#evicted
  }

  /** Whether any of them has a computed jump that is no return. */
  get computesJumps(): boolean {
    return this.#computing > 0
  }

  /** Oldest first. */
  get modules(): ReadonlySet<Module> {
    return this.#modules
  }

  /** Whether a region is entered at a record. */
  isEntered(record: number): boolean {
    return this.#entered.has(record)
  }

  /** @param page - linear address. */
  ofPage(page: number): ReadonlySet<Installed> {
    return this.#byPage.get(page) ?? none
  }

  /** Those that were translated from some bytes of a page. @param to - the last byte. */
  overlapping(page: number, from: number, to: number): Set<Installed> {
    const hit = new Set<Installed>()
    for (const installed of this.ofPage(page)) {
      for (const { start, end } of installed.region.blocks.values()) {
        if (start <= to && from < end) hit.add(installed)
      }
    }
    return hit
  }

  /** Pages are remembered in loops only: elsewhere looking one up costs as much as finding it known. */
  takePageMemories({ loops }: ControlFlow): number | undefined {
    if (loops.size === 0) return undefined
    const memories = this.#freePageMemories.pop()
    if (memories !== undefined) this.#bytes.setBigUint64(memories + PageMemories.seen, 0n, true)
    return memories
  }

  /** Lets a region be entered. @param run - its function. */
  install(installed: Installed, flow: ControlFlow, run: WebAssembly.ExportValue): void {
    const { region, module } = installed
    const { page } = region
    for (const entry of flow.entries) {
      const record = this.#memory.code.recordOf(page + entry)
      if (this.#entered.has(record)) continue
      this.#makeRoom()
      if (this.#bytes.getUint16(record, true) === OP_UNDECODED) this.#predecoder.decode(record)
      const number = this.#free.pop()!
      this.#table.set(number, run)
      this.#bytes.setUint16(ORIGINAL_OPS + 2 * number, this.#bytes.getUint16(record, true), true)
      this.#bytes.setUint16(record, REGION_OP + number, true)
      this.#entered.add(record)
      installed.entries.set(number, record)
      this.#links.connect(page + entry, run)
    }
    module.regions.add(installed)
    let ofPage = this.#byPage.get(page)
    if (ofPage === undefined) {
      ofPage = new Set()
      this.#byPage.set(page, ofPage)
    }
    ofPage.add(installed)
    this.#cover(page)
    if (region.computesJumps) this.#computing++
    this.#count++
  }

  /** Drops the oldest modules until there is a number for an entry, and room for a module. */
  #makeRoom(): void {
    while (this.#free.length === 0 || this.#modules.size >= this.#mostModules) {
      const [oldest] = this.#modules
      this.#evicted += oldest.regions.size
      this.drop(oldest.regions)
    }
  }

  /** Lets regions not be entered any more. */
  drop(regions: Iterable<Installed>): void {
    for (const installed of [...regions]) {
      const { region, module, pageMemories } = installed
      const { page } = region
      module.regions.delete(installed)
      if (pageMemories !== undefined) this.#freePageMemories.push(pageMemories)
      for (const [number, record] of installed.entries) {
        this.#table.set(number, null)
        this.#free.push(number)
        this.#entered.delete(record)
        this.#links.disconnect(this.#memory.code.instructionOf(record))
        this.#bytes.setUint16(record, this.#bytes.getUint16(ORIGINAL_OPS + 2 * number, true), true)
      }
      if (region.computesJumps) this.#computing--
      this.#count--
      if (module.regions.size === 0) {
        this.#modules.delete(module)
        if (module.calls !== undefined) this.#links.remove(module.calls)
      }
      const ofPage = this.#byPage.get(page)!
      ofPage.delete(installed)
      if (ofPage.size === 0) this.#byPage.delete(page)
      this.#cover(page)
    }
  }

  /** Tells the pool which parts of a page are translated. */
  #cover(page: number): void {
    let low = 0
    let high = 0
    for (const { region } of this.ofPage(page)) {
      for (const { start, end } of region.blocks.values()) {
        // Up to and with the halfword behind: a store there clears the record before it.
        for (
          let granule = start >> GRANULE_SHIFT;
          granule <= Math.min(end, 4095) >> GRANULE_SHIFT;
          granule++
        ) {
          if (granule < 32) low |= 1 << granule
          else high |= 1 << (granule - 32)
        }
      }
    }
    this.#memory.code.setCoverage(page, low, high)
  }

  /** What was compiled at once is installed. */
  addModule(module: Module): void {
    this.#modules.add(module)
    if (module.calls !== undefined) this.#links.add(module.calls, (linear) => this.#functionAt(linear))
  }

  /** @returns the function of the region that is entered at a linear address, if there is one. */
  #functionAt(linear: number): WebAssembly.ExportValue | undefined {
    const { code } = this.#memory
    if (code.recordsAt(linear) === 0) return undefined
    const record = code.recordOf(linear)
    if (!this.#entered.has(record)) return undefined
    return this.#table.get(this.#bytes.getUint16(record, true) - REGION_OP)
  }

  /** A function calls another without asking whether it is still there: with a region its callers go, and theirs. */
  withCallers(regions: Iterable<Installed>): Set<Installed> {
    const all = new Set(regions)
    for (const installed of all) {
      for (const caller of installed.callers) if (caller.module.regions.has(caller)) all.add(caller)
    }
    return all
  }

  /** All records are gone. */
  forget(): void {
    for (const { regions, calls } of this.#modules) {
      if (calls !== undefined) this.#links.remove(calls)
      for (const { entries, pageMemories } of regions) {
        if (pageMemories !== undefined) this.#freePageMemories.push(pageMemories)
        for (const number of entries.keys()) {
          this.#table.set(number, null)
          this.#free.push(number)
        }
      }
    }
    this.#evicted += this.#count
    this.#count = 0
    this.#computing = 0
    this.#entered.clear()
    this.#byPage.clear()
    this.#modules.clear()
  }
}
