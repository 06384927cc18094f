import type { Width } from '@worldswitch/isa'
import { TLB_ADDEND_OFFSET } from '@worldswitch/mmu'
import {
  type Code,
  type FunctionIndex,
  type Label,
  type Local,
  ModuleBuilder,
  type TypeIndex,
} from '@worldswitch/wasm'
import { addAcross } from './across-code.ts'
import type { InterpreterFrame } from './code-frame.ts'
import {
  ARRIVALS_PERIOD_SHIFT,
  OP_PAGE_END,
  OP_UNDECODED,
  RECORD_ARRIVALS,
  RECORD_SIZE,
} from './code-pool.ts'
import { addCsr } from './csr-code.ts'
import { addFence } from './fence-code.ts'
import { addFloatFunctions } from './float/float-functions.ts'
import { InterpreterSemantics } from './interpreter-semantics.ts'
import { addAtomicMiss, addLoadMiss, addStoreMiss, type Behind } from './memory-miss.ts'
import { OP_ACROSS, OP_COLD_2, OP_COLD_4, ops, type Pair, pairs, SPECIAL_OPS } from './opcodes.ts'
import { addPageFault } from './page-fault-code.ts'
import { addEnvironmentCall, addReturnFrom, addSupervisorTrap } from './privilege-code.ts'
import { pushInstructionAddress, pushRecordDistance, RECORD_SHIFT } from './record-code.ts'
import { addSecondStage } from './second-stage-code.ts'
import { count, increment, spill } from './spill.ts'
import { State } from './state-layout.ts'
import { addLocate, findFetchEntry, loadDataRegime, type TranslationKind } from './tlb-code.ts'
import {
  dispatchParams,
  MOST_NESTED_REGIONS,
  NOWHERE,
  ORIGINAL_OPS,
  REGION_OP,
  regionParams,
} from './translator/region-links.ts'
import { forgetPages } from './translator/remembered-pages.ts'
import { addWalk } from './walk-code.ts'
import { addCarrylessMul, addMulHigh } from './wide-products.ts'

/**
 * What the interpreter asks of TypeScript. Arguments and results are in the state block, so that no i64 crosses.
 * Where a number is returned: 0 means done, go on; 1 means that `pc` and the steps left are up to date in the state
 * block, read everything anew.
 */
export interface InterpreterImports {
  /** Loads `bytes` from the slow address into the slow value. */
  load(bytes: number): number
  /** Stores the slow value at the slow address. */
  store(bytes: number): number
  /** Evaluates the instruction of the record at `ip`. */
  evaluate(): number
  /**
   * Performs a CSR instruction on the operand in the state block.
   *
   * @param action - `CsrAction` bits.
   * @returns also 2: write the result to `rd`, then read everything anew.
   */
  csr(number: number, action: number): number
  /**
   * SFENCE.VMA, guards passed: address and ASID are the slow address and value.
   *
   * @param address - 0 without one. @param asid - 0 without one.
   * @returns 0 or 2, as {@link InterpreterImports.csr}.
   */
  fence(address: number, asid: number): number
  /** Takes the exception of ECALL. */
  environmentCall(): void
  /** MRET or SRET, guards passed. @param level - 1 or 3. */
  returnFrom(level: number): void
  /**
   * Fetches the instruction at `pc`, whose record says that it lies across two pages.
   *
   * @returns its entry of `State.across`, or 0: read everything anew.
   */
  across(): number
  /** Finds the page of `pc` for execution. */
  fetch(): number
  /** Fills the undecoded record at `ip`. */
  decode(record: number): void
  /** A record has been arrived at so often that a region that begins there may be worth translating. */
  promote(record: number): void
}

/** What the module exports. */
export interface InterpreterExports {
  /** Executes until the steps left in the state block are used up. */
  run(hart: number): void
}

const WIDTHS: readonly Width[] = [1, 2, 4, 8]

/** The imported functions, by index. */
type Imports = Readonly<Record<keyof InterpreterImports, FunctionIndex>>

