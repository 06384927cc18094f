import type { Code, FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import { CsrAction } from './csr-file.ts'
import { pushOwnSlots, updateFloatReady } from './privilege-code.ts'
import { spill } from './spill.ts'
import { CsrSlot, State } from './state-layout.ts'
import { Status } from './status.ts'

/*
 * CSRs that are more than a slot of the state block, in WebAssembly: the usual accesses to those that a kernel reads and writes
 * whenever it switches tasks. `csr-fast.ts` says what all of them mean.
 */

const FCSR = 3
/** From `fflags` to `frm` in `fcsr`. */
const FRM_SHIFT = 5
/** The instruction is done, and the next one follows. */
const GO_ON = 0

/** Pushes some bits of an action. */
function pushAction(code: Code, action: Local<'i32'>, bits: number): void {
  code.localGet(action)
  code.i32Const(bits)
  code.i32And()
}

/** Pushes what a CSR instruction writes. @param old - what it has read. */
function pushModified(code: Code, action: Local<'i32'>, old: Local<'i64'>, operand: Local<'i64'>): void {
  code.localGet(operand)
  code.localGet(old)
  code.localGet(operand)
  code.i64Or()
  code.localGet(old)
  code.localGet(operand)
  code.i64Const(-1)
  code.i64Xor()
  code.i64And()
  pushAction(code, action, CsrAction.set)
  code.select()
  pushAction(code, action, CsrAction.operation)
  code.i32Eqz()
  code.select()
}

/**
 * Adds the function that accesses `fcsr`, while floating point is on.
 *
 * @returns a function of hart, operand and action, whose result is 1 when it is done.
 */
function addFloatControl(module: ModuleBuilder): FunctionIndex {
  return module.func('fcsr', ['i32', 'i64', 'i32'], ['i32'], (code, hart, operand, action) => {
    const own = code.local('i32')
    const old = code.local('i64')
    const next = code.local('i32')
    const pushFloatStatus = (of: Local<'i32'>): void => {
      code.localGet(of)
      code.i32Load(CsrSlot.mstatus)
      code.i32Const(Status.fs)
      code.i32And()
    }
    pushOwnSlots(code, hart)
    code.localSet(own)
    for (const status of [hart, own]) {
      pushFloatStatus(status)
      code.i32Eqz()
      code.if('empty', () => {
        code.i32Const(0)
        code.return()
      })
    }
    code.localGet(hart)
    code.localGet(hart)
    code.i64Load32U(State.fflags)
    code.localGet(hart)
    code.i64Load32U(State.frm)
    code.i64Const(FRM_SHIFT)
    code.i64Shl()
    code.i64Or()
    code.localTee(old)
    code.i64Store(State.csrValue)
    pushAction(code, action, CsrAction.writes)
    code.if('empty', () => {
      pushModified(code, action, old, operand)
      code.i32WrapI64()
      code.localSet(next)
      code.localGet(hart)
      code.localGet(next)
      code.i32Const((1 << FRM_SHIFT) - 1)
      code.i32And()
      code.i32Store(State.fflags)
      code.localGet(hart)
      code.localGet(next)
      code.i32Const(FRM_SHIFT)
      code.i32ShrU()
      code.i32Const(7)
      code.i32And()
      code.i32Store(State.frm)
      for (const status of [hart, own]) {
        code.localGet(status)
        code.localGet(status)
        code.i32Load(CsrSlot.mstatus)
        code.i32Const(Status.fs)
        code.i32Or()
        code.i32Store(CsrSlot.mstatus)
      }
      updateFloatReady(code, hart, own)
    })
    code.i32Const(1)
  })
}

/**
 * Adds the function of a CSR instruction whose register is more than a slot.
 *
 * @param rest - the imported function for all that is not usual.
 * @returns a function of hart, `ip`, steps left, operand, number and action; see `InterpreterFrame.csr`.
 */
export function addCsr(module: ModuleBuilder, rest: FunctionIndex): FunctionIndex {
  const fcsr = addFloatControl(module)
  const params = ['i32', 'i32', 'i32', 'i64', 'i32', 'i32'] as const
  return module.func('csr', params, ['i32'], (code, hart, ip, left, operand, number, action) => {
    spill(code, hart, ip, left)
    code.localGet(hart)
    code.localGet(operand)
    code.i64Store(State.csrOperand)
    code.localGet(number)
    code.i32Const(FCSR)
    code.i32Eq()
    code.if('empty', () => {
      for (const argument of [hart, operand, action]) code.localGet(argument)
      code.call(fcsr)
      code.if('empty', () => {
        code.i32Const(GO_ON)
        code.return()
      })
    })
    code.localGet(number)
    code.localGet(action)
    code.call(rest)
  })
}
