import type { Local } from '@worldswitch/wasm'
import type { CodeFrame } from '../code-frame.ts'
import type { TableFunction } from './module-table.ts'

/** What the code of an instruction finds around it in a region's function. */
export interface RegionFrame extends CodeFrame {
  /** Virtual address of the page. */
  readonly base: Local<'i64'>
  /** The instruction to interpret when the region is left before one; see {@link leavePlace}. */
  readonly place: Local<'i32'>
  /** The locals of integer registers, x0 left out. */
  readonly x: readonly Local<'i64'>[]
  /** The locals of floating-point registers. */
  readonly f: readonly Local<'i64'>[]
  /**
   * Places of accesses for which the region is not left when the first place of the TLB does not have their page: it is found
   * by `locate`. What was looked up before does not hold behind them.
   */
  readonly missed: ReadonlySet<number>
  /** For loads and for stores: `locateRead` and `locateWrite` of `LinkExports`. */
  readonly locate: readonly [TableFunction, TableFunction]
}

const OFFSET_BITS = 13
const STEP_BITS = 11

/**
 * Why, where and when a region is left before an instruction, in one number of at least 0.
 *
 * @param cause - of `LeaveCause`.
 * @param steps - executed since they were subtracted from the steps left.
 * @param offset - of the instruction, in bytes from the start of the page.
 */
export const leavePlace = (cause: number, steps: number, offset: number): number =>
  (cause << (OFFSET_BITS + STEP_BITS)) | (steps << OFFSET_BITS) | offset

/** Takes a {@link leavePlace} in a local apart: each pushes an i32. */
export const placeParts = ({ code, place }: Pick<RegionFrame, 'code' | 'place'>) => {
  const part = (shift: number, bits: number) => () => {
    code.localGet(place)
    code.i32Const(shift)
    code.i32ShrU()
    code.i32Const((1 << bits) - 1)
    code.i32And()
  }
  return {
    offset: part(0, OFFSET_BITS),
    steps: part(OFFSET_BITS, STEP_BITS),
    cause: part(OFFSET_BITS + STEP_BITS, 3),
  }
}

/** Values of `place` when it is no place: the caller is asked to go on at `target`, or the region there is entered. */
export const RETURN = -1
export const FOLLOW = -2
