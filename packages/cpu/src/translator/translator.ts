import type { FloatOperation } from '@worldswitch/ieee754'
import { decode, type Extension } from '@worldswitch/isa'
import { type FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import { OP_UNDECODED, RECORD_ARRIVALS, RECORD_AUX } from '../code-pool.ts'
import { type FloatUse, floatOperationsOf } from '../instruction-effects.ts'
import type { MachineMemory } from '../machine-memory.ts'
import { mayMisalign, Predecoder } from '../predecoder.ts'
import { SSTATUS, slotCsr } from '../slot-csrs.ts'
import { addCarrylessMul, addMulHigh } from '../wide-products.ts'
import { type CallLink, CallLinks } from './call-links.ts'
import { type ControlFlow, controlFlow } from './control-flow.ts'
import { RegionEmitter, type RegionModule } from './emit-region.ts'
import { defaultLimits, Hotness, type TranslatorLimits } from './hotness.ts'
import { type Installed, InstalledRegions, type Module } from './installed-regions.ts'
import { type RegionInstruction, regionInstruction } from './instruction-facts.ts'
import { buildFloat, buildLinks, type FloatExports, type LinkExports } from './link-module.ts'
import { addTable, filledTable } from './module-table.ts'
import { type CodeSource, findRegion, isInPage, type Region } from './region.ts'
import { addLinkedCall } from './region-calls.ts'
import {
  JumpTargets,
  LoopCounters,
  loopCounterAt,
  ReachCounters,
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
/** Words of instructions that are remembered at most. */
const MOST_WORDS = 65536
/** Steps from one look at what regions have noted to the next: a guest may make the hart come back after each few. */
const LOOK_PERIOD = 2_000_000
/** Targets of computed jumps that are known of a page at most: each is a place where the region can be entered. */
const MOST_TARGETS = 64
/** Times that regions of a page are translated anew because more targets were found. */
const MOST_FINDINGS = 6
/** Misses of an access, until its region is translated, with which it will go on missing. */
const MISSES = 2
/** The part of all steps that those in a region's loops are when they are hot. */
const HOT_PART = 1 / 8
const none: ReadonlySet<number> = new Set()

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
  readonly #extensions: ReadonlySet<Extension>
  readonly #predecoder: Predecoder
  readonly #limits: TranslatorLimits
  readonly #bytes: DataView
  readonly #links: LinkExports
  /** Made when the first region needs it. */
  #float: FloatExports | undefined
  readonly #callLinks: CallLinks
  readonly #installed: InstalledRegions
  /** Instructions by their words; null is what translated code does not contain. */
  readonly #words = new Map<number, RegionInstruction | null>()
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
  #translated = 0
  #instructionCount = 0
  #hotCount = 0
  #invalidated = 0
  #byteCount = 0
  #milliseconds = 0

  /** @param extensions - what the harts have. */
  constructor(memory: MachineMemory, extensions: ReadonlySet<Extension>, limits = defaultLimits) {
    this.#memory = memory
    this.#limits = limits
    this.hotness = new Hotness(limits)
    this.#extensions = extensions
    this.#predecoder = new Predecoder(memory, extensions)
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
    this.#callLinks = new CallLinks(memory)
    this.#installed = new InstalledRegions(
      memory,
      this.table,
      this.#predecoder,
      this.#callLinks,
      limits.modules,
    )
    memory.code.onOverwrite = (page, from, to) => this.#overwritten(page, from, to)
    memory.code.onDrop = () => this.#forget()
  }

  get statistics(): TranslatorStatistics {
    return {
      regions: this.#installed.count,
      modules: this.#installed.modules.size,
      translated: this.#translated,
      instructions: this.#instructionCount,
      hot: this.#hotCount,
      invalidated: this.#invalidated,
      evicted: this.#installed.evicted,
      bytes: this.#byteCount,
      milliseconds: this.#milliseconds,
    }
  }

  // CodeSource

  /** What has not been predecoded yet has not been executed either, and soon that means that it seldom is. */
  isWanted(linear: number) {
    return this.#isEarly || this.#bytes.getUint16(this.#memory.code.recordOf(linear), true) !== OP_UNDECODED
  }
  instruction(linear: number) {
    const first = this.#bytes.getUint16(linear, true)
    if ((first & 3) !== 3) return this.#known(first)
    return (linear & 0xfff) === 0xffe ? null : this.#known(this.#bytes.getInt32(linear, true))
  }
  /** At first every access misses. */
  isMissed(linear: number) {
    if (this.#isEarly) return false
    const record = this.#memory.code.recordOf(linear)
    return this.#bytes.getUint16(record + RECORD_AUX, true) >= MISSES
  }

  /** An instruction by its word: 32 bits, or the low 16 of a compressed one. */
  #known(word: number): RegionInstruction | null {
    const known = this.#words.get(word)
    if (known !== undefined) return known
    if (this.#words.size >= MOST_WORDS) this.#words.clear()
    const extensions = this.#extensions
    const decoded = decode(word, extensions)
    // As in the interpreter, the evaluator finds out whether a target is misaligned.
    const isCold = decoded === undefined || (!extensions.has('C') && mayMisalign(decoded))
    const instruction = isCold
      ? null
      : regionInstruction(decoded, (csr) =>
          csr === SSTATUS ? 'status' : slotCsr(csr, extensions.has('H'), extensions.has('C')),
        )
    this.#words.set(word, instruction)
    return instruction
  }

  /** Has the region that begins at a record translated, soon. @param now - at once. */
  promote(record: number, now: boolean): void {
    this.#eager = now
    this.#isEarly = now || this.hotness.isEarly
    if (!this.#installed.isEntered(record) && (now || !this.#isPassing(record))) this.hotness.add(record)
    if (now) this.#translate()
    else this.tick()
  }

  /** Has regions translated anew in which accesses off one register are often not in one page, as their code assumes. */
  #lookAtReach(): void {
    const { start, count, enough, isEnough } = ReachCounters
    const counters = new Uint16Array(this.#memory.memory.buffer, start, count)
    if (this.#bytes.getUint32(isEnough, true) !== 0) {
      this.#bytes.setUint32(isEnough, 0, true)
      this.#redo(({ region, reachCounter }) => {
        if (this.#bytes.getUint16(reachCounter, true) < enough) return false
        remember(this.#scattered, region)
        return true
      })
    }
    counters.fill(0)
  }

  /** Has regions translated anew, with all that makes loops fast, in whose loops many steps were. */
  #lookAtLoops(): void {
    const enough = this.#sinceLoops * HOT_PART
    this.#sinceLoops = 0
    const { memory, loopCounters } = this.#memory
    const counters = new Uint32Array(memory.buffer, loopCounters, LoopCounters.count)
    if (largest(counters) > enough) {
      this.#redo(({ region, loopCounter }) => {
        if (loopCounter === undefined || this.#bytes.getUint32(loopCounter, true) <= enough) return false
        remember(this.#hot, region)
        this.#hotCount++
        return true
      })
    }
    counters.fill(0)
  }

  /**
   * Has regions translated anew, and their callers, which are dropped with them: at once, since they are being executed.
   *
   * @param isMeant - asked of every region.
   */
  #redo(isMeant: (installed: Installed) => boolean): void {
    const meant: Installed[] = []
    for (const { regions } of this.#installed.modules) {
      for (const installed of regions) if (isMeant(installed)) meant.push(installed)
    }
    if (meant.length === 0) return
    const dropped = this.#installed.withCallers(meant)
    this.#installed.drop(dropped)
    for (const { region } of dropped) this.hotness.add(this.#memory.code.recordOf(region.page + region.entry))
    this.#translate()
  }

  /** Has regions translated anew for whose computed jumps targets were found: with these they are one region. */
  #lookAtJumps(): void {
    if (!this.#installed.computesJumps) return
    const table = new Int32Array(this.#memory.memory.buffer, this.#memory.jumpTargets, JumpTargets.size / 4)
    const grown = new Set<number>()
    for (let i = 0; i < table.length; i++) {
      const linear = table[i] >>> 0
      if (linear === 0) continue
      table[i] = 0
      const page = linear & ~0xfff
      if (
        this.#installed.ofPage(page).size === 0 ||
        !this.isWanted(linear) ||
        this.instruction(linear) === null
      )
        continue
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

  /**
   * Whether a place inside of a region has not been promoted often enough yet: the interpreter also comes there in
   * passing, after it was left an instruction.
   */
  #isPassing(record: number): boolean {
    const linear = this.#memory.code.instructionOf(record)
    const offset = linear & 0xfff
    let isInside = false
    for (const { region } of this.#installed.ofPage(linear & ~0xfff)) isInside ||= covers(region, offset)
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
      if (regions.has(record) || this.#installed.isEntered(record)) return
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
        if (!isInPage(callee)) continue
        if (size >= MODULE_INSTRUCTIONS) break
        const record = this.#memory.code.recordOf(region.page + callee)
        if (this.#isWarm(record)) add(record)
      }
    }
    return [...regions.values()].map((region) => ({ region, flow: controlFlow(region) }))
  }

  #compile(plans: readonly Planned[]): void {
    const module = new ModuleBuilder({ validate: false, names: false })
    const imported: Record<string, WebAssembly.ExportValue> = {}
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
    const tlbArraySize = this.#memory.tlbLayout.arraySize
    const { mulHigh, carrylessMul } = plans.some(({ region }) => region.usesProducts)
      ? addProducts(module)
      : noProducts
    const own = plans.map(() => module.declare('', regionParams, ['i32']))
    /** Which plan has the region that is entered at a linear address. */
    const entered = new Map<number, number>()
    for (const [i, { region, flow }] of plans.entries()) {
      for (const entry of flow.entries) {
        const linear = region.page + entry
        if (!entered.has(linear)) entered.set(linear, i)
      }
    }
    const calls = this.#callLinks.take(calledElsewhere(plans, entered))
    const { dispatch, follow, leave, locateRead, locateWrite, table } = addTable(module, calls.size)
    const locate = [locateRead, locateWrite] as const
    const linkedCall = calls.size === 0 ? undefined : addLinkedCall(module, tlbArraySize, table, dispatch)
    const unit: Module = { regions: new Set(), calls: undefined }
    const installed = plans.map(({ region, flow }): Installed => {
      const number = this.#counting++
      const isFast = this.#isEarly || this.#hot.has(region.page + region.entry)
      return {
        region,
        module: unit,
        entries: new Map(),
        reachCounter: reachCounterAt(number),
        loopCounter: isFast ? undefined : this.#takeLoopCounter(flow, number),
        pageMemories: isFast ? this.#installed.takePageMemories(flow) : undefined,
        callers: new Set(),
      }
    })
    for (const [i, { region, flow }] of plans.entries()) {
      const calleeAt = (callee: number): FunctionIndex | CallLink | undefined => {
        const place = region.page + callee
        const index = isInPage(callee) ? entered.get(place) : undefined
        if (index === undefined) return calls.get(place)
        installed[index].callers.add(installed[i])
        return own[index]
      }
      // No spreading here: V8 is slow with that.
      const around: RegionModule = {
        tlbArraySize,
        float,
        mulHigh,
        carrylessMul,
        dispatch,
        follow,
        leave,
        locate,
        linkedCall,
        calleeAt,
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
    const filled = filledTable(exports, this.#links)
    if (calls.size > 0) unit.calls = { table: filled, links: calls }
    for (const [i, { region, flow }] of plans.entries()) {
      this.#installed.install(installed[i], flow, exports[`${i}`])
      this.#translated++
      this.#instructionCount += region.size
      this.hotness.translated(region.size)
    }
    this.#installed.addModule(unit)
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

  /** Bytes of a page are overwritten: drops what was translated from them. @param to - the last byte. */
  #overwritten(page: number, from: number, to: number): void {
    const hit = this.#installed.overlapping(page, from, to)
    if (hit.size === 0) return
    for (const { region } of hit) {
      this.#scattered.delete(page + region.entry)
      this.#hot.delete(page + region.entry)
    }
    this.#jumpTargets.delete(page)
    const dropped = this.#installed.withCallers(hit)
    this.#invalidated += dropped.size
    this.#installed.drop(dropped)
  }

  /** All records are gone. */
  #forget(): void {
    this.hotness.take()
    this.#passed.clear()
    this.#scattered.clear()
    this.#hot.clear()
    this.#jumpTargets.clear()
    this.#installed.forget()
  }
}

const translators = new WeakMap<MachineMemory, Translator>()

/** The translator of a memory. @param limits - of one that is made. */
export function translatorOf(
  memory: MachineMemory,
  extensions: ReadonlySet<Extension>,
  limits?: TranslatorLimits,
): Translator {
  let translator = translators.get(memory)
  if (translator === undefined) {
    translator = new Translator(memory, extensions, limits)
    translators.set(memory, translator)
  }
  return translator
}

/** Adds a region to a bounded set: by page and entry. */
const remember = (set: Set<number>, { page, entry }: Region): void => {
  if (set.size >= MOST_REMEMBERED) set.clear()
  set.add(page + entry)
}

/** In a loop of its own: most looks at counters find nothing. */
function largest(counters: Uint32Array): number {
  let most = 0
  for (let i = 0; i < counters.length; i++) if (counters[i] > most) most = counters[i]
  return most
}

const covers = ({ blocks }: Region, offset: number): boolean => {
  for (const { start, end } of blocks.values()) if (start <= offset && offset < end) return true
  return false
}

/** What a region calls, in bytes from the start of its page. */
function* calleesOf({ blocks }: Region): Generator<number> {
  for (const { callee } of blocks.values()) if (callee !== undefined) yield callee
}

/**
 * Linear addresses of what regions call that is not in the same page and module. Other pages are taken to follow in RAM as
 * they do for the guest.
 *
 * @param entered - the places at which the module's regions are entered.
 */
function calledElsewhere(plans: Iterable<Planned>, entered: ReadonlyMap<number, unknown>): Set<number> {
  const places = new Set<number>()
  for (const { region } of plans) {
    for (const callee of calleesOf(region)) {
      const place = region.page + callee
      if (!isInPage(callee) || !entered.has(place)) places.add(place)
    }
  }
  return places
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
