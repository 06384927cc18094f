import type { Instruction } from '@worldswitch/isa'
import type { Code, FunctionIndex, Label, Local } from '@worldswitch/wasm'
import type { CodeFrame, Value } from '../code-frame.ts'
import { State } from '../state-layout.ts'
import { loadDataRegime } from '../tlb-code.ts'
import { AccessGroups, type PlannedAccess } from './access-groups.ts'
import type { CallLink } from './call-links.ts'
import { type ControlFlow, type FlowNode, lastOf, longestPaths } from './control-flow.ts'
import { isReturn, type RegionInstruction } from './instruction-facts.ts'
import { type LoopPlan, plainLoops, planLoops } from './loop-plans.ts'
import type { TableFunction } from './module-table.ts'
import type { Region } from './region.ts'
import { emitRegionCall } from './region-calls.ts'
import { emitRegionEnd } from './region-end.ts'
import { FOLLOW, leavePlace, RETURN, type RegionFrame } from './region-frame.ts'
import { JumpTargets, LeaveCause } from './region-links.ts'
import { RegionSemantics } from './region-semantics.ts'
import {
  chained,
  includes,
  keyOf,
  leavingSets,
  type NodeRegisters,
  type Registers,
  registerFlow,
} from './register-flow.ts'
import { RememberedPages } from './remembered-pages.ts'

/** What regions of a module share. */
export interface RegionModule extends Pick<CodeFrame, 'tlbArraySize' | 'float' | 'mulHigh' | 'carrylessMul'> {
  /** (hart, calls that may still be nested, steps left, expected pc) -> as a region: runs regions until one arrives there. */
  readonly dispatch: TableFunction
  /** (hart, calls that may still be nested, steps left, pc) -> as a region: goes on there, in place of the region. */
  readonly follow: TableFunction
  /** (hart, address of the page, `place`, steps left, reach counter) -> as a region: leaves it to the interpreter there. */
  readonly leave: TableFunction
  /** See {@link RegionFrame.locate}. */
  readonly locate: RegionFrame['locate']
  /** Linear address of the region's count of failed reach checks. */
  readonly reachCounter: number
  /** Linear address of the {@link JumpTargets}. */
  readonly jumpTargets: number
  /** Linear address where steps in loops are counted, which then are as they are; undefined: they are made fast. */
  readonly loopCounter: number | undefined
  /** Linear address of what the region remembers of pages; undefined when it may not, or there is no room. */
  readonly pageMemories: number | undefined
  /** Accesses off one register are looked up each for itself. */
  readonly isScattered: boolean
  /** The function that calls by links; undefined when the module has none. */
  readonly linkedCall: FunctionIndex | undefined
  /**
   * How the region calls a place: its function, if it is in the region's page and module, or a link.
   *
   * @param callee - bytes from the start of the page.
   */
  calleeAt(callee: number): FunctionIndex | CallLink | undefined
}

const nothing: Registers = { x: 0, f: 0 }
const none: ReadonlySet<number> = new Set()

/** The first register of a set. */
const lowestOf = (registers: number): number => 31 - Math.clz32(registers & -registers)

/** Makes a local for each register of a set. */
function localsOf(code: Code, registers: number): Local<'i64'>[] {
  const locals: Local<'i64'>[] = []
  for (let rest = registers; rest !== 0; rest &= rest - 1) locals[lowestOf(rest)] = code.local('i64')
  return locals
}

/** Streams that were looked up, and which of the rounds for which that was done is being emitted. */
interface StreamRound {
  readonly plan: LoopPlan
  /** Linear addresses of the first bytes of the streams. */
  readonly linear: readonly Local<'i32'>[]
  readonly copy: number
}

/** Emits the function of one region. Parameters and result are those of `regionParams`. */
export class RegionEmitter {
  readonly #code: Code
  readonly #region: Region
  readonly #module: RegionModule
  readonly #flow: ControlFlow
  readonly #registers: NodeRegisters
  readonly #longest: readonly number[]
  readonly #frame: RegionFrame
  readonly #semantics: RegionSemantics
  readonly #depth: Local<'i32'>
  readonly #left: Local<'i32'>
  readonly #target: Local<'i64'>
  readonly #pc: Local<'i64'>
  /** Number of the place at which the region was entered, until it is reached; then 0. */
  readonly #resume: Local<'i32'>
  /** Where an edge to a node of the region goes: to its loop, or behind the block that it follows. */
  readonly #labels: Label[] = []
  readonly #leaving = new Map<number | string, Label>()
  readonly #loops: ReadonlyMap<number, LoopPlan>
  readonly #remembered: RememberedPages
  /** In the copies of a loop whose streams were looked up. */
  #streams: StreamRound | undefined
  /** Nodes behind loops that are repeated: they are emitted behind them, and branched to as merges are. */
  readonly #behind = new Set<number>()

