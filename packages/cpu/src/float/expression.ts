import type { Code } from '@worldswitch/wasm'

/** A value of a generated function: emitted where it is consumed, and as often. */
export type Expression = I32 | I64 | Float

/** An i32 expression; most are conditions. */
export class I32 {
  readonly type = 'i32'
  readonly code: Code
  readonly emit: () => void

  constructor(code: Code, emit: () => void) {
    this.code = code
    this.emit = emit
  }

  #binary(b: I32 | number, instruction: keyof Code & `i32${string}`): I32 {
    return new I32(this.code, () => {
      this.emit()
      if (typeof b === 'number') this.code.i32Const(b)
      else b.emit()
      ;(this.code[instruction] as () => void)()
    })
  }
  and(b: I32 | number): I32 {
    return this.#binary(b, 'i32And')
  }
  or(b: I32 | number): I32 {
    return this.#binary(b, 'i32Or')
  }
  eq(b: I32 | number): I32 {
    return this.#binary(b, 'i32Eq')
  }
  ne(b: I32 | number): I32 {
    return this.#binary(b, 'i32Ne')
  }
  ltU(b: I32 | number): I32 {
    return this.#binary(b, 'i32LtU')
  }
  not(): I32 {
    return new I32(this.code, () => {
      this.emit()
      this.code.i32Eqz()
    })
  }
  /** Zero-extended. */
  toI64(): I64 {
    return new I64(this.code, () => {
      this.emit()
      this.code.i64ExtendI32U()
    })
  }
}

/** An i64 expression. */
export class I64 {
  readonly type = 'i64'
  readonly code: Code
  readonly emit: () => void

  constructor(code: Code, emit: () => void) {
    this.code = code
    this.emit = emit
  }

