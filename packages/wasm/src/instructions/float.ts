import { fixed } from './instruction.ts'

/** The instructions that work on floating-point numbers. */
export const floatInstructions = {
  /** A constant; every NaN becomes the canonical one. */
  f32Const: fixed('f32.const', [0x43], [], ['f32'], 'f32'),
  /** 1 if equal, else 0. */
  f32Eq: fixed('f32.eq', [0x5b], ['f32', 'f32'], ['i32']),
  /** 1 if different or unordered, else 0. */
  f32Ne: fixed('f32.ne', [0x5c], ['f32', 'f32'], ['i32']),
  /** 1 if first < second, else 0. */
  f32Lt: fixed('f32.lt', [0x5d], ['f32', 'f32'], ['i32']),
  /** 1 if first > second, else 0. */
  f32Gt: fixed('f32.gt', [0x5e], ['f32', 'f32'], ['i32']),
  /** 1 if first <= second, else 0. */
  f32Le: fixed('f32.le', [0x5f], ['f32', 'f32'], ['i32']),
  /** 1 if first >= second, else 0. */
  f32Ge: fixed('f32.ge', [0x60], ['f32', 'f32'], ['i32']),
  /** Clears the sign bit. */
  f32Abs: fixed('f32.abs', [0x8b], ['f32'], ['f32']),
  /** Flips the sign bit. */
  f32Neg: fixed('f32.neg', [0x8c], ['f32'], ['f32']),
  /** Rounds towards positive infinity. */
  f32Ceil: fixed('f32.ceil', [0x8d], ['f32'], ['f32']),
  /** Rounds towards negative infinity. */
  f32Floor: fixed('f32.floor', [0x8e], ['f32'], ['f32']),
  /** Rounds towards zero. */
  f32Trunc: fixed('f32.trunc', [0x8f], ['f32'], ['f32']),
  /** Rounds to the nearest integer, ties to even. */
  f32Nearest: fixed('f32.nearest', [0x90], ['f32'], ['f32']),
  /** Square root. */
  f32Sqrt: fixed('f32.sqrt', [0x91], ['f32'], ['f32']),
  /** Sum. */
  f32Add: fixed('f32.add', [0x92], ['f32', 'f32'], ['f32']),
  /** First minus second. */
  f32Sub: fixed('f32.sub', [0x93], ['f32', 'f32'], ['f32']),
  /** Product. */
  f32Mul: fixed('f32.mul', [0x94], ['f32', 'f32'], ['f32']),
  /** First divided by second. */
  f32Div: fixed('f32.div', [0x95], ['f32', 'f32'], ['f32']),
  /** The lesser; NaN if either is NaN. */
  f32Min: fixed('f32.min', [0x96], ['f32', 'f32'], ['f32']),
  /** The greater; NaN if either is NaN. */
  f32Max: fixed('f32.max', [0x97], ['f32', 'f32'], ['f32']),
  /** The first with the sign bit of the second. */
  f32Copysign: fixed('f32.copysign', [0x98], ['f32', 'f32'], ['f32']),
  /** The nearest value of a signed integer. */
  f32ConvertI32S: fixed('f32.convert_i32_s', [0xb2], ['i32'], ['f32']),
  /** The nearest value of a unsigned integer. */
  f32ConvertI32U: fixed('f32.convert_i32_u', [0xb3], ['i32'], ['f32']),
  /** The nearest value of a signed integer. */
  f32ConvertI64S: fixed('f32.convert_i64_s', [0xb4], ['i64'], ['f32']),
  /** The nearest value of a unsigned integer. */
  f32ConvertI64U: fixed('f32.convert_i64_u', [0xb5], ['i64'], ['f32']),
  /** Rounds a double to a single. */
  f32DemoteF64: fixed('f32.demote_f64', [0xb6], ['f64'], ['f32']),
  /** The same bits as a single. */
  f32ReinterpretI32: fixed('f32.reinterpret_i32', [0xbe], ['i32'], ['f32']),
  /** A constant; every NaN becomes the canonical one. */
  f64Const: fixed('f64.const', [0x44], [], ['f64'], 'f64'),
  /** 1 if equal, else 0. */
  f64Eq: fixed('f64.eq', [0x61], ['f64', 'f64'], ['i32']),
  /** 1 if different or unordered, else 0. */
  f64Ne: fixed('f64.ne', [0x62], ['f64', 'f64'], ['i32']),
  /** 1 if first < second, else 0. */
  f64Lt: fixed('f64.lt', [0x63], ['f64', 'f64'], ['i32']),
  /** 1 if first > second, else 0. */
  f64Gt: fixed('f64.gt', [0x64], ['f64', 'f64'], ['i32']),
  /** 1 if first <= second, else 0. */
  f64Le: fixed('f64.le', [0x65], ['f64', 'f64'], ['i32']),
  /** 1 if first >= second, else 0. */
  f64Ge: fixed('f64.ge', [0x66], ['f64', 'f64'], ['i32']),
  /** Clears the sign bit. */
  f64Abs: fixed('f64.abs', [0x99], ['f64'], ['f64']),
  /** Flips the sign bit. */
  f64Neg: fixed('f64.neg', [0x9a], ['f64'], ['f64']),
  /** Rounds towards positive infinity. */
  f64Ceil: fixed('f64.ceil', [0x9b], ['f64'], ['f64']),
  /** Rounds towards negative infinity. */
  f64Floor: fixed('f64.floor', [0x9c], ['f64'], ['f64']),
  /** Rounds towards zero. */
  f64Trunc: fixed('f64.trunc', [0x9d], ['f64'], ['f64']),
  /** Rounds to the nearest integer, ties to even. */
  f64Nearest: fixed('f64.nearest', [0x9e], ['f64'], ['f64']),
  /** Square root. */
  f64Sqrt: fixed('f64.sqrt', [0x9f], ['f64'], ['f64']),
  /** Sum. */
  f64Add: fixed('f64.add', [0xa0], ['f64', 'f64'], ['f64']),
  /** First minus second. */
  f64Sub: fixed('f64.sub', [0xa1], ['f64', 'f64'], ['f64']),
  /** Product. */
  f64Mul: fixed('f64.mul', [0xa2], ['f64', 'f64'], ['f64']),
  /** First divided by second. */
  f64Div: fixed('f64.div', [0xa3], ['f64', 'f64'], ['f64']),
  /** The lesser; NaN if either is NaN. */
  f64Min: fixed('f64.min', [0xa4], ['f64', 'f64'], ['f64']),
  /** The greater; NaN if either is NaN. */
  f64Max: fixed('f64.max', [0xa5], ['f64', 'f64'], ['f64']),
  /** The first with the sign bit of the second. */
  f64Copysign: fixed('f64.copysign', [0xa6], ['f64', 'f64'], ['f64']),
  /** The nearest value of a signed integer. */
  f64ConvertI32S: fixed('f64.convert_i32_s', [0xb7], ['i32'], ['f64']),
  /** The nearest value of a unsigned integer. */
  f64ConvertI32U: fixed('f64.convert_i32_u', [0xb8], ['i32'], ['f64']),
  /** The nearest value of a signed integer. */
  f64ConvertI64S: fixed('f64.convert_i64_s', [0xb9], ['i64'], ['f64']),
  /** The nearest value of a unsigned integer. */
  f64ConvertI64U: fixed('f64.convert_i64_u', [0xba], ['i64'], ['f64']),
  /** The same value as a double. */
  f64PromoteF32: fixed('f64.promote_f32', [0xbb], ['f32'], ['f64']),
  /** The same bits as a double. */
  f64ReinterpretI64: fixed('f64.reinterpret_i64', [0xbf], ['i64'], ['f64']),
}
