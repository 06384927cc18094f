import type { FloatOperation } from '@worldswitch/ieee754'
import { type FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import { OP_UNDECODED, RECORD_ARRIVALS } from '../code-pool.ts'
import type { InstructionCache } from '../instruction-cache.ts'
import { type FloatUse, floatOperationsOf } from '../instruction-effects.ts'
import type { MachineMemory } from '../machine-memory.ts'
import { mayMisalign, Predecoder } from '../predecoder.ts'
import { RECORD_SHIFT } from '../record-code.ts'
import { SSTATUS, slotCsr } from '../slot-csrs.ts'
import { addCarrylessMul, addMulHigh } from '../wide-products.ts'
import { type ControlFlow, controlFlow } from './control-flow.ts'
import { RegionEmitter, type RegionModule } from './emit-region.ts'
import { defaultLimits, Hotness, type TranslatorLimits } from './hotness.ts'
import { buildFloat, buildLinks, type FloatExports, type LinkExports } from './link-module.ts'
import { type CodeSource, findRegion, type Region } from './region.ts'
import {
  dispatchParams,
  JumpTargets,
  leaveParams,
  loopCounterAt,
  MOST_ENTRIES,
  MOST_REMEMBERING,
  ORIGINAL_OPS,
  PAGE_MEMORIES_SIZE,
  PageMemories,
  REGION_OP,
  reachCounterAt,
  regionParams,
} from './region-links.ts'

/** Instructions of a module at most, as far as regions were added that were not asked for. */
const MODULE_INSTRUCTIONS = 2000
/** Promotions of a place inside of a region before a region of its own begins there. */
const PASSES = 4
/** Arrivals at a callee with which it is translated together with its caller. */
const WARM = 50
/** Places of which something is remembered at most: a guest could make up any number. */
const MOST_REMEMBERED = 16384
/** Steps from one look at what regions have noted to the next: a guest may make the hart come back after each few. */
const LOOK_PERIOD = 2_000_000
/** Targets of computed jumps that are known of a page at most: each is a place where the region can be entered. */
const MOST_TARGETS = 64
/** Times that regions of a page are translated anew because more targets were found. */
const MOST_FINDINGS = 6
/** Failed checks between two looks with which a region is translated anew, with a look-up for each access. */
const REACH_FAILURES = 500
/** The part of all steps that those in a region's loops are when they are hot. */
const HOT_PART = 1 / 8
const none: ReadonlySet<number> = new Set()
/** Bytes of code that share a bit of the page's coverage. */
const GRANULE_SHIFT = 6

/** A region that can be entered. */
interface Installed {
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
interface Module {
  readonly regions: Set<Installed>
}

/** Where computed jumps of a page go to in the same page. */
interface KnownTargets {
  readonly offsets: Set<number>
  /** Times that more were found. */
  found: number
}

/** A region on its way to be one. */
interface Planned {
  readonly region: Region
  readonly flow: ControlFlow
}

/** What the translator has done. Times are of the host. */
export interface TranslatorStatistics {
  /** Regions that can be entered now. */
  readonly regions: number
  /** Modules that hold them. */
  readonly modules: number
  /** Regions translated since the start. */
  readonly translated: number
  /** Guest instructions in them. */
  readonly instructions: number
  /** Regions that were translated anew because their loops were hot. */
  readonly hot: number
  /** Regions dropped because their code was overwritten. */
  readonly invalidated: number
  /** Regions dropped to make room. */
  readonly evicted: number
  /** Bytes of WebAssembly compiled. */
  readonly bytes: number
  /** Milliseconds from a promotion to the installed functions, as far as the host does not compile later. */
  readonly milliseconds: number
}

/** Compiled links by what they depend on. */
const linkModules = new Map<number, WebAssembly.Module>()
let floatModule: WebAssembly.Module | undefined

/**
 * Translates regions of predecoded code to WebAssembly, for all harts of one memory. A region is entered through the op
 * of its first record, which is how it is found by physical address, and by every address space.
 */
export class Translator implements CodeSource {
  readonly table: WebAssembly.Table
  /** Goes on in regions; see `LinkExports`. */
  readonly dispatch: WebAssembly.ExportValue
  /** What is hot, and what waits to be translated. */
  readonly hotness: Hotness
  readonly #memory: MachineMemory
  readonly #instructions: InstructionCache
  readonly #predecoder: Predecoder
  readonly #limits: TranslatorLimits
  readonly #bytes: DataView
  readonly #links: LinkExports
  /** Made when the first region needs it. */
  #float: FloatExports | undefined
  /** Records at which a region is entered. */
  readonly #entered = new Set<number>()
  readonly #byPage = new Map<number, Set<Installed>>()
  /** Oldest first. */
  readonly #modules = new Set<Module>()
  readonly #free: number[] = []
  /** Where no region keeps pages. */
  readonly #freePageMemories: number[] = []
  /** How often places inside of regions were promoted. */
  readonly #passed = new Map<number, number>()
  /** Where computed jumps go to in a page, as far as regions noted them. */
  readonly #jumpTargets = new Map<number, KnownTargets>()
  /** Regions whose accesses off one register are often in two pages: by page and entry. */
  readonly #scattered = new Set<number>()
  /** Regions in whose loops many steps were: by page and entry. */
  readonly #hot = new Set<number>()
  /** Regions that were given counters. */
  #counting = 0
  /** Steps of all harts since the last look. */
  #since = 0
  /** Steps of all harts since the last look at loops. */
  #sinceLoops = 0
  /** Translates at once. */
  #eager = false
  /** So little has been interpreted that what has not been executed says nothing. */
  #isEarly = true
  #regions = 0
  /** Those of them that have computed jumps. */
  #computing = 0
  #translated = 0
  #instructionCount = 0
  #hotCount = 0
  #invalidated = 0
  #evicted = 0
  #byteCount = 0
  #milliseconds = 0

  constructor(memory: MachineMemory, instructions: InstructionCache, limits = defaultLimits) {
    this.#memory = memory
    this.#limits = limits
    this.hotness = new Hotness(limits)
    this.#instructions = instructions
    this.#predecoder = new Predecoder(memory, instructions)
    this.#bytes = new DataView(memory.memory.buffer)
    const { arraySize } = memory.tlbLayout
    let links = linkModules.get(arraySize)
    if (links === undefined) {
      links = new WebAssembly.Module(buildLinks(arraySize))
      linkModules.set(arraySize, links)
    }
    const instance = new WebAssembly.Instance(links, { host: { memory: memory.memory } })
    this.#links = instance.exports as unknown as LinkExports
    this.table = this.#links.regions
    this.dispatch = this.#links.dispatch
    for (let number = MOST_ENTRIES - 1; number >= 0; number--) this.#free.push(number)
    for (let i = MOST_REMEMBERING - 1; i >= 0; i--) {
      this.#freePageMemories.push(memory.pageMemories + i * PAGE_MEMORIES_SIZE)
    }
    memory.code.onOverwrite = (page, from, to) => this.#overwritten(page, from, to)
    memory.code.onDrop = () => this.#forget()
  }

  get statistics(): TranslatorStatistics {
    return {
      regions: this.#regions,
      modules: this.#modules.size,
      translated: this.#translated,
      instructions: this.#instructionCount,
      hot: this.#hotCount,
      invalidated: this.#invalidated,
      evicted: this.#evicted,
      bytes: this.#byteCount,
      milliseconds: this.#milliseconds,
    }
  }

  // CodeSource

  /** What has not been predecoded yet has not been executed either, and soon that means that it seldom is. */
  isWanted(linear: number) {
    return this.#isEarly || this.#bytes.getUint16(this.#recordOf(linear), true) !== OP_UNDECODED
  }
  decode(linear: number) {
    const first = this.#bytes.getUint16(linear, true)
    if ((first & 3) !== 3) return this.#instructions.decode(first)
    if ((linear & 0xfff) === 0xffe) return undefined
    const decoded = this.#instructions.decode(this.#bytes.getInt32(linear, true))
    // As in the interpreter, the evaluator finds out whether a target is misaligned.
    const isCold = decoded !== undefined && !this.#instructions.extensions.has('C') && mayMisalign(decoded)
    return isCold ? undefined : decoded
  }
  generatedCsr(number: number) {
    if (number === SSTATUS) return 'status'
    const { extensions } = this.#instructions
    return slotCsr(number, extensions.has('H'), extensions.has('C'))
  }

  /** Has the region that begins at a record translated, soon. @param now - at once. */
  promote(record: number, now: boolean): void {
    this.#eager = now
    this.#isEarly = now || this.hotness.isEarly
    if (!this.#entered.has(record) && (now || !this.#isPassing(record))) this.hotness.add(record)
    if (now) this.#translate()
    else this.tick()
  }

  /** Has regions translated anew in which accesses off one register are often not in one page, as their code assumes. */
  #lookAtReach(): void {
    this.#redo((installed) => {
      const { region, reachCounter } = installed
      const failures = this.#bytes.getUint16(reachCounter, true)
      if (failures === 0) return false
      this.#bytes.setUint16(reachCounter, 0, true)
      if (failures < REACH_FAILURES) return false
      remember(this.#scattered, region)
      return true
    })
  }

  /** Has regions translated anew, with all that makes loops fast, in whose loops many steps were. */
  #lookAtLoops(): void {
    const enough = this.#sinceLoops * HOT_PART
    this.#sinceLoops = 0
    this.#redo(({ region, loopCounter }) => {
      if (loopCounter === undefined) return false
      const counted = this.#bytes.getUint32(loopCounter, true)
      this.#bytes.setUint32(loopCounter, 0, true)
      if (counted <= enough) return false
      remember(this.#hot, region)
      this.#hotCount++
      return true
    })
  }

  /**
   * Has regions translated anew, and their callers, which are dropped with them: at once, since they are being executed.
   *
   * @param isMeant - asked of every region.
   */
  #redo(isMeant: (installed: Installed) => boolean): void {
    const meant: Installed[] = []
    for (const { regions } of this.#modules) {
      for (const installed of regions) if (isMeant(installed)) meant.push(installed)
    }
    if (meant.length === 0) return
    const dropped = this.#withCallers(meant)
    this.#drop(dropped)
    for (const { region } of dropped) this.hotness.add(this.#recordOf(region.page + region.entry))
    this.#translate()
  }

  /** Has regions translated anew for whose computed jumps targets were found: with these they are one region. */
  #lookAtJumps(): void {
    if (this.#computing === 0) return
    const table = new Int32Array(this.#memory.memory.buffer, this.#memory.jumpTargets, JumpTargets.size / 4)
    const grown = new Set<number>()
    for (let i = 0; i < table.length; i++) {
      const linear = table[i] >>> 0
      if (linear === 0) continue
      table[i] = 0
      const page = linear & ~0xfff
      if (!this.#byPage.has(page) || !this.isWanted(linear) || this.decode(linear) === undefined) continue
      let known = this.#jumpTargets.get(page)
      if (known === undefined) {
        if (this.#jumpTargets.size >= MOST_REMEMBERED) this.#jumpTargets.clear()
        known = { offsets: new Set(), found: 0 }
        this.#jumpTargets.set(page, known)
      }
      const { offsets, found } = known
      if (offsets.has(linear & 0xfff) || offsets.size >= MOST_TARGETS || found >= MOST_FINDINGS) continue
      offsets.add(linear & 0xfff)
      grown.add(page)
    }
    if (grown.size === 0) return
    for (const page of grown) this.#jumpTargets.get(page)!.found++
    this.#redo(
      ({ region: { page, entry, computesJumps } }) =>
        grown.has(page) && (computesJumps || this.#jumpTargets.get(page)!.offsets.has(entry)),
    )
  }

  #recordOf(linear: number): number {
    return this.#memory.code.recordsAt(linear) + ((linear & 0xffe) << RECORD_SHIFT)
  }

  /**
   * Whether a place inside of a region has not been promoted often enough yet: the interpreter also comes there in
   * passing, after it was left an instruction.
   */
  #isPassing(record: number): boolean {
    const linear = this.#memory.code.instructionOf(record)
    const offset = linear & 0xfff
    let isInside = false
    for (const { region } of this.#byPage.get(linear & ~0xfff) ?? []) isInside ||= covers(region, offset)
    if (!isInside) return false
    const times = (this.#passed.get(record) ?? 0) + 1
    if (this.#passed.size >= MOST_REMEMBERED) this.#passed.clear()
    this.#passed.set(record, times)
    return times < PASSES
  }

  #isWarm(record: number): boolean {
    return this.#eager || this.hotness.arrivals(this.#bytes.getUint16(record + RECORD_ARRIVALS, true)) >= WARM
  }

  /**
   * Looks at what regions have noted, and translates what has waited long enough.
   *
   * @param executed - steps of some hart since it told last.
   */
  tick(executed = 0): void {
    this.#since += executed
    if (this.#eager || this.#since >= LOOK_PERIOD) {
      this.#since = 0
      this.#lookAtReach()
      this.#lookAtJumps()
    }
    this.#sinceLoops += executed
    if (this.#sinceLoops >= this.#limits.loopPeriod) this.#lookAtLoops()
    if (this.hotness.isDue) this.#translate()
  }

  #translate(): void {
    const began = performance.now()
    const regions = this.#batch()
    if (regions.length > 0) this.#compile(regions)
    this.#milliseconds += performance.now() - began
  }

  /** Takes the regions that wait, and those that they call in their pages. By record. */
  #batch(): Planned[] {
    const regions = new Map<number, Region>()
    const { code } = this.#memory
    let size = 0
    const add = (record: number): void => {
      if (regions.has(record) || this.#entered.has(record)) return
      const linear = code.instructionOf(record)
      const [page, entry] = [linear & ~0xfff, linear & 0xfff]
      // One region is enough for what is hot in it, unless the interpreter keeps coming there.
      if (!this.#eager && !this.#passed.has(record)) {
        for (const other of regions.values()) {
          if (other.page !== page || !covers(other, entry)) continue
          this.#passed.set(record, 1)
          return
        }
      }
      const region = findRegion(this, page, entry, this.#jumpTargets.get(page)?.offsets ?? none)
      if (region === undefined) return
      regions.set(record, region)
      size += region.size
    }
    for (const record of this.hotness.take()) add(record)
    for (const region of regions.values()) {
      for (const callee of calleesOf(region)) {
        if (size >= MODULE_INSTRUCTIONS) break
        const record = this.#recordOf(region.page + callee)
        if (this.#isWarm(record)) add(record)
      }
    }
    return [...regions.values()].map((region) => ({ region, flow: controlFlow(region) }))
  }

  #compile(plans: readonly Planned[]): void {
    const module = new ModuleBuilder({ validate: false, names: false })
    const links = this.#links
    const imported: Record<string, WebAssembly.ExportValue> = {
      dispatch: links.dispatch,
      follow: links.follow,
      leave: links.leave,
    }
    const dispatch = module.importFunction('links', 'dispatch', dispatchParams, ['i32'])
    const follow = module.importFunction('links', 'follow', dispatchParams, ['i32'])
    const leave = module.importFunction('links', 'leave', leaveParams, ['i32'])
    const float = {} as Record<FloatOperation, FunctionIndex>
    for (const operation of floatOperationsIn(plans)) {
      float[operation.name] = module.importFunction(
        'links',
        operation.name,
        ['i32', 'i32', ...Array.from({ length: operation.operands }, () => 'i64' as const)],
        ['i64'],
      )
      imported[operation.name] = this.#floatFunctions()[operation.name]
    }
    module.importMemory('links', 'memory', { minimum: 1 })
    imported.memory = this.#memory.memory
    const shared = {
      tlbArraySize: this.#memory.tlbLayout.arraySize,
      float,
      ...(plans.some(({ region }) => region.usesProducts) ? addProducts(module) : noProducts),
      dispatch,
      follow,
      leave,
    }
    const own = plans.map(() => module.declare('', regionParams, ['i32']))
    /** Which plan has the region that is entered at a linear address. */
    const entered = new Map<number, number>()
    for (const [i, { region, flow }] of plans.entries()) {
      for (const entry of flow.entries) {
        const linear = region.page + entry
        if (!entered.has(linear)) entered.set(linear, i)
      }
    }
    const unit: Module = { regions: new Set() }
    const installed = plans.map(({ region, flow }): Installed => {
      const number = this.#counting++
      const isFast = this.#isEarly || this.#hot.has(region.page + region.entry)
      return {
        region,
        module: unit,
        entries: new Map(),
        reachCounter: reachCounterAt(number),
        loopCounter: isFast ? undefined : this.#takeLoopCounter(flow, number),
        pageMemories: isFast ? this.#takePageMemories(flow) : undefined,
        callers: new Set(),
      }
    })
    for (const [i, { region, flow }] of plans.entries()) {
      const functionAt = (linear: number): FunctionIndex | undefined => {
        const callee = entered.get(linear)
        if (callee === undefined) return undefined
        installed[callee].callers.add(installed[i])
        return own[callee]
      }
      const around = {
        ...shared,
        functionAt,
        reachCounter: installed[i].reachCounter,
        loopCounter: installed[i].loopCounter,
        jumpTargets: this.#memory.jumpTargets,
        pageMemories: installed[i].pageMemories,
        isScattered: this.#scattered.has(region.page + region.entry),
      }
      module.define(own[i], (code, ...params) => new RegionEmitter(code, params, region, flow, around).emit())
      module.exportFunction(own[i], `${i}`)
    }
    const bytes = module.toBytes() as Uint8Array<ArrayBuffer>
    this.#byteCount += bytes.length
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { links: imported })
    for (const [i, { flow }] of plans.entries()) this.#install(installed[i], flow, exports[`${i}`])
    this.#modules.add(unit)
  }

  /** Pages are remembered in loops only: elsewhere looking one up costs as much as finding it known. */
  #takePageMemories({ loops }: ControlFlow): number | undefined {
    if (loops.size === 0) return undefined
    const memories = this.#freePageMemories.pop()
    if (memories !== undefined) this.#bytes.setBigUint64(memories + PageMemories.seen, 0n, true)
    return memories
  }

  /** @param number - of the region. */
  #takeLoopCounter({ loops }: ControlFlow, number: number): number | undefined {
    if (loops.size === 0) return undefined
    const counter = loopCounterAt(this.#memory.loopCounters, number)
    this.#bytes.setUint32(counter, 0, true)
    return counter
  }

  #floatFunctions(): FloatExports {
    floatModule ??= new WebAssembly.Module(buildFloat())
    this.#float ??= new WebAssembly.Instance(floatModule, { host: { memory: this.#memory.memory } })
      .exports as unknown as FloatExports
    return this.#float
  }

  #install(installed: Installed, flow: ControlFlow, run: WebAssembly.ExportValue): void {
    const { region, module } = installed
    const { page } = region
    for (const entry of flow.entries) {
      const record = this.#recordOf(page + entry)
      if (this.#entered.has(record)) continue
      this.#makeRoom()
      if (this.#bytes.getUint16(record, true) === OP_UNDECODED) this.#predecoder.decode(record)
      const number = this.#free.pop()!
      this.table.set(number, run)
      this.#bytes.setUint16(ORIGINAL_OPS + 2 * number, this.#bytes.getUint16(record, true), true)
      this.#bytes.setUint16(record, REGION_OP + number, true)
      this.#entered.add(record)
      installed.entries.set(number, record)
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
    this.#regions++
    this.#translated++
    this.#instructionCount += region.size
    this.hotness.translated(region.size)
  }

  /** Drops the oldest modules until there is a number for an entry, and room for a module. */
  #makeRoom(): void {
    while (this.#free.length === 0 || this.#modules.size >= this.#limits.modules) {
      const [oldest] = this.#modules
      this.#evicted += oldest.regions.size
      this.#drop(oldest.regions)
    }
  }

  #drop(regions: Iterable<Installed>): void {
    for (const installed of [...regions]) {
      const { region, module, pageMemories } = installed
      const { page } = region
      module.regions.delete(installed)
      if (pageMemories !== undefined) this.#freePageMemories.push(pageMemories)
      for (const [number, record] of installed.entries) {
        this.table.set(number, null)
        this.#free.push(number)
        this.#entered.delete(record)
        this.#bytes.setUint16(record, this.#bytes.getUint16(ORIGINAL_OPS + 2 * number, true), true)
      }
      if (region.computesJumps) this.#computing--
      this.#regions--
      if (module.regions.size === 0) this.#modules.delete(module)
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
    for (const { region } of this.#byPage.get(page) ?? []) {
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

  /** Bytes of a page are overwritten: drops what was translated from them. @param to - the last byte. */
  #overwritten(page: number, from: number, to: number): void {
    const ofPage = this.#byPage.get(page)
    if (ofPage === undefined) return
    const hit = new Set<Installed>()
    for (const installed of ofPage) {
      for (const { start, end } of installed.region.blocks.values()) {
        if (start <= to && from < end) hit.add(installed)
      }
    }
    for (const { region } of hit) {
      this.#scattered.delete(page + region.entry)
      this.#hot.delete(page + region.entry)
    }
    if (hit.size > 0) this.#jumpTargets.delete(page)
    const dropped = this.#withCallers(hit)
    this.#invalidated += dropped.size
    this.#drop(dropped)
  }

  /** A function calls another without asking whether it is still there: with a region its callers go, and theirs. */
  #withCallers(regions: Iterable<Installed>): Set<Installed> {
    const all = new Set(regions)
    for (const installed of all) {
      for (const caller of installed.callers) if (caller.module.regions.has(caller)) all.add(caller)
    }
    return all
  }

  /** All records are gone. */
  #forget(): void {
    this.hotness.take()
    this.#passed.clear()
    this.#scattered.clear()
    this.#hot.clear()
    for (const { regions } of this.#modules) {
      for (const { entries, pageMemories } of regions) {
        if (pageMemories !== undefined) this.#freePageMemories.push(pageMemories)
        for (const number of entries.keys()) {
          this.table.set(number, null)
          this.#free.push(number)
        }
      }
    }
    this.#evicted += this.#regions
    this.#regions = 0
    this.#computing = 0
    this.#jumpTargets.clear()
    this.#entered.clear()
    this.#byPage.clear()
    this.#modules.clear()
  }
}

