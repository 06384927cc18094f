import { FloatFlag, type FloatOperation } from '@worldswitch/ieee754'
import type { Code, Label, Local } from '@worldswitch/wasm'
import { State } from '../state-layout.ts'
import { type Float, I64 } from './expression.ts'
import { isOrdinary } from './inexactness.ts'
import { layouts } from './layout.ts'

const add = ([x, y]: readonly Float[]): Float => x.add(y)
const sub = ([x, y]: readonly Float[]): Float => x.sub(y)
const mul = ([x, y]: readonly Float[]): Float => x.mul(y)
const div = ([x, y]: readonly Float[]): Float => x.div(y)
const sqrt = ([x]: readonly Float[]): Float => x.sqrt()

/** What the host computes in one instruction. */
const hostOperations: Partial<Record<FloatOperation, (operands: readonly Float[]) => Float>> = {
  'add.s': add,
  'add.d': add,
  'sub.s': sub,
  'sub.d': sub,
  'mul.s': mul,
  'mul.d': mul,
  'div.s': div,
  'div.d': div,
  'sqrt.s': sqrt,
  'sqrt.d': sqrt,
}

/** What the code of an operation in place finds around it. */
export interface InPlace {
  readonly code: Code
  readonly hart: Local<'i32'>
  /** Push the raw bits of the operands, as often as they are called. */
  readonly operands: readonly (() => void)[]
  /** Gets the raw bits of the result. */
  readonly result: Local<'i64'>
  readonly done: Label
}

/**
 * Emits the common case of an operation without a call: `frm` says to nearest, NX is accrued, and the result is
 * ordinary, so that it is the host's and raises nothing new. Branches to `done` then, and falls through otherwise.
 *
 * @returns undefined if the operation is not one instruction of the host.
 */
export const inPlace = (operation: FloatOperation): ((surroundings: InPlace) => void) | undefined => {
  const compute = hostOperations[operation]
  if (compute === undefined) return undefined
  const layout = operation.endsWith('.s') ? layouts.s : layouts.d
  return ({ code, hart, operands, result, done }) => {
    const numbers = operands.map((push) => new I64(code, push).asFloat(layout.type))
    compute(numbers).bits().emit()
    code.localSet(result)
    // `frm` follows `fflags`: one load reads both, and 0 is to nearest.
    const flagsAndRounding = new I64(code, () => {
      code.localGet(hart)
      code.i64Load(State.fflags)
    })
    const quiet = flagsAndRounding.and((0xffn << 32n) | BigInt(FloatFlag.NX)).eq(BigInt(FloatFlag.NX))
    quiet.and(isOrdinary(layout, new I64(code, () => code.localGet(result)))).emit()
    code.brIf(done)
  }
}
