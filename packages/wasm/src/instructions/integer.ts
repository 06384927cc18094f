import { fixed } from './instruction.ts'

/** The instructions that produce integers from numbers. */
export const integerInstructions = {
  /** A constant of 32 bits. */
  i32Const: fixed('i32.const', [0x41], [], ['i32'], 'i32'),
  /** 1 if the operand is zero, else 0. */
  i32Eqz: fixed('i32.eqz', [0x45], ['i32'], ['i32']),
  /** 1 if equal, else 0. */
  i32Eq: fixed('i32.eq', [0x46], ['i32', 'i32'], ['i32']),
  /** 1 if different, else 0. */
  i32Ne: fixed('i32.ne', [0x47], ['i32', 'i32'], ['i32']),
  /** 1 if first < second, signed, else 0. */
  i32LtS: fixed('i32.lt_s', [0x48], ['i32', 'i32'], ['i32']),
  /** 1 if first < second, unsigned, else 0. */
  i32LtU: fixed('i32.lt_u', [0x49], ['i32', 'i32'], ['i32']),
  /** 1 if first > second, signed, else 0. */
  i32GtS: fixed('i32.gt_s', [0x4a], ['i32', 'i32'], ['i32']),
  /** 1 if first > second, unsigned, else 0. */
  i32GtU: fixed('i32.gt_u', [0x4b], ['i32', 'i32'], ['i32']),
  /** 1 if first <= second, signed, else 0. */
  i32LeS: fixed('i32.le_s', [0x4c], ['i32', 'i32'], ['i32']),
  /** 1 if first <= second, unsigned, else 0. */
  i32LeU: fixed('i32.le_u', [0x4d], ['i32', 'i32'], ['i32']),
  /** 1 if first >= second, signed, else 0. */
  i32GeS: fixed('i32.ge_s', [0x4e], ['i32', 'i32'], ['i32']),
  /** 1 if first >= second, unsigned, else 0. */
  i32GeU: fixed('i32.ge_u', [0x4f], ['i32', 'i32'], ['i32']),
  /** Leading zero bits; 32 for zero. */
  i32Clz: fixed('i32.clz', [0x67], ['i32'], ['i32']),
  /** Trailing zero bits; 32 for zero. */
  i32Ctz: fixed('i32.ctz', [0x68], ['i32'], ['i32']),
  /** Bits that are one. */
  i32Popcnt: fixed('i32.popcnt', [0x69], ['i32'], ['i32']),
  /** Sum modulo 2^32. */
  i32Add: fixed('i32.add', [0x6a], ['i32', 'i32'], ['i32']),
  /** First minus second, modulo 2^32. */
  i32Sub: fixed('i32.sub', [0x6b], ['i32', 'i32'], ['i32']),
  /** Product modulo 2^32. */
  i32Mul: fixed('i32.mul', [0x6c], ['i32', 'i32'], ['i32']),
  /** Signed quotient towards zero; traps on zero and on overflow. */
  i32DivS: fixed('i32.div_s', [0x6d], ['i32', 'i32'], ['i32']),
  /** Unsigned quotient; traps on zero. */
  i32DivU: fixed('i32.div_u', [0x6e], ['i32', 'i32'], ['i32']),
  /** Signed remainder with the sign of the dividend; traps on zero. */
  i32RemS: fixed('i32.rem_s', [0x6f], ['i32', 'i32'], ['i32']),
  /** Unsigned remainder; traps on zero. */
  i32RemU: fixed('i32.rem_u', [0x70], ['i32', 'i32'], ['i32']),
  /** Bitwise and. */
  i32And: fixed('i32.and', [0x71], ['i32', 'i32'], ['i32']),
  /** Bitwise or. */
  i32Or: fixed('i32.or', [0x72], ['i32', 'i32'], ['i32']),
  /** Bitwise exclusive or. */
  i32Xor: fixed('i32.xor', [0x73], ['i32', 'i32'], ['i32']),
  /** Shift left by the second operand modulo 32. */
  i32Shl: fixed('i32.shl', [0x74], ['i32', 'i32'], ['i32']),
  /** Shift right by the second operand modulo 32, copying the sign. */
  i32ShrS: fixed('i32.shr_s', [0x75], ['i32', 'i32'], ['i32']),
  /** Shift right by the second operand modulo 32, filling with zeros. */
  i32ShrU: fixed('i32.shr_u', [0x76], ['i32', 'i32'], ['i32']),
  /** Rotate left by the second operand modulo 32. */
  i32Rotl: fixed('i32.rotl', [0x77], ['i32', 'i32'], ['i32']),
  /** Rotate right by the second operand modulo 32. */
  i32Rotr: fixed('i32.rotr', [0x78], ['i32', 'i32'], ['i32']),
  /** Sign-extends the low 8 bits. */
  i32Extend8S: fixed('i32.extend8_s', [0xc0], ['i32'], ['i32']),
  /** Sign-extends the low 16 bits. */
  i32Extend16S: fixed('i32.extend16_s', [0xc1], ['i32'], ['i32']),
  /** The low 32 bits. */
  i32WrapI64: fixed('i32.wrap_i64', [0xa7], ['i64'], ['i32']),
  /** Truncates to a signed integer; traps on NaN and out of range. */
  i32TruncF32S: fixed('i32.trunc_f32_s', [0xa8], ['f32'], ['i32']),
  /** Truncates to a unsigned integer; traps on NaN and out of range. */
  i32TruncF32U: fixed('i32.trunc_f32_u', [0xa9], ['f32'], ['i32']),
  /** Truncates to a signed integer; traps on NaN and out of range. */
  i32TruncF64S: fixed('i32.trunc_f64_s', [0xaa], ['f64'], ['i32']),
  /** Truncates to a unsigned integer; traps on NaN and out of range. */
  i32TruncF64U: fixed('i32.trunc_f64_u', [0xab], ['f64'], ['i32']),
  /** Truncates to a signed integer; NaN becomes 0, out of range the nearest end. */
  i32TruncSatF32S: fixed('i32.trunc_sat_f32_s', [0xfc, 0x00], ['f32'], ['i32']),
  /** Truncates to a unsigned integer; NaN becomes 0, out of range the nearest end. */
  i32TruncSatF32U: fixed('i32.trunc_sat_f32_u', [0xfc, 0x01], ['f32'], ['i32']),
  /** Truncates to a signed integer; NaN becomes 0, out of range the nearest end. */
  i32TruncSatF64S: fixed('i32.trunc_sat_f64_s', [0xfc, 0x02], ['f64'], ['i32']),
  /** Truncates to a unsigned integer; NaN becomes 0, out of range the nearest end. */
  i32TruncSatF64U: fixed('i32.trunc_sat_f64_u', [0xfc, 0x03], ['f64'], ['i32']),
  /** The same bits as an integer. */
  i32ReinterpretF32: fixed('i32.reinterpret_f32', [0xbc], ['f32'], ['i32']),
  /** A constant of 64 bits. */
  i64Const: fixed('i64.const', [0x42], [], ['i64'], 'i64'),
  /** 1 if the operand is zero, else 0. */
  i64Eqz: fixed('i64.eqz', [0x50], ['i64'], ['i32']),
  /** 1 if equal, else 0. */
  i64Eq: fixed('i64.eq', [0x51], ['i64', 'i64'], ['i32']),
  /** 1 if different, else 0. */
  i64Ne: fixed('i64.ne', [0x52], ['i64', 'i64'], ['i32']),
  /** 1 if first < second, signed, else 0. */
  i64LtS: fixed('i64.lt_s', [0x53], ['i64', 'i64'], ['i32']),
  /** 1 if first < second, unsigned, else 0. */
  i64LtU: fixed('i64.lt_u', [0x54], ['i64', 'i64'], ['i32']),
  /** 1 if first > second, signed, else 0. */
  i64GtS: fixed('i64.gt_s', [0x55], ['i64', 'i64'], ['i32']),
  /** 1 if first > second, unsigned, else 0. */
  i64GtU: fixed('i64.gt_u', [0x56], ['i64', 'i64'], ['i32']),
  /** 1 if first <= second, signed, else 0. */
  i64LeS: fixed('i64.le_s', [0x57], ['i64', 'i64'], ['i32']),
  /** 1 if first <= second, unsigned, else 0. */
  i64LeU: fixed('i64.le_u', [0x58], ['i64', 'i64'], ['i32']),
  /** 1 if first >= second, signed, else 0. */
  i64GeS: fixed('i64.ge_s', [0x59], ['i64', 'i64'], ['i32']),
  /** 1 if first >= second, unsigned, else 0. */
  i64GeU: fixed('i64.ge_u', [0x5a], ['i64', 'i64'], ['i32']),
  /** Leading zero bits; 64 for zero. */
  i64Clz: fixed('i64.clz', [0x79], ['i64'], ['i64']),
  /** Trailing zero bits; 64 for zero. */
  i64Ctz: fixed('i64.ctz', [0x7a], ['i64'], ['i64']),
  /** Bits that are one. */
  i64Popcnt: fixed('i64.popcnt', [0x7b], ['i64'], ['i64']),
  /** Sum modulo 2^64. */
  i64Add: fixed('i64.add', [0x7c], ['i64', 'i64'], ['i64']),
  /** First minus second, modulo 2^64. */
  i64Sub: fixed('i64.sub', [0x7d], ['i64', 'i64'], ['i64']),
  /** Product modulo 2^64. */
  i64Mul: fixed('i64.mul', [0x7e], ['i64', 'i64'], ['i64']),
  /** Signed quotient towards zero; traps on zero and on overflow. */
  i64DivS: fixed('i64.div_s', [0x7f], ['i64', 'i64'], ['i64']),
  /** Unsigned quotient; traps on zero. */
  i64DivU: fixed('i64.div_u', [0x80], ['i64', 'i64'], ['i64']),
  /** Signed remainder with the sign of the dividend; traps on zero. */
  i64RemS: fixed('i64.rem_s', [0x81], ['i64', 'i64'], ['i64']),
  /** Unsigned remainder; traps on zero. */
  i64RemU: fixed('i64.rem_u', [0x82], ['i64', 'i64'], ['i64']),
  /** Bitwise and. */
  i64And: fixed('i64.and', [0x83], ['i64', 'i64'], ['i64']),
  /** Bitwise or. */
  i64Or: fixed('i64.or', [0x84], ['i64', 'i64'], ['i64']),
  /** Bitwise exclusive or. */
  i64Xor: fixed('i64.xor', [0x85], ['i64', 'i64'], ['i64']),
  /** Shift left by the second operand modulo 64. */
  i64Shl: fixed('i64.shl', [0x86], ['i64', 'i64'], ['i64']),
  /** Shift right by the second operand modulo 64, copying the sign. */
  i64ShrS: fixed('i64.shr_s', [0x87], ['i64', 'i64'], ['i64']),
  /** Shift right by the second operand modulo 64, filling with zeros. */
  i64ShrU: fixed('i64.shr_u', [0x88], ['i64', 'i64'], ['i64']),
  /** Rotate left by the second operand modulo 64. */
  i64Rotl: fixed('i64.rotl', [0x89], ['i64', 'i64'], ['i64']),
  /** Rotate right by the second operand modulo 64. */
  i64Rotr: fixed('i64.rotr', [0x8a], ['i64', 'i64'], ['i64']),
  /** Sign-extends the low 8 bits. */
  i64Extend8S: fixed('i64.extend8_s', [0xc2], ['i64'], ['i64']),
  /** Sign-extends the low 16 bits. */
  i64Extend16S: fixed('i64.extend16_s', [0xc3], ['i64'], ['i64']),
  /** Sign-extends the low 32 bits. */
  i64Extend32S: fixed('i64.extend32_s', [0xc4], ['i64'], ['i64']),
  /** Sign-extends 32 bits to 64. */
  i64ExtendI32S: fixed('i64.extend_i32_s', [0xac], ['i32'], ['i64']),
  /** Zero-extends 32 bits to 64. */
  i64ExtendI32U: fixed('i64.extend_i32_u', [0xad], ['i32'], ['i64']),
  /** Truncates to a signed integer; traps on NaN and out of range. */
  i64TruncF32S: fixed('i64.trunc_f32_s', [0xae], ['f32'], ['i64']),
  /** Truncates to a unsigned integer; traps on NaN and out of range. */
  i64TruncF32U: fixed('i64.trunc_f32_u', [0xaf], ['f32'], ['i64']),
  /** Truncates to a signed integer; traps on NaN and out of range. */
  i64TruncF64S: fixed('i64.trunc_f64_s', [0xb0], ['f64'], ['i64']),
  /** Truncates to a unsigned integer; traps on NaN and out of range. */
  i64TruncF64U: fixed('i64.trunc_f64_u', [0xb1], ['f64'], ['i64']),
  /** Truncates to a signed integer; NaN becomes 0, out of range the nearest end. */
  i64TruncSatF32S: fixed('i64.trunc_sat_f32_s', [0xfc, 0x04], ['f32'], ['i64']),
  /** Truncates to a unsigned integer; NaN becomes 0, out of range the nearest end. */
  i64TruncSatF32U: fixed('i64.trunc_sat_f32_u', [0xfc, 0x05], ['f32'], ['i64']),
  /** Truncates to a signed integer; NaN becomes 0, out of range the nearest end. */
  i64TruncSatF64S: fixed('i64.trunc_sat_f64_s', [0xfc, 0x06], ['f64'], ['i64']),
  /** Truncates to a unsigned integer; NaN becomes 0, out of range the nearest end. */
  i64TruncSatF64U: fixed('i64.trunc_sat_f64_u', [0xfc, 0x07], ['f64'], ['i64']),
  /** The same bits as an integer. */
  i64ReinterpretF64: fixed('i64.reinterpret_f64', [0xbd], ['f64'], ['i64']),
}