const translators = new WeakMap<MachineMemory, Translator>()

/** The translator of a memory. @param limits - of one that is made. */
export function translatorOf(
  memory: MachineMemory,
  instructions: InstructionCache,
  limits?: TranslatorLimits,
): Translator {
  let translator = translators.get(memory)
  if (translator === undefined) {
    translator = new Translator(memory, instructions, limits)
    translators.set(memory, translator)
  }
  return translator
}

/** Adds a region to a bounded set: by page and entry. */
const remember = (set: Set<number>, { page, entry }: Region): void => {
  if (set.size >= MOST_REMEMBERED) set.clear()
  set.add(page + entry)
}

const covers = ({ blocks }: Region, offset: number): boolean => {
  for (const { start, end } of blocks.values()) if (start <= offset && offset < end) return true
  return false
}

/** Offsets of what a region calls in its own page. */
function* calleesOf({ blocks }: Region): Generator<number> {
  for (const { instructions } of blocks.values()) {
    const { transfer, offset, decoded } = instructions[instructions.length - 1]
    const callee = offset + decoded.imm
    if (transfer === 'call' && callee >= 0 && callee < 4096) yield callee
  }
}

type Products = Pick<RegionModule, 'mulHigh' | 'carrylessMul'>

/** Regions of a module that has no such functions do not ask for them. */
const noProducts = { mulHigh: {}, carrylessMul: {} } as Products

const addProducts = (module: ModuleBuilder): Products => ({
  mulHigh: addMulHigh(module),
  carrylessMul: addCarrylessMul(module),
})

/** The floating-point operations of regions, each once. */
function* floatOperationsIn(plans: Iterable<Planned>): Generator<FloatUse> {
  const seen = new Set<FloatOperation>()
  for (const { region } of plans) {
    if (!region.usesFloat) continue
    for (const { instructions } of region.blocks.values()) {
      for (const { usesFloat, decoded } of instructions) {
        if (!usesFloat) continue
        for (const operation of floatOperationsOf(decoded.base)) {
          if (seen.has(operation.name)) continue
          seen.add(operation.name)
          yield operation
        }
      }
    }
  }
}
