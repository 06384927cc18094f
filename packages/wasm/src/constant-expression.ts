import { ByteWriter } from './byte-writer.ts'
import type { Declarations } from './declarations.ts'
import { type FunctionIndex, type GlobalIndex, type ValueType, valueTypeByte } from './value-type.ts'
import { WasmBuildError } from './wasm-error.ts'

/**
 * The initial value of a global, or the offset of a segment: a number (`bigint` for `i64` beyond 2^53), `null`
 * for a reference, the value of an imported immutable global, or a reference to a function.
 */
export type ConstantExpression =
  | number
  | bigint
  | null
  | { readonly global: GlobalIndex }
  | { readonly function: FunctionIndex }

const END = 0x0b
const GLOBAL_GET = 0x23
const I32_CONST = 0x41
const I64_CONST = 0x42
const F32_CONST = 0x43
const F64_CONST = 0x44
const REF_NULL = 0xd0
const REF_FUNC = 0xd2

const misfit = (type: ValueType, value: ConstantExpression): WasmBuildError =>
  new WasmBuildError(
    'constant',
    `${typeof value === 'object' ? JSON.stringify(value) : value} cannot be the constant value of an ${type}`,
  )

const isInteger = (value: number | bigint, bits: number): boolean =>
  (typeof value === 'bigint' || Number.isSafeInteger(value)) &&
  BigInt(value) >= -(2n ** BigInt(bits - 1)) &&
  BigInt(value) < 2n ** BigInt(bits)

/**
 * A constant expression of type `type`, with its `end`.
 * @throws WasmBuildError `constant` when the value does not fit the type
 */
export const writeConstant = (
  declarations: Declarations,
  type: ValueType,
  value: ConstantExpression,
): Uint8Array => {
  const out = new ByteWriter(16)
  if (value === null) {
    if (type !== 'funcref' && type !== 'externref') throw misfit(type, value)
    out.u8Pair(REF_NULL, valueTypeByte[type])
  } else if (typeof value === 'object') {
    if ('global' in value) {
      const global = declarations.global(value.global)
      if (!global?.imported || global.mutable || global.type !== type) throw misfit(type, value)
      out.u8(GLOBAL_GET)
      out.u32(value.global)
    } else {
      if (type !== 'funcref' || !declarations.functions[value.function]) throw misfit(type, value)
      out.u8(REF_FUNC)
      out.u32(value.function)
    }
  } else if (type === 'i32') {
    if (!isInteger(value, 32)) throw misfit(type, value)
    out.u8(I32_CONST)
    out.s32(Number(value))
  } else if (type === 'i64') {
    if (!isInteger(value, 64)) throw misfit(type, value)
    out.u8(I64_CONST)
    out.s64(Number(BigInt.asIntN(32, BigInt(value))), Number(BigInt.asIntN(32, BigInt(value) >> 32n)))
  } else {
    if (typeof value !== 'number' || (type !== 'f32' && type !== 'f64')) throw misfit(type, value)
    out.u8(type === 'f32' ? F32_CONST : F64_CONST)
    if (type === 'f32') out.f32(value)
    else out.f64(value)
  }
  out.u8(END)
  return out.toBytes()
}
