import type { Code, FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import { ROUNDING_MODES } from './float-state.ts'
import { count, spill } from './spill.ts'
import { CsrSlot, REGIME_SIZE, REGIMES_OF_MODE, State } from './state-layout.ts'
import { Hstatus, Status } from './status.ts'
import { ExceptionCause } from './trap.ts'

/*
 * What happens between U- and S-mode, in WebAssembly: the usual cases of what `HartCore` and `Translation` do. Whatever
 * else is to be considered, such as another mode or an interrupt that waits, TypeScript does as a whole. In a virtual
 * machine all of this is between VU- and VS-mode, with the registers at `csrShift`.
 */

const SPIE_FROM_SIE = Math.log2(Status.spie / Status.sie)
/** M-mode's number. */
const M = 3
const REGIME_FROM_SUM = Math.log2(Status.sum / REGIME_SIZE)

/** Pushes the address from which the slots of the current mode's own S-mode registers are found. */
export function pushOwnSlots(code: Code, hart: Local<'i32'>): void {
  code.localGet(hart)
  code.localGet(hart)
  code.i32Load(State.csrShift)
  code.i32Add()
}

/** Pushes the bits of interrupts that are pending and enabled, whoever they are for and whether he takes them now. */
export function pushWaitingInterrupts(code: Code, hart: Local<'i32'>): void {
  code.localGet(hart)
  code.i32Load(CsrSlot.mip)
  for (const offset of [State.lines, CsrSlot.hvip, State.timersPending]) {
    code.localGet(hart)
    code.i32Load(offset)
    code.i32Or()
  }
  code.localGet(hart)
  code.i32Load(CsrSlot.mie)
  code.i32And()
}

/** Finds out anew whether generated code may use floating point. @param own - the address of {@link pushOwnSlots}. */
export function updateFloatReady(code: Code, hart: Local<'i32'>, own: Local<'i32'>): void {
  code.localGet(hart)
  code.localGet(hart)
  code.i32Load(CsrSlot.mstatus)
  code.localGet(own)
  code.i32Load(CsrSlot.mstatus)
  code.i32And()
  code.i32Const(Status.fs)
  code.i32And()
  code.i32Const(Status.fs)
  code.i32Eq()
  code.localGet(hart)
  code.i32Load(State.frm)
  code.i32Const(ROUNDING_MODES)
  code.i32LtU()
  code.i32And()
  code.i32Store(State.floatReady)
}

/** Makes the regime the one that privilege and SUM ask for. @param own - the address of {@link pushOwnSlots}. */
export function selectRegime(code: Code, hart: Local<'i32'>, own: Local<'i32'>): void {
  const from = code.local('i32')
  code.localGet(hart)
  code.localGet(hart)
  code.i32Load(State.privilege)
  code.if(
    'i32',
    () => {
      code.localGet(own)
      code.i32Load(CsrSlot.mstatus)
      code.i32Const(Status.sum)
      code.i32And()
      code.i32Const(REGIME_FROM_SUM)
      code.i32ShrU()
      code.i32Const(REGIME_SIZE)
      code.i32Add()
    },
    () => code.i32Const(0),
  )
  code.i32Add()
  code.localGet(hart)
  code.i32Load(State.virtual)
  code.i32Const(REGIMES_OF_MODE * REGIME_SIZE)
  code.i32Mul()
  code.i32Add()
  code.localSet(from)
  for (let i = 0; i < REGIME_SIZE; i += 8) {
    code.localGet(hart)
    code.localGet(from)
    code.i64Load(State.regimes + i)
    code.i64Store(State.regime + i)
  }
  code.release(from)
}

/** Changes to U- or S-mode. @param privilege - pushes 0 or 1. */
function setPrivilege(code: Code, hart: Local<'i32'>, privilege: () => void): void {
  code.localGet(hart)
  privilege()
  code.i32Store(State.privilege)
  // VS-mode is one level below S-mode.
  code.localGet(hart)
  privilege()
  code.localGet(hart)
  code.i32Load(State.virtual)
  code.i32Eqz()
  code.i32Shl()
  code.i32Store(State.csrLevel)
}

/**
 * Puts the status register's new value in place.
 *
 * @param status - its value.
 * @param clear - bits to clear.
 * @param moved - where SIE goes, or is taken from.
 */
function storeStatus(
  code: Code,
  own: Local<'i32'>,
  status: Local<'i32'>,
  clear: number,
  moved: () => void,
): void {
  code.localGet(own)
  code.localGet(status)
  code.i32Const(~clear)
  code.i32And()
  code.localGet(status)
  moved()
  code.i32Or()
  code.i32Store(CsrSlot.mstatus)
}

function storeConstant(code: Code, at: Local<'i32'>, offset: number, value: bigint): void {
  code.localGet(at)
  code.i64Const(value)
  code.i64Store(offset)
}

/** Copies 64 bits. @param clear - bits that are not copied. */
function copy64(
  code: Code,
  [to, offset]: readonly [Local<'i32'>, number],
  [from, source]: readonly [Local<'i32'>, number],
  clear = 0n,
): void {
  code.localGet(to)
  code.localGet(from)
  code.i64Load(source)
  if (clear !== 0n) {
    code.i64Const(~clear)
    code.i64And()
  }
  code.i64Store(offset)
}

/** Pushes whether S-mode takes an exception of the current mode itself; in a virtual machine its own S-mode. */
export function pushSupervisorTakes(code: Code, hart: Local<'i32'>, cause: number): void {
  // In a virtual machine HS-mode delegates further. Otherwise a monitor may be there.
  code.localGet(hart)
  code.i32Load(CsrSlot.hedeleg)
  code.localGet(hart)
  code.i32Load(State.supervisorTakes)
  code.localGet(hart)
  code.i32Load(State.virtual)
  code.select()
  code.localGet(hart)
  code.i32Load(CsrSlot.medeleg)
  code.i32And()
  code.i32Const(cause)
  code.i32ShrU()
  pushPrivilege(code, hart)
  code.i32Const(M)
  code.i32Ne()
  code.i32And()
}

/**
 * Adds the function that takes an exception into S-mode; the steps left and `pc` are in the state block.
 *
 * @returns a function of hart, cause, trap value, and what is told about the instruction if it comes into HS-mode;
 *   afterwards everything is read anew.
 */
export function addSupervisorTrap(module: ModuleBuilder): FunctionIndex {
  return module.func('trap', ['i32', 'i32', 'i64', 'i32'], [], (code, hart, cause, value, told) => {
    const own = code.local('i32')
    const status = code.local('i32')
    const counter = code.local('i32')
    count(code, hart, State.trapSteps)
    code.localGet(hart)
    code.localGet(cause)
    code.i32Const(3)
    code.i32Shl()
    code.i32Add()
    code.localSet(counter)
    count(code, counter, State.exceptionCounts)
    pushOwnSlots(code, hart)
    code.localTee(own)
    code.i32Load(CsrSlot.mstatus)
    code.localSet(status)
    storeStatus(code, own, status, Status.sie | Status.spie | Status.spp, () => {
      code.i32Const(Status.sie)
      code.i32And()
      code.i32Const(SPIE_FROM_SIE)
      code.i32Shl()
      pushPrivilege(code, hart)
      code.i32Const(Math.log2(Status.spp))
      code.i32Shl()
      code.i32Or()
    })
    code.localGet(own)
    code.localGet(cause)
    code.i64ExtendI32U()
    code.i64Store(CsrSlot.scause)
    code.localGet(own)
    code.localGet(value)
    code.i64Store(CsrSlot.stval)
    copy64(code, [own, CsrSlot.sepc], [hart, State.pc])
    copy64(code, [hart, State.pc], [own, CsrSlot.stvec], 3n)
    code.localGet(hart)
    code.i32Load(State.virtual)
    code.i32Eqz()
    code.if('empty', () => {
      copy64(code, [hart, CsrSlot.hstatus], [hart, CsrSlot.hstatus], BigInt(Hstatus.spv | Hstatus.gva))
      storeConstant(code, hart, CsrSlot.htval, 0n)
      code.localGet(hart)
      code.localGet(told)
      code.localGet(hart)
      code.i32Load(State.tells)
      code.i32And()
      code.i64ExtendI32U()
      code.i64Store(CsrSlot.htinst)
    })
    setPrivilege(code, hart, () => code.i32Const(1))
    selectRegime(code, hart, own)
  })
}

/**
 * ECALL: from U-mode to the S-mode above it, if that takes the exception itself.
 *
 * @param rest - the imported function for all other cases.
 * @param trap - the function of {@link addSupervisorTrap}.
 * @returns a function of hart, `ip` and steps left; afterwards everything is read anew.
 */
export function addEnvironmentCall(
  module: ModuleBuilder,
  rest: FunctionIndex,
  trap: FunctionIndex,
): FunctionIndex {
  const cause = ExceptionCause.environmentCallFromU
  return module.func('environmentCall', ['i32', 'i32', 'i32'], [], (code, hart, ip, left) => {
    spill(code, hart, ip, left)
    code.block('empty', (other) => {
      pushPrivilege(code, hart)
      code.brIf(other)
      pushSupervisorTakes(code, hart, cause)
      code.i32Eqz()
      code.brIf(other)
      code.localGet(hart)
      code.localGet(left)
      code.i32Store(State.left)
      code.localGet(hart)
      code.i32Const(cause)
      code.i64Const(0)
      code.i32Const(0)
      code.call(trap)
      code.return()
    })
    code.call(rest)
  })
}

/**
 * MRET and SRET, guards passed: SRET in S-mode, if it does not enter a virtual machine and no interrupt waits.
 *
 * @param rest - the imported function for all other cases.
 * @returns a function of hart, `ip`, steps left and level; afterwards everything is read anew.
 */
export function addReturnFrom(module: ModuleBuilder, rest: FunctionIndex): FunctionIndex {
  return module.func('returnFrom', ['i32', 'i32', 'i32', 'i32'], [], (code, hart, ip, left, level) => {
    const own = code.local('i32')
    const status = code.local('i32')
    const privilege = code.local('i32')
    code.block('empty', (other) => {
      for (const isSupervisor of [() => code.localGet(level), () => pushPrivilege(code, hart)]) {
        isSupervisor()
        code.i32Const(1)
        code.i32Ne()
        code.brIf(other)
      }
      code.localGet(hart)
      code.i32Load(State.virtual)
      code.i32Eqz()
      code.localGet(hart)
      code.i32Load(CsrSlot.hstatus)
      code.i32Const(Math.log2(Hstatus.spv))
      code.i32ShrU()
      code.i32And()
      code.brIf(other)
      pushWaitingInterrupts(code, hart)
      code.brIf(other)

      code.localGet(hart)
      code.localGet(left)
      code.i32Store(State.left)
      pushOwnSlots(code, hart)
      code.localTee(own)
      code.i32Load(CsrSlot.mstatus)
      code.localTee(status)
      code.i32Const(Math.log2(Status.spp))
      code.i32ShrU()
      code.i32Const(1)
      code.i32And()
      code.localSet(privilege)
      storeStatus(code, own, status, Status.sie | Status.spp | Status.mprv, () => {
        code.i32Const(Status.spie)
        code.i32And()
        code.i32Const(SPIE_FROM_SIE)
        code.i32ShrU()
        code.i32Const(Status.spie)
        code.i32Or()
      })
      copy64(code, [hart, State.pc], [own, CsrSlot.sepc])
      setPrivilege(code, hart, () => code.localGet(privilege))
      selectRegime(code, hart, own)
      code.return()
    })
    spill(code, hart, ip, left)
    code.localGet(level)
    code.call(rest)
  })
}

function pushPrivilege(code: Code, hart: Local<'i32'>): void {
  code.localGet(hart)
  code.i32Load(State.privilege)
}
