import type { FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import { increment } from '../spill.ts'
import { State } from '../state-layout.ts'
import type { RegionModule } from './emit-region.ts'
import { returnCallFromTable } from './module-table.ts'
import { placeParts, RETURN, type RegionFrame } from './region-frame.ts'
import { INTERPRET, LeaveCause, leaveParams, ReachCounters } from './region-links.ts'

/** Locals of a region's function that say how it ends. */
interface RegionEnd {
  /** Calls that may still be nested. */
  readonly depth: Local<'i32'>
  /** Steps left. */
  readonly left: Local<'i32'>
  /** Where to go on, if `place` is no place. */
  readonly target: Local<'i64'>
}

/** The end of a region's function: `place` or `target` say where to go on. */
export function emitRegionEnd(
  frame: RegionFrame,
  { reachCounter, follow, leave }: Pick<RegionModule, 'reachCounter' | 'follow' | 'leave'>,
  { depth, left, target }: RegionEnd,
): void {
  const { code, hart, base, place } = frame
  code.localGet(place)
  code.i32Const(0)
  code.i32GeS()
  code.if('empty', () => {
    code.localGet(hart)
    code.localGet(base)
    code.localGet(place)
    code.localGet(left)
    code.i32Const(reachCounter)
    returnCallFromTable(code, leave)
  })
  code.localGet(place)
  code.i32Const(RETURN)
  code.i32Eq()
  code.if('empty', () => {
    code.localGet(hart)
    code.localGet(target)
    code.i64Store(State.pc)
    code.localGet(left)
    code.return()
  })
  code.localGet(hart)
  code.localGet(depth)
  code.localGet(left)
  code.localGet(target)
  returnCallFromTable(code, follow)
}

/** Adds the function that ends a region before an instruction that is left to the interpreter. */
export function addLeave(module: ModuleBuilder): FunctionIndex {
  return module.func('leave', leaveParams, ['i32'], (code, hart, base, place, left, reachCounter) => {
    const parts = placeParts({ code, place })
    const counter = code.local('i32')
    code.localGet(hart)
    code.localGet(base)
    parts.offset()
    code.i64ExtendI32U()
    code.i64Add()
    code.i64Store(State.pc)
    code.localGet(hart)
    parts.cause()
    code.i32Const(3)
    code.i32Shl()
    code.i32Add()
    code.localSet(counter)
    increment(code, counter, State.leaves)
    parts.cause()
    code.i32Const(LeaveCause.reach)
    code.i32Eq()
    code.if('empty', () => {
      const failures = code.local('i32')
      code.localGet(reachCounter)
      code.localGet(reachCounter)
      code.i32Load16U()
      code.i32Const(1)
      code.i32Add()
      code.localTee(failures)
      code.i32Store16()
      code.localGet(failures)
      code.i32Const(ReachCounters.enough)
      code.i32Eq()
      code.if('empty', () => {
        code.i32Const(0)
        code.i32Const(1)
        code.i32Store(ReachCounters.isEnough)
      })
    })
    code.localGet(left)
    parts.steps()
    code.i32Sub()
    code.i32Const(INTERPRET)
    code.i32Or()
  })
}