  constructor(code: Code, params: readonly Local[], region: Region, flow: ControlFlow, module: RegionModule) {
    this.#code = code
    this.#region = region
    this.#module = module
    this.#flow = flow
    this.#pc = params[1] as Local<'i64'>
    this.#resume = code.local('i32')
    this.#registers = registerFlow(this.#flow)
    this.#longest = longestPaths(this.#flow)
    this.#depth = params[2] as Local<'i32'>
    this.#left = params[3] as Local<'i32'>
    this.#target = code.local('i64')
    this.#loops =
      module.loopCounter === undefined ? planLoops(flow, module.pageMemories !== undefined) : plainLoops(flow)
    this.#remembered = new RememberedPages(flow, this.#loops, module.pageMemories)
    let usedX = 0
    let usedF = 0
    for (let i = 0; i < flow.nodes.length; i++) {
      const { readsX, readsF, writesX, writesF } = flow.nodes[i].block.registers
      usedX |= readsX | writesX
      usedF |= readsF | writesF
    }
    const { tlbArraySize, float, mulHigh, carrylessMul } = module
    this.#frame = {
      tlbArraySize,
      float,
      mulHigh,
      carrylessMul,
      code,
      hart: params[0] as Local<'i32'>,
      base: code.local('i64'),
      place: code.local('i32'),
      dataTlb: code.local('i32'),
      dataContext: code.local('i64'),
      x: localsOf(code, usedX),
      f: localsOf(code, usedF),
      // A page that is found may take the place of one that is remembered.
      missed: module.pageMemories === undefined ? region.missed : none,
      locate: module.locate,
    }
    this.#semantics = new RegionSemantics(this.#frame)
  }

  emit(): void {
    const code = this.#code
    const sets = chained(leavingSets(this.#flow, this.#registers))
    const end = code.openBlock()
    for (let i = sets.length - 1; i >= 0; i--) {
      this.#leaving.set(keyOf(sets[i].x, sets[i].f), code.openBlock())
    }
    this.#enter()
    this.#emitTree(0)
    code.unreachable()
    for (const [i, set] of sets.entries()) {
      code.end(this.#leave(set.x, set.f))
      const following = i + 1 < sets.length ? sets[i + 1] : nothing
      const falls = includes(set, following)
      if (falls) this.#store(set.x & ~following.x, set.f & ~following.f)
      else this.#store(set.x, set.f)
      if (!falls) code.br(end)
    }
    code.end(end)
    emitRegionEnd(this.#frame, this.#module, { depth: this.#depth, left: this.#left, target: this.#target })
  }

  /** The label that stores a set of registers and leaves. */
  #leave(x: number, f: number): Label {
    return this.#leaving.get(keyOf(x, f))!
  }

  #enter(): void {
    const code = this.#code
    const { base } = this.#frame
    loadDataRegime(this.#frame)
    this.#remembered.forgetOld(code)
    code.localGet(this.#pc)
    code.i64Const(-4096)
    code.i64And()
    code.localSet(base)
    const { entries } = this.#flow
    if (entries.length === 1) return
    const offset = code.local('i32')
    code.localGet(this.#pc)
    code.i32WrapI64()
    code.i32Const(0xfff)
    code.i32And()
    code.localTee(offset)
    code.i32Const(entries[0])
    code.i32Ne()
    code.if('empty', () => {
      for (let index = 1; index < entries.length; index++) {
        code.localGet(offset)
        code.i32Const(entries[index])
        code.i32Eq()
        const place = code.openIf()
        code.i32Const(index)
        code.localSet(this.#resume)
        code.end(place)
      }
    })
    code.release(offset)
  }

  /** The root: goes to the entry, or on the way to the place at which the region was entered. */
  #emitRoot({ successors, resumptions }: FlowNode): void {
    const code = this.#code
    const [entry] = successors
    if (resumptions.length > 0) {
      code.localGet(this.#resume)
      code.if('empty', () => {
        let x = 0
        let f = 0
        for (const { to } of resumptions) {
          x |= this.#registers.liveX[to]
          f |= this.#registers.liveF[to]
        }
        this.#load(x, f)
        this.#goResuming(0)
      })
    }
    if (!this.#flow.nodes[entry].isHeader) this.#requireSteps(entry, 0, 0)
    this.#loadLive(entry)
    this.#goInside(0, entry, 0)
  }

  /** Goes on towards the place at which the region was entered. */
  #goResuming(number: number): void {
    const code = this.#code
    const { resumptions } = this.#flow.nodes[number]
    const { dirtyX, dirtyF } = this.#registers
    for (const [i, { to, index, last }] of resumptions.entries()) {
      const go = () => {
        if (index === last) {
          code.i32Const(0)
          code.localSet(this.#resume)
        } else if (index !== undefined) {
          code.localGet(this.#resume)
          code.i32Const(index)
          code.i32Eq()
          code.if('empty', () => {
            code.i32Const(0)
            code.localSet(this.#resume)
          })
        }
        if (!this.#flow.nodes[to].isHeader) this.#requireSteps(to, dirtyX[number], dirtyF[number])
        this.#goInside(number, to, 0)
      }
      if (i === resumptions.length - 1) {
        go()
        return
      }
      code.localGet(this.#resume)
      code.i32Const(last)
      code.i32LeU()
      code.if('empty', go)
    }
  }

  #store(x: number, f: number): void {
    if (x !== 0) this.#storeFile(x, this.#frame.x, State.x)
    if (f !== 0) this.#storeFile(f, this.#frame.f, State.f)
  }

  /** @param registers - bits. @param at - the offset of the first register in the state block. */
  #storeFile(registers: number, locals: readonly Local<'i64'>[], at: number): void {
    const code = this.#code
    const { hart } = this.#frame
    for (let rest = registers; rest !== 0; rest &= rest - 1) {
      const register = lowestOf(rest)
      code.localGet(hart)
      code.localGet(locals[register])
      code.i64Store(at + 8 * register)
    }
  }

  /** Loads what is live at the start of a node. */
  #loadLive(number: number): void {
    this.#load(this.#registers.liveX[number], this.#registers.liveF[number])
  }

  #load(x: number, f: number): void {
    if (x !== 0) this.#loadFile(x, this.#frame.x, State.x)
    if (f !== 0) this.#loadFile(f, this.#frame.f, State.f)
  }

  #loadFile(registers: number, locals: readonly Local<'i64'>[], at: number): void {
    const code = this.#code
    const { hart } = this.#frame
    for (let rest = registers; rest !== 0; rest &= rest - 1) {
      const register = lowestOf(rest)
      code.localGet(hart)
      code.i64Load(at + 8 * register)
      code.localSet(locals[register])
    }
  }

  /** Leaves a node to the interpreter unless enough steps are left for what may follow. All executed ones are subtracted. */
  #requireSteps(number: number, dirtyX: number, dirtyF: number, rounds = 1): void {
    const code = this.#code
    const { block, isDispatcher } = this.#flow.nodes[number]
    // Whoever the dispatcher's target is left to finds that there are not enough steps.
    code.i32Const(isDispatcher ? RETURN : leavePlace(LeaveCause.budget, 0, block.start))
    code.localSet(this.#frame.place)
    code.localGet(this.#left)
    code.i32Const(this.#longest[number] * rounds)
    code.i32LtU()
    code.brIf(this.#leave(dirtyX, dirtyF))
  }

  #subtract(steps: number): void {
    if (steps === 0) return
    const code = this.#code
    code.localGet(this.#left)
    code.i32Const(steps)
    code.i32Sub()
    code.localSet(this.#left)
  }

  /** Emits a node and all that it dominates, so that control structures nest as dominators do (Ramsey, "Beyond Relooper"). */
  #emitTree(number: number, steps = 0, inherited?: AccessGroups): void {
    const code = this.#code
    const node = this.#flow.nodes[number]
    if (!node.isHeader) {
      const merges = this.#openMerges(number)
      this.#emitBody(node, number, steps, inherited)
      this.#closeBlocks(merges)
      return
    }
    const plan = this.#loops.get(number)!
    const { copies, streams } = plan
    // Of what follows a loop there is one copy.
    const behind = copies === 1 && streams.length === 0 ? [] : this.#following(this.#flow.loops.get(number)!)
    this.#openBlocks(behind)
    for (const following of behind) this.#behind.add(following)
    const loop = code.openLoop()
    const apart = streams.length > 0 ? code.openBlock() : undefined
    const linear: Local<'i32'>[] = []
    for (let i = 0; i < streams.length; i++) linear.push(code.local('i32'))
    for (let copy = 0; copy < copies; copy++) {
      const isLast = copy === copies - 1
      const next = isLast ? loop : code.openBlock()
      this.#labels[number] = next
      const merges = this.#openMerges(number)
      if (copy === 0) this.#emitHeader(node, number, copies)
      if (copy === 0 && apart !== undefined) this.#lookUpStreams(plan, node, apart, linear)
      if (streams.length > 0) this.#streams = { plan, linear, copy }
      this.#emitBody(node, number, 0)
      this.#closeBlocks(merges)
      if (!isLast) code.end(next)
    }
    this.#streams = undefined
    for (const local of linear) code.release(local)
    if (apart !== undefined) {
      code.end(apart)
      this.#labels[number] = loop
      const merges = this.#openMerges(number)
      this.#emitBody(node, number, 0)
      this.#closeBlocks(merges)
    }
    code.end(loop)
    if (behind.length > 0) code.unreachable()
    this.#closeBlocks(behind)
  }

  /** Looks up where the streams of a loop are in the rounds ahead, or branches to `apart`. */
  #lookUpStreams(
    { streams }: LoopPlan,
    { block }: FlowNode,
    apart: Label,
    linear: readonly Local<'i32'>[],
  ): void {
    const semantics = this.#semantics
    semantics.begin(block.instructions[0], block.start, apart, 0, false, false, undefined)
    for (const [i, stream] of streams.entries()) {
      semantics.locate(stream, this.#remembered.streams.get(stream)!, linear[i])
    }
    semantics.finish()
  }

  /** How to get at what a stream has in this round. */
  #streamed({ access }: RegionInstruction, offset: number): PlannedAccess | undefined {
    if (access === undefined || this.#streams === undefined) return undefined
    const { plan, linear, copy } = this.#streams
    const index = plan.streams.findIndex((stream) => stream.distances.has(offset))
    if (index === -1) return undefined
    const { distances, low, stride } = plan.streams[index]
    return {
      linear: linear[index],
      distance: distances.get(offset)! + stride * copy - low,
      lookup: undefined,
      reach: undefined,
      address: undefined,
    }
  }

  /** The nodes that are dominated by a loop but not in it, without those that these dominate. */
  #following(loop: ReadonlySet<number>): number[] {
    return [...loop]
      .flatMap((number) => this.#flow.nodes[number].dominated)
      .filter((number) => !loop.has(number))
      .sort((a, b) => a - b)
  }

  /** Opens the blocks behind which the merges that a node dominates follow. @returns these merges. */
  #openMerges(number: number): readonly number[] {
    const all = this.#flow.nodes[number].merges
    const merges = this.#behind.size === 0 ? all : all.filter((child) => !this.#behind.has(child))
    this.#openBlocks(merges)
    return merges
  }

  /** Opens a block for each of some nodes, the first one innermost: to branch to it is to go to the node. */
  #openBlocks(numbers: readonly number[]): void {
    // A loop's label takes the place of the block's once the loop is open: all edges forwards lie before.
    for (let i = numbers.length - 1; i >= 0; i--) this.#labels[numbers[i]] = this.#code.openBlock()
  }

  /** Ends the blocks, and emits the node of each behind it. */
  #closeBlocks(numbers: readonly number[]): void {
    for (let i = 0; i < numbers.length; i++) {
      this.#code.end(this.#labels[numbers[i]])
      this.#emitTree(numbers[i])
    }
  }

  #emitBody(node: FlowNode, number: number, steps: number, inherited?: AccessGroups): void {
    if (number === 0) this.#emitRoot(node)
    else if (node.isDispatcher) this.#emitDispatcher(node, number, steps)
    else this.#emitNode(node, number, steps, inherited)
  }

  /** The start of a loop: what is on its way elsewhere goes on, and the rest needs steps, which are counted. */
  #emitHeader({ resumptions }: FlowNode, number: number, copies: number): void {
    const code = this.#code
    if (resumptions.length > 0) {
      code.localGet(this.#resume)
      code.if('empty', () => this.#goResuming(number))
    }
    this.#requireSteps(number, this.#registers.dirtyX[number], this.#registers.dirtyF[number], copies)
    const { loopCounter } = this.#module
    if (loopCounter === undefined) return
    code.i32Const(0)
    code.i32Const(0)
    code.i32Load(loopCounter)
    code.i32Const(this.#longest[number])
    code.i32Add()
    code.i32Store(loopCounter)
  }

  #emitNode({ block, successors }: FlowNode, number: number, steps: number, inherited?: AccessGroups): void {
    const code = this.#code
    const semantics = this.#semantics
    const groups = new AccessGroups(code, this.#remembered.accesses, this.#module.isScattered, inherited)
    const { instructions } = block
    const { missed } = this.#frame
    let x = this.#registers.dirtyX[number]
    let f = this.#registers.dirtyF[number]
    let floatIsReady = false
    let permitted: Instruction | undefined
    let { start: offset } = block
    for (let i = 0; i < instructions.length; i++) {
      const instruction = instructions[i]
      const { decoded, mayLeave, isGuarded, access, csr, usesFloat, writesX, writesF } = instruction
      if (i > 0) semantics.finish()
      const label = mayLeave ? this.#leave(x, f) : code.body
      const isMissed = missed.size > 0 && missed.has(offset)
      const planned =
        access === undefined || isMissed
          ? undefined
          : (this.#streamed(instruction, offset) ?? groups.plan(instructions, i, offset))
      semantics.begin(
        instruction,
        offset,
        label,
        steps + i,
        floatIsReady,
        decoded.base === permitted,
        planned,
      )
      decoded.base.semantics(semantics)
      if (isMissed) groups.forget()
      if (writesX !== 0) groups.written(writesX)
      floatIsReady = csr !== 'status' && (floatIsReady || usesFloat)
      if (csr !== undefined) permitted = undefined
      else if (isGuarded) permitted = decoded.base
      x |= writesX
      f |= writesF
      offset += decoded.length
    }
    const executed = steps + instructions.length
    const dirty = { x, f }
    const { condition, destination } = semantics
    if (block.stops) {
      this.#subtract(executed)
      code.i32Const(leavePlace(LeaveCause.instruction, 0, block.end))
      code.localSet(this.#frame.place)
      semantics.finish()
      code.br(this.#leave(dirty.x, dirty.f))
    } else if (block.isCall) this.#call(number, destination, dirty, executed)
    else if (destination !== undefined) this.#jump(number, destination, dirty, executed)
    else {
      condition?.()
      semantics.finish()
      const offsets = block.successors
      if (condition === undefined) this.#go(number, successors[0], offsets[0], dirty, executed, groups)
      else {
        const label = code.openIf()
        this.#go(number, successors[0], offsets[0], dirty, executed, groups)
        code.end(label)
        this.#go(number, successors[1], offsets[1], dirty, executed, groups)
      }
    }
    groups.release()
  }

  /** Goes on at a node of the region or, when that is -1, at an offset outside of it. */
  #go(from: number, to: number, offset: number, dirty: Registers, steps: number, groups: AccessGroups): void {
    if (to === -1) {
      this.#pushAddress(offset)
      this.#code.localSet(this.#target)
      this.#leaveToTarget(dirty, steps)
      return
    }
    this.#goInside(from, to, steps, groups)
  }

  /** Goes on at a node of the region, by which all steps are subtracted unless only this edge leads there. */
  #goInside(from: number, to: number, steps: number, groups?: AccessGroups): void {
    const { isHeader } = this.#flow.nodes[to]
    const isMerge = this.#flow.nodes[to].isMerge || this.#behind.has(to)
    if (to > from && !isMerge && !isHeader) {
      this.#emitTree(to, steps, groups)
      return
    }
    this.#subtract(steps)
    if (to > from && !isMerge) this.#emitTree(to)
    else this.#code.br(this.#labels[to])
  }

  /** A computed jump: a return, or one into the region, if the dispatcher knows the place. */
  #jump(number: number, destination: () => void, dirty: Registers, steps: number): void {
    const code = this.#code
    const { block, successors } = this.#flow.nodes[number]
    destination()
    code.localSet(this.#target)
    this.#semantics.finish()
    if (isReturn(lastOf(block))) {
      this.#leaveToTarget(dirty, steps, RETURN)
      return
    }
    if (successors[0] !== -1) this.#goInside(number, successors[0], steps)
    else this.#leaveComputed(dirty, steps)
  }

  /** Leaves to a place that was computed, which is noted: when it is known, it can become a part of the region. */
  #leaveComputed(dirty: Registers, steps: number): void {
    const code = this.#code
    const { base } = this.#frame
    const linear = code.local('i32')
    code.localGet(this.#target)
    code.localGet(base)
    code.i64Xor()
    code.i64Const(4096)
    code.i64LtU()
    code.if('empty', () => {
      code.localGet(this.#target)
      code.localGet(base)
      code.i64Sub()
      code.i32WrapI64()
      code.i32Const(this.#region.page)
      code.i32Add()
      code.localTee(linear)
      code.i32Const(JumpTargets.mask)
      code.i32And()
      code.i32Const(JumpTargets.shift)
      code.i32Shl()
      code.localGet(linear)
      code.i32Store(this.#module.jumpTargets)
    })
    code.release(linear)
    this.#leaveToTarget(dirty, steps)
  }

  /** Branches to the node where the computed jump leads; it is in `target`. */
  #emitDispatcher({ block, successors }: FlowNode, number: number, steps: number): void {
    const code = this.#code
    const labels = new Map<number, Label>()
    for (const [i, to] of successors.entries())
      if (to !== -1) labels.set(block.successors[i], this.#labels[to])
    const first = Math.min(...labels.keys())
    const last = Math.max(...labels.keys())
    const distance = code.local('i64')
    this.#subtract(steps)
    const elsewhere = code.openBlock()
    code.localGet(this.#target)
    this.#pushAddress(first)
    code.i64Sub()
    code.localTee(distance)
    code.i64Const(last - first)
    code.i64GtU()
    code.brIf(elsewhere)
    code.localGet(distance)
    code.i32WrapI64()
    code.i32Const(1)
    code.i32ShrU()
    const places = Array.from(
      { length: (last - first) / 2 + 1 },
      (_, i) => labels.get(first + 2 * i) ?? elsewhere,
    )
    code.brTable(places, elsewhere)
    code.end(elsewhere)
    code.release(distance)
    const { dirtyX, dirtyF } = this.#registers
    this.#leaveComputed({ x: dirtyX[number], f: dirtyF[number] }, 0)
  }

  #pushAddress(offset: number): void {
    const code = this.#code
    code.localGet(this.#frame.base)
    code.i64Const(offset)
    code.i64Add()
  }

  /** Leaves the region for `target`. */
  #leaveToTarget(dirty: Registers, steps: number, how = FOLLOW): void {
    const code = this.#code
    code.i32Const(how)
    code.localSet(this.#frame.place)
    this.#subtract(steps)
    code.br(this.#leave(dirty.x, dirty.f))
  }

  /**
   * A guest's call as a call in WebAssembly: the region goes on where it returns to, if it does; otherwise the callers
   * of this function are asked to go on.
   */
  #call(from: number, destination: Value | undefined, dirty: Registers, steps: number): void {
    const code = this.#code
    const { block, successors } = this.#flow.nodes[from]
    const [to] = successors
    const { hart } = this.#frame
    const { callee } = block
    if (destination !== undefined) destination()
    else this.#pushAddress(callee!)
    code.localSet(this.#target)
    this.#semantics.finish()
    this.#store(dirty.x, dirty.f)
    this.#subtract(steps)
    code.i32Const(to === -1 ? FOLLOW : RETURN)
    code.localSet(this.#frame.place)
    if (to === -1) {
      code.br(this.#leave(0, 0))
      return
    }
    code.localGet(this.#depth)
    code.i32Eqz()
    code.brIf(this.#leave(0, 0))
    const call = {
      code,
      hart,
      target: this.#target,
      depth: this.#depth,
      left: this.#left,
      pushReturn: () => this.#pushAddress(block.end),
    }
    emitRegionCall(call, this.#module, callee === undefined ? undefined : this.#module.calleeAt(callee))
    this.#remembered.forgetOld(code)
    this.#requireSteps(to, 0, 0)
    this.#loadLive(to)
    this.#goInside(from, to, 0)
  }
}
