import { type FloatOperation, floatOperations } from '@worldswitch/ieee754'
import { TLB_ADDEND_OFFSET } from '@worldswitch/mmu'
import { type Code, type FunctionIndex, type Local, ModuleBuilder } from '@worldswitch/wasm'
import { addFloatFunctions } from '../float/float-functions.ts'
import { pushRecordDistance } from '../record-code.ts'
import { addSecondStage, type SecondStage } from '../second-stage-code.ts'
import { increment } from '../spill.ts'
import { State } from '../state-layout.ts'
import { addLocate, findFetchEntry } from '../tlb-code.ts'
import { addWalk } from '../walk-code.ts'
import { addMulHigh } from '../wide-products.ts'
import { addLeave } from './region-end.ts'
import {
  dispatchParams,
  INTERPRET,
  locateParams,
  MOST_ENTRIES,
  REGION_OP,
  regionParams,
} from './region-links.ts'
import { forgetPages } from './remembered-pages.ts'

/** What the module exports. */
export interface LinkExports {
  /** The functions of regions, by number. */
  readonly regions: WebAssembly.Table
  /** (hart, calls that may still be nested, steps left, expected pc) -> as a region: runs regions until one arrives there. */
  readonly dispatch: WebAssembly.ExportValue
  /** (hart, calls that may still be nested, steps left, pc) -> as a region: goes on there, in place of its caller. */
  readonly follow: WebAssembly.ExportValue
  /** (hart, address of the page, `place`, steps left, reach counter) -> as a region: leaves it to the interpreter there. */
  readonly leave: WebAssembly.ExportValue
  /**
   * (hart, address, bits, most) -> as the function of `addLocate` for a load, or 0 where these bits of the address are more
   * than they may be.
   */
  readonly locateRead: WebAssembly.ExportValue
  /** The same for a store. */
  readonly locateWrite: WebAssembly.ExportValue
}

/** What the dispatcher's code finds around it. */
interface Dispatching {
  readonly code: Code
  readonly hart: Local<'i32'>
  readonly left: Local<'i32'>
}

/**
 * Generates what all regions of a machine call: the dispatcher, which finds a region by address.
 * Regions import its functions but not its table, whose size every instance would pay for.
 */
export function buildLinks(tlbArraySize: number, validate = false): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ name: 'links', validate })
  module.importMemory('host', 'memory', { minimum: 1 })
  const table = module.table({ element: 'funcref', minimum: MOST_ENTRIES, maximum: MOST_ENTRIES })
  const regionType = module.type(regionParams, ['i32'])
  const locate = addLocate(module, 'execute', tlbArraySize)
  /**
   * Pushes the arguments of a region's function, and its number: of the region at `pc`, if there is one.
   *
   * @param depth - pushes the calls that may still be nested.
   * @param absent - what to do when there is none; does not come back.
   */
  const pushRegion = (
    { code, hart, left }: Dispatching,
    pc: Local<'i64'>,
    depth: () => void,
    absent: () => void,
  ): void => {
    const op = code.local('i32')
    const page = code.local('i64')
    const entry = findFetchEntry(code, hart, pc, page, { tlbArraySize, locate }, absent)
    code.localGet(entry)
    code.i32Load(TLB_ADDEND_OFFSET)
    pushRecordDistance(code, pc)
    code.i32Add()
    code.i32Load16U()
    code.localTee(op)
    code.i32Const(REGION_OP)
    code.i32LtU()
    code.if('empty', absent)
    increment(code, hart, State.dispatches)
    code.localGet(hart)
    code.localGet(pc)
    depth()
    code.localGet(left)
    code.localGet(op)
    code.i32Const(REGION_OP - 1)
    code.i32And()
  }
  const dispatch = module.func('dispatch', dispatchParams, ['i32'], (code, hart, depth, left, expected) => {
    const pc = code.local('i64')
    const interpret = () => {
      code.localGet(left)
      code.i32Const(INTERPRET)
      code.i32Or()
      code.return()
    }
    code.loop('empty', (again) => {
      code.localGet(hart)
      code.i64Load(State.pc)
      code.localTee(pc)
      code.localGet(expected)
      code.i64Eq()
      code.if('empty', () => {
        code.localGet(left)
        code.return()
      })
      code.localGet(depth)
      code.i32Eqz()
      code.if('empty', interpret)
      const less = () => {
        code.localGet(depth)
        code.i32Const(1)
        code.i32Sub()
      }
      pushRegion({ code, hart, left }, pc, less, interpret)
      code.callIndirect(regionType, table)
      code.localTee(left)
      code.i32Const(0)
      code.i32GeS()
      code.brIf(again)
    })
    code.localGet(left)
  })
  const follow = module.func('follow', dispatchParams, ['i32'], (code, hart, depth, left, pc) => {
    code.localGet(hart)
    code.localGet(pc)
    code.i64Store(State.pc)
    const absent = () => {
      code.localGet(left)
      code.return()
    }
    pushRegion({ code, hart, left }, pc, () => code.localGet(depth), absent)
    code.returnCallIndirect(regionType, table)
  })
  const secondStage = addSecondStage(module)
  for (const [name, kind] of [
    ['locateRead', 'read'],
    ['locateWrite', 'write'],
  ] as const) {
    module.exportFunction(addLocateAligned(module, kind, tlbArraySize, secondStage), name)
  }
  module.exportFunction(addLeave(module), 'leave')
  module.exportFunction(follow, 'follow')
  module.exportFunction(dispatch, 'dispatch')
  module.exportTable(table, 'regions')
  return module.toBytes() as Uint8Array<ArrayBuffer>
}

/** Adds the function by which regions find a page that is not in the first place of the TLB. */
function addLocateAligned(
  module: ModuleBuilder,
  kind: 'read' | 'write',
  tlbArraySize: number,
  secondStage: SecondStage,
): FunctionIndex {
  const locate = addLocate(module, kind, tlbArraySize, addWalk(module, kind, tlbArraySize, secondStage))
  return module.func('', locateParams, ['i32'], (code, hart, va, bits, most) => {
    code.localGet(va)
    code.i32WrapI64()
    code.localGet(bits)
    code.i32And()
    code.localGet(most)
    code.i32GtU()
    code.if('empty', () => {
      code.i32Const(0)
      code.return()
    })
    forgetPages(code)
    code.localGet(hart)
    code.localGet(va)
    code.call(locate)
  })
}

/** What the module with floating point exports. */
export type FloatExports = Readonly<Record<FloatOperation, WebAssembly.ExportValue>>

/** Generates the functions of floating point that regions call. */
export function buildFloat(validate = false): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ name: 'float', validate })
  module.importMemory('host', 'memory', { minimum: 1 })
  const float = addFloatFunctions(module, addMulHigh(module).uu)
  for (const operation of floatOperations) module.exportFunction(float[operation], operation)
  return module.toBytes() as Uint8Array<ArrayBuffer>
}