/** What an interpreter is generated for. */
export interface InterpreterVariant {
  /** Bytes of a TLB array. */
  readonly tlbArraySize: number
  /** Whether it counts arrivals, has regions translated and enters them; otherwise it executes what they were made of. */
  readonly translates: boolean
}

/**
 * Generates the interpreter: one function with one dispatch loop over predecoded records, whose handlers come from
 * the semantics of the instructions.
 *
 * @param validate - checks operand types while generating, which takes several times as long; V8 checks anyway.
 */
export function buildInterpreter(
  { tlbArraySize, translates }: InterpreterVariant,
  validate = false,
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ name: 'interpreter', validate })
  const imports: Imports = {
    load: module.importFunction('host', 'load', ['i32'], ['i32']),
    store: module.importFunction('host', 'store', ['i32'], ['i32']),
    evaluate: module.importFunction('host', 'evaluate', [], ['i32']),
    csr: module.importFunction('host', 'csr', ['i32', 'i32'], ['i32']),
    fence: module.importFunction('host', 'fence', ['i32', 'i32'], ['i32']),
    environmentCall: module.importFunction('host', 'environmentCall', [], []),
    returnFrom: module.importFunction('host', 'returnFrom', ['i32'], []),
    across: module.importFunction('host', 'across', [], ['i32']),
    fetch: module.importFunction('host', 'fetch', [], ['i32']),
    decode: module.importFunction('host', 'decode', ['i32'], []),
    promote: module.importFunction('host', 'promote', ['i32'], []),
  }
  const dispatch = translates ? module.importFunction('host', 'dispatch', dispatchParams, ['i32']) : undefined
  if (translates) module.importTable('host', 'regions', { element: 'funcref', minimum: 1 })
  module.importMemory('host', 'memory', { minimum: 1 })
  const loadMiss = {} as Record<Width, FunctionIndex>
  const storeMiss = {} as Record<Width, FunctionIndex>
  const secondStage = addSecondStage(module)
  const find = (kind: TranslationKind) =>
    addLocate(module, kind, tlbArraySize, addWalk(module, kind, tlbArraySize, secondStage))
  const trap = addSupervisorTrap(module)
  const behind = (kind: TranslationKind, rest: FunctionIndex) => ({
    locate: find(kind),
    fault: addPageFault(module, kind, trap, secondStage),
    rest,
    tlbArraySize,
  })
  const behindLoad = behind('read', imports.load)
  const behindStore = behind('write', imports.store)
  for (const width of WIDTHS) {
    loadMiss[width] = addLoadMiss(module, behindLoad, width)
    storeMiss[width] = addStoreMiss(module, behindStore, width)
  }
  const atomicMiss = [addAtomicMiss(module, behindLoad, 0), addAtomicMiss(module, behindStore, 1)] as const
  const behindFetch = behind('execute', imports.fetch)
  const evaluate = module.func('evaluate', ['i32', 'i32', 'i32'], ['i32'], (code, hart, ip, left) => {
    spill(code, hart, ip, left)
    code.call(imports.evaluate)
  })
  const csr = addCsr(module, imports.csr)
  const fence = addFence(module, imports.fence, tlbArraySize)
  const environmentCall = addEnvironmentCall(module, imports.environmentCall, trap)
  const returnFrom = addReturnFrom(module, imports.returnFrom)
  const mulHigh = addMulHigh(module)
  const float = addFloatFunctions(module, mulHigh.uu)
  const carrylessMul = addCarrylessMul(module)
  const run = module.func('run', ['i32'], [], (code, hart) => {
    emitRun(code, hart, imports, {
      regions: dispatch === undefined ? undefined : { type: module.type(regionParams, ['i32']), dispatch },
      tlbArraySize,
      loadMiss,
      storeMiss,
      atomicMiss,
      behindFetch,
      across: addAcross(module, imports.across, behindFetch),
      evaluate,
      csr,
      fence,
      environmentCall,
      returnFrom,
      float,
      mulHigh,
      carrylessMul,
    })
  })
  module.exportFunction(run, 'run')
  return module.toBytes() as Uint8Array<ArrayBuffer>
}

