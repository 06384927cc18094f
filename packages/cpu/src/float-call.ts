import type { FloatOperation } from '@worldswitch/ieee754'
import type { Instruction } from '@worldswitch/isa'
import type { Local } from '@worldswitch/wasm'
import { inPlace } from './float/in-place.ts'
import type { Frame, Value } from './interpreter-frame.ts'
import { State } from './state-layout.ts'

/** The `rm` of an instruction that rounds as `frm` says. */
const DYNAMIC_ROUNDING = 7

/** Emits a floating-point operation of an instruction: in place where that can be, otherwise by the module's function. */
export function emitFloat(
  frame: Frame,
  { format }: Instruction,
  operation: FloatOperation,
  operands: readonly Value[],
  result: Local<'i64'>,
): void {
  const { code, hart, ip, float } = frame
  /** Pushes the `rm` of an instruction that rounds. */
  const roundingField = () => {
    code.localGet(ip)
    code.i32Load16U(14)
  }
  const isDynamic = () => {
    roundingField()
    code.i32Const(DYNAMIC_ROUNDING)
    code.i32Eq()
  }
  const onHost = inPlace(operation)
  code.block('empty', (done) => {
    if (onHost !== undefined) {
      isDynamic()
      code.if('empty', () => onHost({ code, hart, operands, result, done }))
    }
    code.localGet(hart)
    if (format.fields.rm === undefined) code.i32Const(0)
    else {
      code.localGet(hart)
      code.i32Load(State.frm)
      roundingField()
      isDynamic()
      code.select()
    }
    for (const operand of operands) operand()
    code.call(float[operation])
    code.localSet(result)
  })
}
