import { TLB_ADDEND_OFFSET } from '@worldswitch/mmu'
import type { Code, FunctionIndex, Local, ModuleBuilder, TableIndex } from '@worldswitch/wasm'
import { State } from '../state-layout.ts'
import { pushPlace, pushTag } from '../tlb-code.ts'
import type { CallLink } from './call-links.ts'
import type { RegionModule } from './emit-region.ts'
import { callFromTable, returnCallFromTable, type TableFunction } from './module-table.ts'
import { regionParams } from './region-links.ts'

/** What a call finds in its region's function. */
interface RegionCall {
  readonly code: Code
  readonly hart: Local<'i32'>
  /** The guest's callee. */
  readonly target: Local<'i64'>
  /** Calls that may still be nested: at least one. */
  readonly depth: Local<'i32'>
  /** Steps left. */
  readonly left: Local<'i32'>
  /** Pushes where the guest's callee is to return to. */
  readonly pushReturn: () => void
}

/**
 * Emits a guest's call, all registers stored, as one in WebAssembly. Code behind it is executed when `pc` has come to where
 * the callee returns to; otherwise the function returns, as all its callers will.
 *
 * @param callee - its function in the same page and module, or the link that leads there; undefined: it is looked for.
 */
export function emitRegionCall(
  call: RegionCall,
  { dispatch, linkedCall }: Pick<RegionModule, 'dispatch' | 'linkedCall'>,
  callee: FunctionIndex | CallLink | undefined,
): void {
  const { code, hart, target, depth, left, pushReturn } = call
  const comeBack = () => {
    code.localTee(left)
    code.i32Const(0)
    code.i32LtS()
    code.if('empty', () => {
      code.localGet(left)
      code.return()
    })
  }
  const dispatchUntilReturn = () => {
    for (const argument of [hart, depth, left]) code.localGet(argument)
    pushReturn()
    callFromTable(code, dispatch)
    comeBack()
  }
  if (callee === undefined) {
    code.localGet(hart)
    code.localGet(target)
    code.i64Store(State.pc)
    dispatchUntilReturn()
  } else if (typeof callee === 'object') {
    code.localGet(hart)
    code.localGet(target)
    for (const argument of [depth, left]) code.localGet(argument)
    code.i32Const(callee.cell)
    code.i32Const(callee.index)
    pushReturn()
    code.call(linkedCall!)
    comeBack()
  } else {
    pushArguments(call)
    code.call(callee)
    comeBack()
    pushIsElsewhere(call)
    code.if('empty', dispatchUntilReturn)
  }
}

/** Pushes the arguments of a region's function. */
function pushArguments({ code, hart, target, depth, left }: Omit<RegionCall, 'pushReturn'>): void {
  code.localGet(hart)
  code.localGet(target)
  code.localGet(depth)
  code.i32Const(1)
  code.i32Sub()
  code.localGet(left)
}

/** Pushes whether `pc` is not where the callee returns to. */
function pushIsElsewhere({ code, hart, pushReturn }: Pick<RegionCall, 'code' | 'hart' | 'pushReturn'>): void {
  code.localGet(hart)
  code.i64Load(State.pc)
  pushReturn()
  code.i64Ne()
}

/** Parameters of the function that {@link addLinkedCall} adds. */
const linkedCallParams = ['i32', 'i64', 'i32', 'i32', 'i32', 'i32', 'i64'] as const

/**
 * Adds the function by which regions call what may be in another module or page: (hart, pc, calls that may still be
 * nested, steps left, cell, index, expected pc) -> as a region: runs regions until one arrives there. The first of them
 * by the link, if the page of the callee is in the first place of the TLB and is the one that the link is for.
 *
 * @param table - of the module's links.
 */
export function addLinkedCall(
  module: ModuleBuilder,
  tlbArraySize: number,
  table: TableIndex,
  dispatch: TableFunction,
): FunctionIndex {
  const regionType = module.type(regionParams, ['i32'])
  return module.func(
    '',
    linkedCallParams,
    ['i32'],
    (code, hart, target, depth, left, cell, index, expected) => {
      const pushReturn = () => code.localGet(expected)
      const call: RegionCall = { code, hart, target, depth, left, pushReturn }
      const entry = code.local('i32')
      pushPlace(code, hart, target, State.fetchTlb, tlbArraySize)
      code.localTee(entry)
      code.i64Load()
      pushTag(code, hart, target, State.fetchContext)
      code.i64Eq()
      code.localGet(entry)
      code.i32Load(TLB_ADDEND_OFFSET)
      code.localGet(cell)
      code.i32Load()
      code.i32Eq()
      code.i32And()
      code.if(
        'empty',
        () => {
          pushArguments(call)
          code.localGet(index)
          code.callIndirect(regionType, table)
          code.localTee(left)
          code.i32Const(0)
          code.i32LtS()
          pushIsElsewhere(call)
          code.i32Eqz()
          code.i32Or()
          code.if('empty', () => {
            code.localGet(left)
            code.return()
          })
        },
        () => {
          code.localGet(hart)
          code.localGet(target)
          code.i64Store(State.pc)
        },
      )
      for (const argument of [hart, depth, left]) code.localGet(argument)
      pushReturn()
      returnCallFromTable(code, dispatch)
    },
  )
}