/** The part of a frame that lies outside the function. */
interface Surroundings
  extends Pick<
    InterpreterFrame,
    | 'tlbArraySize'
    | 'loadMiss'
    | 'storeMiss'
    | 'atomicMiss'
    | 'evaluate'
    | 'csr'
    | 'fence'
    | 'environmentCall'
    | 'returnFrom'
    | 'float'
    | 'mulHigh'
    | 'carrylessMul'
  > {
  /** The type of a region's function, and what goes on in regions behind it; undefined where none is entered. */
  readonly regions: { readonly type: TypeIndex; readonly dispatch: FunctionIndex } | undefined
  /** Behind a fetch that the first place of the TLB does not know. */
  readonly behindFetch: Behind
  /** (hart, ip, left) -> the record of an instruction across two pages, or 0: reload. */
  readonly across: FunctionIndex
}

/** A frame with what only dispatching needs. */
interface Dispatch extends InterpreterFrame, Surroundings {
  /** The record whose region must not be entered the next time, because its first instruction has to be interpreted. */
  readonly avoided: Local<'i32'>
  /** All ones when the instruction at `pc` has to be interpreted, otherwise 0. */
  readonly avoid: Local<'i32'>
}

function emitRun(code: Code, hart: Local<'i32'>, imports: Imports, around: Surroundings): void {
  const ip = code.local('i32', 'ip')
  const left = code.local('i32', 'left')
  const pcBias = code.local('i64', 'pcBias')
  const pc = code.local('i64', 'pc')
  const dataTlb = code.local('i32', 'dataTlb')
  const dataContext = code.local('i64', 'dataContext')
  const avoided = code.local('i32', 'avoided')
  const avoid = code.local('i32', 'avoid')
  /** Counts an arrival at `ip`, in its record, and has it promoted from time to time. */
  const arrive = () => {
    const count = code.local('i32')
    const period = code.local('i32')
    code.localGet(ip)
    code.localGet(ip)
    code.i32Load16U(RECORD_ARRIVALS)
    code.i32Const(1)
    code.i32Add()
    code.localTee(count)
    code.i32Store16(RECORD_ARRIVALS)
    // Counted from another period it is beyond any threshold, too.
    code.localGet(count)
    code.localGet(hart)
    code.i32Load(State.arrivalsPeriod)
    code.localTee(period)
    code.i32Sub()
    code.localGet(hart)
    code.i32Load(State.promotionThreshold)
    code.i32GeU()
    code.if('empty', () => {
      const startAt = (arrivals: number): void => {
        code.localGet(ip)
        code.localGet(period)
        code.i32Const(arrivals)
        code.i32Or()
        code.i32Store16(RECORD_ARRIVALS)
      }
      code.localGet(count)
      code.localGet(period)
      code.i32Xor()
      code.i32Const(ARRIVALS_PERIOD_SHIFT)
      code.i32ShrU()
      code.if(
        'empty',
        () => startAt(1),
        () => {
          startAt(0)
          // For whoever asks how many steps were executed.
          code.localGet(hart)
          code.localGet(left)
          code.i32Store(State.left)
          code.localGet(ip)
          code.call(imports.promote)
        },
      )
    })
    code.release(period)
    code.release(count)
  }
  code.loop('empty', (reload) => {
    code.localGet(hart)
    code.i32Load(State.left)
    code.localSet(left)
    code.localGet(hart)
    code.i64Load(State.pc)
    code.localSet(pc)
    loadDataRegime({ code, hart, dataTlb, dataContext })
    code.loop('empty', (enter) => {
      const frame = {
        code,
        hart,
        ip,
        left,
        pcBias,
        pc,
        dataTlb,
        dataContext,
        enter,
        reload,
        avoided,
        avoid,
        arrive: around.regions === undefined ? undefined : arrive,
        ...around,
      }
      emitEnter(frame)
      code.loop('empty', (next) => emitDispatch({ ...frame, next }, imports))
    })
  })
}

