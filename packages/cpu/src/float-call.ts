import type { FloatOperation } from '@worldswitch/ieee754'
import type { Local } from '@worldswitch/wasm'
import type { CodeFrame, Value } from './code-frame.ts'
import { inPlace } from './float/in-place.ts'
import { State } from './state-layout.ts'

/** The `rm` of an instruction that rounds as `frm` says. */
const DYNAMIC_ROUNDING = 7

/** The `rm` of an instruction: what pushes it, its value where that is known, undefined when it has none. */
export type RoundingField = (() => void) | number | undefined

/** Emits a floating-point operation of an instruction: in place where that can be, otherwise by the module's function. */
export function emitFloat(
  { code, hart, float }: CodeFrame,
  operation: FloatOperation,
  operands: readonly Value[],
  result: Local<'i64'>,
  rounding: RoundingField,
): void {
  const isDynamic = (field: () => void) => {
    field()
    code.i32Const(DYNAMIC_ROUNDING)
    code.i32Eq()
  }
  /** Pushes the rounding mode in force. */
  const mode = () => {
    if (rounding === undefined) code.i32Const(0)
    else if (typeof rounding === 'number' && rounding !== DYNAMIC_ROUNDING) code.i32Const(rounding)
    else {
      code.localGet(hart)
      code.i32Load(State.frm)
      if (typeof rounding === 'number') return
      rounding()
      isDynamic(rounding)
      code.select()
    }
  }
  const onHost = inPlace(operation)
  code.block('empty', (done) => {
    const here = { code, hart, operands, result, done }
    if (onHost !== undefined && typeof rounding === 'function') {
      isDynamic(rounding)
      code.if('empty', () => onHost(here))
    } else if (rounding === DYNAMIC_ROUNDING) onHost?.(here)
    code.localGet(hart)
    mode()
    for (const operand of operands) operand()
    code.call(float[operation])
    code.localSet(result)
  })
}
