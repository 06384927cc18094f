import type { Code, FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import { State } from '../state-layout.ts'
import { type Expression, Float, I32, I64 } from './expression.ts'

/** An expression that reads a local, and can be set. */
export type Variable<E extends Expression> = E & { set(value: E): void }

/** Statements of a floating-point function: `(hart i32, rounding i32, i64...) -> i64`. */
export class Scope {
  readonly code: Code
  /** Address of the hart's state block. */
  readonly hart: I32
  /** 0 to 4, as `frm` has them. */
  readonly rounding: I32

  constructor(code: Code, hart: Local, rounding: Local) {
    this.code = code
    this.hart = new I32(code, () => code.localGet(hart))
    this.rounding = new I32(code, () => code.localGet(rounding))
  }

  i32(value: number): I32 {
    return new I32(this.code, () => this.code.i32Const(value))
  }
  i64(value: bigint): I64 {
    return new I64(this.code, () => this.code.i64Const(BigInt.asIntN(64, value)))
  }
  f64(value: number): Float {
    return new Float(this.code, 'f64', () => this.code.f64Const(value))
  }
  /** Computes a value here and keeps it in a local. */
  let<E extends Expression>(value: E): Variable<E> {
    const local = this.code.local(value.type)
    value.emit()
    this.code.localSet(local)
    return this.variable(local, value)
  }
  /** A local that holds values such as `like`. */
  variable<E extends Expression>(local: Local, like: E): Variable<E> {
    const { code } = this
    const emit = (): void => code.localGet(local)
    const read =
      like instanceof Float
        ? new Float(code, like.type, emit)
        : new (like.type === 'i32' ? I32 : I64)(code, emit)
    const set = (value: E): void => {
      value.emit()
      code.localSet(local)
    }
    return Object.assign(read as E, { set })
  }
  /** The first value if the condition holds, else the second; both are computed. */
  select<E extends Expression>(condition: I32, whenTrue: E, whenFalse: E): E {
    const emit = (): void => {
      whenTrue.emit()
      whenFalse.emit()
      condition.emit()
      this.code.select()
    }
    if (whenTrue instanceof Float) return new Float(this.code, whenTrue.type, emit) as E
    return new (whenTrue.type === 'i32' ? I32 : I64)(this.code, emit) as E
  }
  if(condition: I32, whenTrue: () => void, whenFalse?: () => void): void {
    condition.emit()
    this.code.if('empty', whenTrue, whenFalse)
  }
  /** Computes a value for what it raises. */
  drop(value: I64): void {
    value.emit()
    this.code.drop()
  }
  return(value: I64): void {
    value.emit()
    this.code.return()
  }
  /** Calls another function of this kind with the same hart and rounding mode. */
  call(target: FunctionIndex, ...operands: I64[]): I64 {
    return new I64(this.code, () => {
      this.hart.emit()
      this.rounding.emit()
      for (const operand of operands) operand.emit()
      this.code.call(target)
    })
  }
  /** The accrued exception flags. */
  flags(): I32 {
    return new I32(this.code, () => {
      this.hart.emit()
      this.code.i32Load(State.fflags)
    })
  }
  /** Adds to the accrued exception flags. */
  raise(flags: I32 | number): void {
    this.hart.emit()
    this.flags().or(flags).emit()
    this.code.i32Store(State.fflags)
  }
}

/** Adds a function of `count` operands. */
export const addFloatFunction = (
  module: ModuleBuilder,
  name: string,
  count: number,
  body: (scope: Scope, ...operands: Variable<I64>[]) => I64,
): FunctionIndex =>
  module.func(name, ['i32', 'i32', ...Array<'i64'>(count).fill('i64')], ['i64'], (code, ...params) => {
    const [hart, rounding, ...operands] = params as Local[]
    const scope = new Scope(code, hart as Local, rounding as Local)
    const like = scope.i64(0n)
    body(scope, ...operands.map((local) => scope.variable(local, like))).emit()
  })
