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
const TIME = 0xc01
/** The bit of `time` in the counter-enable registers. */
const TM = 2
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

/** Pushes whether the current mode may read `time`, as bit {@link TM}. */
function pushTimeAllowed(code: Code, hart: Local<'i32'>): void {
  /** Pushes what a register enables, or everything where nobody asks it. */
  const pushEnabled = (register: number, asked: () => void): void => {
    code.localGet(hart)
    code.i32Load(register)
    code.i32Const(TM)
    asked()
    code.select()
  }
  const pushPrivilegeIs = (privilege: number): void => {
    code.localGet(hart)
    code.i32Load(State.privilege)
    code.i32Const(privilege)
    code.i32Eq()
  }
  pushEnabled(CsrSlot.mcounteren, () => {
    pushPrivilegeIs(3)
    code.i32Eqz()
  })
  pushEnabled(CsrSlot.hcounteren, () => {
    code.localGet(hart)
    code.i32Load(State.virtual)
  })
  code.i32And()
  pushEnabled(CsrSlot.scounteren, () => {
    code.localGet(hart)
    code.i32Load(State.privilege)
    code.i32Eqz()
  })
  code.i32And()
  code.i32Const(TM)
  code.i32And()
}

/**
 * Adds the function that reads `time`, where it is known what it is. See `CountedTime`.
 *
 * @returns a function of hart and action, whose result is 1 when it is done.
 */
function addTime(module: ModuleBuilder): FunctionIndex {
  return module.func('time', ['i32', 'i32'], ['i32'], (code, hart, action) => {
    const pushNumber = (offset: number): void => {
      code.localGet(hart)
      code.f64Load(offset)
    }
    pushAction(code, action, CsrAction.writes)
    code.i32Eqz()
    code.localGet(hart)
    code.i32Load(State.timeKnown)
    code.i32And()
    code.if('empty', () => {
      pushTimeAllowed(code, hart)
      code.if('empty', () => {
        code.localGet(hart)
        pushNumber(State.timeStart)
        pushNumber(State.stepEnd)
        for (const left of [State.left, State.deferred]) {
          code.localGet(hart)
          code.i32Load(left)
          code.f64ConvertI32S()
          code.f64Sub()
        }
        pushNumber(State.timeBefore)
        code.f64Add()
        pushNumber(State.timePerStep)
        code.f64Mul()
        code.f64Add()
        for (const [counter, weight] of [
          [State.trapSteps, State.timePerTrap],
          [State.walkReferences, State.timePerWalkReference],
          [State.fences, State.timePerFence],
        ] as const) {
          pushNumber(counter)
          pushNumber(weight)
          code.f64Mul()
          code.f64Add()
        }
        pushNumber(State.timeMost)
        code.f64Min()
        code.f64Floor()
        pushNumber(State.timePerTick)
        code.f64Div()
        code.f64Floor()
        code.i64TruncSatF64S()
        code.localGet(hart)
        code.i64Load(State.timeOffset)
        code.i64Add()
        code.localGet(hart)
        code.i64Load(CsrSlot.htimedelta)
        code.i64Const(0)
        code.localGet(hart)
        code.i32Load(State.virtual)
        code.select()
        code.i64Add()
        code.i64Store(State.csrValue)
        code.i32Const(1)
        code.return()
      })
    })
    code.i32Const(0)
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
  const time = addTime(module)
  const params = ['i32', 'i32', 'i32', 'i64', 'i32', 'i32'] as const
  return module.func('csr', params, ['i32'], (code, hart, ip, left, operand, number, action) => {
    spill(code, hart, ip, left)
    code.localGet(hart)
    code.localGet(operand)
    code.i64Store(State.csrOperand)
    for (const [csr, access, params] of [
      [FCSR, fcsr, [hart, operand, action]],
      [TIME, time, [hart, action]],
    ] as const) {
      code.localGet(number)
      code.i32Const(csr)
      code.i32Eq()
      code.if('empty', () => {
        for (const param of params) code.localGet(param)
        code.call(access)
        code.if('empty', () => {
          code.i32Const(GO_ON)
          code.return()
        })
      })
    }
    code.localGet(number)
    code.localGet(action)
    code.call(rest)
  })
}
