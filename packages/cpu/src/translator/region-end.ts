import type { Local } from '@worldswitch/wasm'
import { State } from '../state-layout.ts'
import type { RegionModule } from './emit-region.ts'
import { placeParts, RETURN, type RegionFrame } from './region-frame.ts'
import { INTERPRET, LeaveCause } from './region-links.ts'

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
  { reachCounter, follow }: Pick<RegionModule, 'reachCounter' | 'follow'>,
  { depth, left, target }: RegionEnd,
): void {
  const { code, hart, base, place } = frame
  const parts = placeParts(frame)
  const cause = code.local('i32')
  code.localGet(place)
  code.i32Const(0)
  code.i32GeS()
  code.if('empty', () => {
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
    code.localTee(cause)
    code.localGet(cause)
    code.i64Load(State.leaves)
    code.i64Const(1)
    code.i64Add()
    code.i64Store(State.leaves)
    parts.cause()
    code.i32Const(LeaveCause.reach)
    code.i32Eq()
    code.if('empty', () => {
      code.i32Const(0)
      code.i32Const(0)
      code.i32Load16U(reachCounter)
      code.i32Const(1)
      code.i32Add()
      code.i32Store16(reachCounter)
    })
    code.localGet(left)
    parts.steps()
    code.i32Sub()
    code.i32Const(INTERPRET)
    code.i32Or()
    code.return()
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
  code.returnCall(follow)
}