/** Finds the records of the page of `pc`; ends the call when no steps are left. */
function emitEnter(frame: Omit<Dispatch, 'next'>): void {
  const {
    code,
    hart,
    ip,
    left,
    pcBias,
    pc,
    enter,
    reload,
    avoided,
    avoid,
    arrive,
    tlbArraySize,
    behindFetch,
  } = frame
  const { locate, fault, rest } = behindFetch
  const records = code.local('i32')
  const page = code.local('i64')
  const spillJump = () => {
    code.localGet(hart)
    code.localGet(pc)
    code.i64Store(State.pc)
    code.localGet(hart)
    code.localGet(left)
    code.i32Store(State.left)
  }
  code.localGet(left)
  code.i32Eqz()
  code.if('empty', () => {
    spillJump()
    code.return()
  })
  const entry = findFetchEntry(code, hart, pc, page, { tlbArraySize, locate }, (found) => {
    spillJump()
    code.localGet(found)
    code.if('empty', () => {
      for (const argument of [hart, ip, left]) code.localGet(argument)
      code.localGet(pc)
      code.i32Const(0)
      code.call(fault)
      code.brIf(reload)
    })
    code.call(rest)
    code.brIf(reload)
    code.br(enter)
  })
  code.localGet(hart)
  code.localGet(page)
  code.localGet(entry)
  code.i32Load(TLB_ADDEND_OFFSET)
  code.localTee(records)
  storeBias(code, pcBias)
  pushRecordDistance(code, pc)
  code.localGet(records)
  code.i32Add()
  code.localSet(ip)
  if (arrive === undefined) return
  code.localGet(ip)
  code.localGet(avoid)
  code.i32And()
  code.localSet(avoided)
  code.i32Const(0)
  code.localSet(avoid)
  arrive()
}

/** (hart, address, record of the instruction there) -> nothing: sets `pcBias`, also in the state block. */
function storeBias(code: Code, pcBias: Local<'i64'>): void {
  code.i32Const(RECORD_SHIFT)
  code.i32ShrU()
  code.i64ExtendI32U()
  code.i64Sub()
  code.localTee(pcBias)
  code.i64Store(State.pcBias)
}

/** The dispatch and all handlers. */
function emitDispatch(frame: Dispatch, imports: Imports): void {
  const { code, hart, ip, left, pcBias, pc, enter, next, reload } = frame
  const toPc = () => pushInstructionAddress(code, () => code.localGet(pcBias), ip)
  const op = code.local('i32', 'op')
  const single = SPECIAL_OPS + ops.length
  const count = single + pairs.length
  const labels: Label[] = []
  for (let op = count - 1; op >= 0; op--) labels[op] = code.openBlock()
  const region = code.openBlock()
  const exit = code.openBlock()
  code.localGet(left)
  code.i32Eqz()
  code.brIf(exit)
  code.localGet(left)
  code.i32Const(1)
  code.i32Sub()
  code.localSet(left)
  code.localGet(ip)
  code.i32Load16U()
  code.localTee(op)
  code.brTable(labels, region)
  code.end(exit)
  code.localGet(hart)
  toPc()
  code.i64Store(State.pc)
  code.localGet(hart)
  code.i32Const(0)
  code.i32Store(State.left)
  code.return()
  code.end(region)
  emitRegion(frame, op, labels)

  /** Takes back the step: nothing was executed. */
  const uncount = () => {
    code.localGet(left)
    code.i32Const(1)
    code.i32Add()
    code.localSet(left)
  }
  const cold = (length: number) => {
    code.localGet(hart)
    code.localGet(ip)
    code.localGet(left)
    code.call(frame.evaluate)
    code.brIf(reload)
    code.localGet(hart)
    code.i32Load(State.left)
    code.i32Const(1)
    code.i32Sub()
    code.localSet(left)
    code.localGet(ip)
    code.i32Const((length / 2) * RECORD_SIZE)
    code.i32Add()
    code.localSet(ip)
    code.br(next)
  }
  const special: Readonly<Record<number, () => void>> = {
    [OP_UNDECODED]: () => {
      uncount()
      code.localGet(ip)
      code.call(imports.decode)
      code.br(next)
    },
    [OP_PAGE_END]: () => {
      uncount()
      toPc()
      code.localSet(pc)
      code.br(enter)
    },
    [OP_COLD_4]: () => cold(4),
    [OP_COLD_2]: () => cold(2),
    [OP_ACROSS]: () => {
      const record = code.local('i32')
      for (const argument of [hart, ip, left]) code.localGet(argument)
      code.call(frame.across)
      code.localTee(record)
      code.i32Eqz()
      code.brIf(reload)
      uncount()
      code.localGet(hart)
      toPc()
      code.localGet(record)
      code.localTee(ip)
      storeBias(code, pcBias)
      code.release(record)
      code.br(next)
    },
  }
  for (let number = 0; number < count; number++) {
    code.end(labels[number])
    if (number < SPECIAL_OPS) {
      special[number]()
      continue
    }
    if (number < single) emitOp(frame, number)
    else emitPair(frame, pairs[number - single])
  }
}