  #emitWith(b: I64 | bigint, instruction: keyof Code & `i64${string}`): () => void {
    return () => {
      this.emit()
      if (typeof b === 'bigint') this.code.i64Const(BigInt.asIntN(64, b))
      else b.emit()
      ;(this.code[instruction] as () => void)()
    }
  }
  #binary(b: I64 | bigint, instruction: keyof Code & `i64${string}`): I64 {
    return new I64(this.code, this.#emitWith(b, instruction))
  }
  #compare(b: I64 | bigint, instruction: keyof Code & `i64${string}`): I32 {
    return new I32(this.code, this.#emitWith(b, instruction))
  }
  #unary(instruction: keyof Code): () => void {
    return () => {
      this.emit()
      ;(this.code[instruction] as () => void)()
    }
  }
  add(b: I64 | bigint): I64 {
    return this.#binary(b, 'i64Add')
  }
  sub(b: I64 | bigint): I64 {
    return this.#binary(b, 'i64Sub')
  }
  mul(b: I64 | bigint): I64 {
    return this.#binary(b, 'i64Mul')
  }
  and(b: I64 | bigint): I64 {
    return this.#binary(b, 'i64And')
  }
  or(b: I64 | bigint): I64 {
    return this.#binary(b, 'i64Or')
  }
  xor(b: I64 | bigint): I64 {
    return this.#binary(b, 'i64Xor')
  }
  /** Shifts use the amount modulo 64. */
  shl(b: I64 | bigint): I64 {
    return this.#binary(b, 'i64Shl')
  }
  shrU(b: I64 | bigint): I64 {
    return this.#binary(b, 'i64ShrU')
  }
  shrS(b: I64 | bigint): I64 {
    return this.#binary(b, 'i64ShrS')
  }
  eq(b: I64 | bigint): I32 {
    return this.#compare(b, 'i64Eq')
  }
  ne(b: I64 | bigint): I32 {
    return this.#compare(b, 'i64Ne')
  }
  ltU(b: I64 | bigint): I32 {
    return this.#compare(b, 'i64LtU')
  }
  gtU(b: I64 | bigint): I32 {
    return this.#compare(b, 'i64GtU')
  }
  geU(b: I64 | bigint): I32 {
    return this.#compare(b, 'i64GeU')
  }
  ltS(b: I64 | bigint): I32 {
    return this.#compare(b, 'i64LtS')
  }
  gtS(b: I64 | bigint): I32 {
    return this.#compare(b, 'i64GtS')
  }
  isZero(): I32 {
    return new I32(this.code, this.#unary('i64Eqz'))
  }
  /** Leading zeros. */
  clz(): I64 {
    return new I64(this.code, this.#unary('i64Clz'))
  }
  /** Trailing zeros. */
  ctz(): I64 {
    return new I64(this.code, this.#unary('i64Ctz'))
  }
  signExtend32(): I64 {
    return new I64(this.code, this.#unary('i64Extend32S'))
  }
  /** The low 32 bits. */
  toI32(): I32 {
    return new I32(this.code, this.#unary('i32WrapI64'))
  }
  /** The number whose bits these are; of a single, the low 32 bits. */
  asFloat(type: 'f32' | 'f64'): Float {
    if (type === 'f64') return new Float(this.code, type, this.#unary('f64ReinterpretI64'))
    return new Float(this.code, type, () => {
      this.emit()
      this.code.i32WrapI64()
      this.code.f32ReinterpretI32()
    })
  }
  /** The nearest number. */
  toFloat(type: 'f32' | 'f64', sign: 'S' | 'U'): Float {
    return new Float(this.code, type, this.#unary(`${type}ConvertI64${sign}`))
  }
}

/** A floating-point expression: what the host computes, rounding to nearest. */
export class Float {
  readonly type: 'f32' | 'f64'
  readonly code: Code
  readonly emit: () => void

  constructor(code: Code, type: 'f32' | 'f64', emit: () => void) {
    this.type = type
    this.code = code
    this.emit = emit
  }

  #emitWith(
    b: Float | number,
    operation:
      | 'Add'
      | 'Sub'
      | 'Mul'
      | 'Div'
      | 'Min'
      | 'Max'
      | 'Copysign'
      | 'Eq'
      | 'Ne'
      | 'Lt'
      | 'Le'
      | 'Gt'
      | 'Ge',
  ): () => void {
    return () => {
      this.emit()
      if (typeof b === 'number') this.code[`${this.type}Const`](b)
      else b.emit()
      this.code[`${this.type}${operation}`]()
    }
  }
  #unary(operation: 'Sqrt' | 'Abs' | 'Trunc' | 'Nearest' | 'Floor' | 'Ceil'): Float {
    return new Float(this.code, this.type, () => {
      this.emit()
      this.code[`${this.type}${operation}`]()
    })
  }
  add(b: Float | number): Float {
    return new Float(this.code, this.type, this.#emitWith(b, 'Add'))
  }
  sub(b: Float | number): Float {
    return new Float(this.code, this.type, this.#emitWith(b, 'Sub'))
  }
  mul(b: Float | number): Float {
    return new Float(this.code, this.type, this.#emitWith(b, 'Mul'))
  }
  div(b: Float | number): Float {
    return new Float(this.code, this.type, this.#emitWith(b, 'Div'))
  }
  min(b: Float | number): Float {
    return new Float(this.code, this.type, this.#emitWith(b, 'Min'))
  }
  max(b: Float | number): Float {
    return new Float(this.code, this.type, this.#emitWith(b, 'Max'))
  }
  copySign(b: Float | number): Float {
    return new Float(this.code, this.type, this.#emitWith(b, 'Copysign'))
  }
  eq(b: Float | number): I32 {
    return new I32(this.code, this.#emitWith(b, 'Eq'))
  }
  ne(b: Float | number): I32 {
    return new I32(this.code, this.#emitWith(b, 'Ne'))
  }
  lt(b: Float | number): I32 {
    return new I32(this.code, this.#emitWith(b, 'Lt'))
  }
  le(b: Float | number): I32 {
    return new I32(this.code, this.#emitWith(b, 'Le'))
  }
  gt(b: Float | number): I32 {
    return new I32(this.code, this.#emitWith(b, 'Gt'))
  }
  ge(b: Float | number): I32 {
    return new I32(this.code, this.#emitWith(b, 'Ge'))
  }
  sqrt(): Float {
    return this.#unary('Sqrt')
  }
  abs(): Float {
    return this.#unary('Abs')
  }
  trunc(): Float {
    return this.#unary('Trunc')
  }
  nearest(): Float {
    return this.#unary('Nearest')
  }
  floor(): Float {
    return this.#unary('Floor')
  }
  ceil(): Float {
    return this.#unary('Ceil')
  }
  /** Of a single: the same number as a double. */
  toDouble(): Float {
    if (this.type === 'f64') return this
    return new Float(this.code, 'f64', () => {
      this.emit()
      this.code.f64PromoteF32()
    })
  }
  /** Of a double: the nearest single. */
  toSingle(): Float {
    return new Float(this.code, 'f32', () => {
      this.emit()
      this.code.f32DemoteF64()
    })
  }
  /** Of a double: the integer that it is. */
  toInteger(sign: 'S' | 'U'): I64 {
    return new I64(this.code, () => {
      this.emit()
      this.code[`i64TruncF64${sign}`]()
    })
  }
  /** The bits. Of a NaN only the exponent is certain: the rest is the host's choice. */
  bits(): I64 {
    return new I64(this.code, () => {
      this.emit()
      if (this.type === 'f64') this.code.i64ReinterpretF64()
      else {
        this.code.i32ReinterpretF32()
        this.code.i64ExtendI32U()
      }
    })
  }
}
