import type { Local } from '@worldswitch/wasm'
import type { CodeFrame, Condition, Value } from './code-frame.ts'

/** The values and conditions of the semantics' vocabulary, emitted where they are consumed. */
export class WasmExpressions<F extends CodeFrame> {
  protected readonly frame: F
  protected readonly code: F['code']
  readonly #locals: Local[] = []

  constructor(frame: F) {
    this.frame = frame
    this.code = frame.code
  }

  /** Gives the locals back for the next op. */
  protected release(): void {
    for (let i = 0; i < this.#locals.length; i++) this.code.release(this.#locals[i])
    // V8 is slow with setting a length.
    while (this.#locals.length > 0) this.#locals.pop()
  }
  protected i32(): Local<'i32'> {
    const local = this.code.local('i32')
    this.#locals.push(local)
    return local
  }
  protected i64(): Local<'i64'> {
    const local = this.code.local('i64')
    this.#locals.push(local)
    return local
  }
  /** @param emit - a method of {@link code}: a function for each value would be one more object for each. */
  protected unary(a: Value, emit: () => void): Value {
    return () => {
      a()
      emit.call(this.code)
    }
  }
  /** As {@link unary}. */
  protected binary(a: Value, b: Value, emit: () => void): Value {
    return () => {
      a()
      b()
      emit.call(this.code)
    }
  }

  constant(value: bigint): Value {
    return () => this.code.i64Const(BigInt.asIntN(64, value))
  }
  let(value: Value): Value {
    const local = this.i64()
    value()
    this.code.localSet(local)
    return () => this.code.localGet(local)
  }
  add(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64Add)
  }
  sub(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64Sub)
  }
  mul(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64Mul)
  }
  mulHigh(a: Value, b: Value, signs: 'ss' | 'su' | 'uu'): Value {
    return this.binary(a, b, () => this.code.call(this.frame.mulHigh[signs]))
  }
  divS(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64DivS)
  }
  divU(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64DivU)
  }
  remS(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64RemS)
  }
  remU(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64RemU)
  }
  and(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64And)
  }
  or(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64Or)
  }
  xor(a: Value, b: Value): Value {
    return this.binary(a, b, this.code.i64Xor)
  }
  shl(a: Value, amount: Value): Value {
    return this.binary(a, amount, this.code.i64Shl)
  }
  shrU(a: Value, amount: Value): Value {
    return this.binary(a, amount, this.code.i64ShrU)
  }
  shrS(a: Value, amount: Value): Value {
    return this.binary(a, amount, this.code.i64ShrS)
  }
  rotateLeft(a: Value, amount: Value): Value {
    return this.binary(a, amount, this.code.i64Rotl)
  }
  rotateRight(a: Value, amount: Value): Value {
    return this.binary(a, amount, this.code.i64Rotr)
  }
  countLeadingZeros(a: Value): Value {
    return this.unary(a, this.code.i64Clz)
  }
  countTrailingZeros(a: Value): Value {
    return this.unary(a, this.code.i64Ctz)
  }
  countOnes(a: Value): Value {
    return this.unary(a, this.code.i64Popcnt)
  }
  carrylessMul(a: Value, b: Value): Value {
    return this.binary(a, b, () => this.code.call(this.frame.carrylessMul.low))
  }
  carrylessMulHigh(a: Value, b: Value): Value {
    return this.binary(a, b, () => this.code.call(this.frame.carrylessMul.high))
  }
  signExtend(bits: 8 | 16 | 32, a: Value): Value {
    return () => {
      a()
      if (bits === 8) this.code.i64Extend8S()
      else if (bits === 16) this.code.i64Extend16S()
      else this.code.i64Extend32S()
    }
  }
  zeroExtend(bits: 8 | 16 | 32, a: Value): Value {
    return this.and(a, this.constant((1n << BigInt(bits)) - 1n))
  }
  select(condition: Condition, whenTrue: Value, whenFalse: Value): Value {
    return () => {
      whenTrue()
      whenFalse()
      condition()
      this.code.select()
    }
  }
  choose(condition: Condition, whenTrue: () => Value, whenFalse: () => Value): Value {
    return () => {
      condition()
      this.code.if(
        'i64',
        () => whenTrue()(),
        () => whenFalse()(),
      )
    }
  }
  fromCondition(condition: Condition): Value {
    return () => {
      condition()
      this.code.i64ExtendI32U()
    }
  }

  eq(a: Value, b: Value): Condition {
    return this.binary(a, b, this.code.i64Eq)
  }
  ne(a: Value, b: Value): Condition {
    return this.binary(a, b, this.code.i64Ne)
  }
  ltS(a: Value, b: Value): Condition {
    return this.binary(a, b, this.code.i64LtS)
  }
  ltU(a: Value, b: Value): Condition {
    return this.binary(a, b, this.code.i64LtU)
  }
  geS(a: Value, b: Value): Condition {
    return this.binary(a, b, this.code.i64GeS)
  }
  geU(a: Value, b: Value): Condition {
    return this.binary(a, b, this.code.i64GeU)
  }
  both(a: Condition, b: Condition): Condition {
    return this.binary(a, b, this.code.i32And)
  }
  either(a: Condition, b: Condition): Condition {
    return this.binary(a, b, this.code.i32Or)
  }
  not(a: Condition): Condition {
    return () => {
      a()
      this.code.i32Eqz()
    }
  }
}
