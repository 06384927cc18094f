import type { Code, Local } from '@worldswitch/wasm'

/** From the distance of two records to that of their instructions. */
export const RECORD_SHIFT = 3

/** Pushes the distance from the first record of a page to that of the halfword at an address. */
export function pushRecordDistance(code: Code, va: Local<'i64'>): void {
  code.localGet(va)
  code.i32WrapI64()
  code.i32Const(0xffe)
  code.i32And()
  code.i32Const(RECORD_SHIFT)
  code.i32Shl()
}

/** Pushes the address of the instruction that a record stands for. @param bias - pushes the page's `pcBias`. */
export function pushInstructionAddress(code: Code, bias: () => void, ip: Local<'i32'>): void {
  bias()
  code.localGet(ip)
  code.i32Const(RECORD_SHIFT)
  code.i32ShrU()
  code.i64ExtendI32U()
  code.i64Add()
}