function emitOp(frame: InterpreterFrame, number: number): void {
  const op = ops[number - SPECIAL_OPS]
  const semantics = new InterpreterSemantics(frame, op)
  op.instruction.semantics(semantics)
  semantics.finish()
}

/**
 * Two ops in a row. The second is dispatched only if its record is not what it was when the pair was found; what leaves
 * the first leaves the pair.
 */
function emitPair(frame: InterpreterFrame, [first, second]: Pair): void {
  const { code, ip, left, next } = frame
  const behind = code.openBlock()
  emitOp({ ...frame, next: behind }, first)
  code.end(behind)
  code.localGet(ip)
  code.i32Load16U()
  code.i32Const(second)
  code.i32Ne()
  code.brIf(next)
  code.localGet(left)
  code.i32Eqz()
  code.brIf(next)
  code.localGet(left)
  code.i32Const(1)
  code.i32Sub()
  code.localSet(left)
  emitOp(frame, second)
}

/** The op is a region's: enters it, or dispatches the op that it took the place of. */
function emitRegion(frame: Dispatch, op: Local<'i32'>, labels: readonly Label[]): void {
  const { code, hart, ip, left, pcBias, pc, enter, avoided, avoid, regions } = frame
  const interpret = () => {
    code.localGet(op)
    code.i32Const(REGION_OP - 1)
    code.i32And()
    code.i32Const(1)
    code.i32Shl()
    code.i32Load16U(ORIGINAL_OPS)
    code.brTable(labels, labels[OP_UNDECODED])
  }
  if (regions === undefined) {
    interpret()
    return
  }
  code.localGet(ip)
  code.localGet(avoided)
  code.i32Eq()
  code.if('empty', () => {
    code.i32Const(0)
    code.localSet(avoided)
    interpret()
  })
  increment(code, hart, State.entries)
  forgetPages(code)
  const before = code.local('i32')
  code.localGet(hart)
  pushInstructionAddress(code, () => code.localGet(pcBias), ip)
  code.i32Const(MOST_NESTED_REGIONS)
  // The step of this dispatch is the region's.
  code.localGet(left)
  code.i32Const(1)
  code.i32Add()
  code.localTee(before)
  code.localGet(op)
  code.i32Const(REGION_OP - 1)
  code.i32And()
  code.callIndirect(regions.type)
  code.localTee(left)
  code.i32Const(0)
  code.i32GeS()
  code.if('empty', () => {
    code.localGet(hart)
    code.i32Const(MOST_NESTED_REGIONS)
    code.localGet(left)
    code.i64Const(NOWHERE)
    code.call(regions.dispatch)
    code.localSet(left)
  })
  code.localGet(left)
  code.i32Const(31)
  code.i32ShrS()
  code.localSet(avoid)
  code.localGet(left)
  code.i32Const(0x7fff_ffff)
  code.i32And()
  code.localSet(left)
  count(code, hart, State.translatedSteps, () => {
    code.localGet(before)
    code.localGet(left)
    code.i32Sub()
    code.f64ConvertI32U()
  })
  code.release(before)
  code.localGet(hart)
  code.i64Load(State.pc)
  code.localSet(pc)
  code.br(enter)
}
