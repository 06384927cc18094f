import type { FloatOperation } from '@worldswitch/ieee754'
import type { Width } from '@worldswitch/isa'
import type { Code, FunctionIndex, Label, Local } from '@worldswitch/wasm'

/** Pushes a 64-bit value. */
export type Value = () => void
/** Pushes 1 or 0 as an i32. */
export type Condition = () => void

/** What the code of an instruction finds around it, whoever generated it. */
export interface CodeFrame {
  readonly code: Code
  /** Linear address of the state block. */
  readonly hart: Local<'i32'>
  /** Read array of the data regime; the write array follows. */
  readonly dataTlb: Local<'i32'>
  readonly dataContext: Local<'i64'>
  /** Bytes of a TLB array. */
  readonly tlbArraySize: number
  /** (hart, rounding, operands) -> result; accrues flags. */
  readonly float: Readonly<Record<FloatOperation, FunctionIndex>>
  readonly mulHigh: Readonly<Record<'ss' | 'su' | 'uu', FunctionIndex>>
  readonly carrylessMul: Readonly<Record<'low' | 'high', FunctionIndex>>
}

/** What the code of an op finds around it in the interpreter function. */
export interface InterpreterFrame extends CodeFrame {
  /** The record being executed. */
  readonly ip: Local<'i32'>
  /** Steps left after this one. */
  readonly left: Local<'i32'>
  /** pc = pcBias + (ip >> 3). */
  readonly pcBias: Local<'i64'>
  /** Target of a jump out of the page. */
  readonly pc: Local<'i64'>
  /** Dispatch the record at `ip`. */
  readonly next: Label
  /** Find the page of `pc`. */
  readonly enter: Label
  /** Read everything anew from the state block. */
  readonly reload: Label
  /** (hart, ip, left, address, told) -> 0 done, 1 reload; by width. */
  readonly loadMiss: Readonly<Record<Width, FunctionIndex>>
  /** (hart, ip, left, address, value, told) -> 0 done, 1 reload; by width. */
  readonly storeMiss: Readonly<Record<Width, FunctionIndex>>
  /** (hart, address, bytes) -> linear address, or 0: the evaluator has to do it. Of what reads only, and of what writes. */
  readonly atomicMiss: readonly [FunctionIndex, FunctionIndex]
  /** (hart, ip, left) -> 0 done, 1 reload: has the whole instruction evaluated. */
  readonly evaluate: FunctionIndex
  /** (hart, ip, left, operand, CSR, action) -> 0 done, 1 reload. */
  readonly csr: FunctionIndex
  /** (hart, ip, left): the trap of ECALL. */
  readonly environmentCall: FunctionIndex
  /** (hart, ip, left, whether there is an address, whether there is an ASID) -> 0 done, 2 reload when it is done. */
  readonly fence: FunctionIndex
  /** (hart, ip, left, level). */
  readonly returnFrom: FunctionIndex
  /** Counts the arrival at `ip`; undefined where nothing is translated. */
  readonly arrive: (() => void) | undefined
}
