import type { Code, Local } from '@worldswitch/wasm'
import { pushInstructionAddress } from './record-code.ts'
import { State } from './state-layout.ts'

/** Pushes the address of the instruction of a record, by the bias in the state block. */
export function pushPc(code: Code, hart: Local<'i32'>, ip: Local<'i32'>): void {
  const bias = () => {
    code.localGet(hart)
    code.i64Load(State.pcBias)
  }
  pushInstructionAddress(code, bias, ip)
}

/** Stores `ip`, `pc` and the steps left, the current one included, for TypeScript to see. */
export function spill(code: Code, hart: Local<'i32'>, ip: Local<'i32'>, left: Local<'i32'>): void {
  code.localGet(hart)
  code.localGet(ip)
  code.i32Store(State.ip)
  code.localGet(hart)
  code.localGet(left)
  code.i32Const(1)
  code.i32Add()
  code.i32Store(State.left)
  code.localGet(hart)
  pushPc(code, hart, ip)
  code.i64Store(State.pc)
}

/** Adds to a counter that is a floating-point number. @param amount - pushes an f64. Default: one. */
export function count(
  code: Code,
  at: Local<'i32'>,
  counter: number,
  amount: () => void = () => code.f64Const(1),
): void {
  code.localGet(at)
  code.localGet(at)
  code.f64Load(counter)
  amount()
  code.f64Add()
  code.f64Store(counter)
}

/** Adds one to a counter in the state block. */
export function increment(code: Code, hart: Local<'i32'>, offset: number): void {
  code.localGet(hart)
  code.localGet(hart)
  code.i64Load(offset)
  code.i64Const(1)
  code.i64Add()
  code.i64Store(offset)
}
