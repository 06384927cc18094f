import type { CsrOperation, Privilege, StatusField, Width } from '@worldswitch/isa'
import { TLB_ADDEND_OFFSET } from '@worldswitch/mmu'
import type { Local } from '@worldswitch/wasm'
import type { CodeFrame, Condition, Value } from './code-frame.ts'
import { pushOwnSlots, pushWaitingInterrupts, selectRegime, updateFloatReady } from './privilege-code.ts'
import { LEVEL_HS, LEVEL_VS } from './slot-csrs.ts'
import { CsrSlot, State } from './state-layout.ts'
import { STATUS_SD, Status, statusFields, UXL_64 } from './status.ts'
import { loadDataRegime, pushFirstPlace } from './tlb-code.ts'
import { WasmExpressions } from './wasm-expressions.ts'

const RESERVED_BYTES = 8

/** Fields of `sstatus` from whose change nothing follows but that an interrupt may come, or that floating point may be used. */
export const QUIET_STATUS = Status.sie | Status.spie | Status.spp | Status.fs

/** Numbers of privilege modes in the state block. */
export const PRIVILEGES: Readonly<Record<Privilege, number>> = { U: 0, S: 1, M: 3 }

/** A CSR that is a slot: what is known of it, or pushes what a record says. */
export interface SlotAccess {
  /** Pushes the least value of the state's `csrLevel`. */
  readonly level: () => void
  /** Byte offset of the slot in the state block, or what pushes it. */
  readonly place: number | (() => void)
  /** The bits that can be set. */
  readonly mask: Value
}

/** The effects that all generated code has in common: accesses to memory by the TLB, and the guards of privileged instructions. */
export abstract class GeneratedSemantics<F extends CodeFrame> extends WasmExpressions<F> {
  /** Leaves the whole instruction to the evaluator when a condition holds. Before its first effect only. */
  protected abstract evaluateIf(condition: Condition): void

  /** Also when it is on, but the state is not dirty yet: the evaluator sees to that. */
  floatOff(): Condition {
    return () => {
      this.code.localGet(this.frame.hart)
      this.code.i32Load(State.floatReady)
      this.code.i32Eqz()
    }
  }

  loadReserved(width: 4 | 8, address: Value): Value {
    const code = this.code
    const linear = this.atomicAddress(width, address, 0)
    const value = this.i64()
    code.localGet(this.frame.hart)
    code.localGet(linear)
    code.i32Const(-RESERVED_BYTES)
    code.i32And()
    code.i32Store(State.reservation)
    code.localGet(linear)
    this.loadRam(width)
    code.localSet(value)
    return () => code.localGet(value)
  }
  storeConditional(width: 4 | 8, address: Value, value: Value): Value {
    const code = this.code
    const { hart } = this.frame
    const linear = this.atomicAddress(width, address, 1)
    const failed = this.i32()
    code.localGet(hart)
    code.i32Load(State.reservation)
    code.localGet(linear)
    code.i32Const(-RESERVED_BYTES)
    code.i32And()
    code.i32Ne()
    code.localSet(failed)
    code.localGet(hart)
    code.i32Const(0)
    code.i32Store(State.reservation)
    code.localGet(failed)
    code.i32Eqz()
    code.if('empty', () => {
      code.localGet(linear)
      value()
      this.storeRam(width)
    })
    return () => {
      code.localGet(failed)
      code.i64ExtendI32U()
    }
  }
  amo(width: 4 | 8, address: Value, update: (old: Value) => Value): Value {
    const code = this.code
    const linear = this.atomicAddress(width, address, 1)
    const old = this.i64()
    code.localGet(linear)
    this.loadRam(width)
    code.localSet(old)
    const value: Value = () => code.localGet(old)
    code.localGet(linear)
    update(value)()
    this.storeRam(width)
    return value
  }
  zeroBlock(address: Value): void {
    const code = this.code
    // A block never crosses a page, and is aligned when its lowest bits are ignored.
    const block = this.atomicAddress(8, this.and(address, this.constant(-64n)), 1, 64)
    for (let offset = 0; offset < 64; offset += 8) {
      code.localGet(block)
      code.i64Const(0)
      code.i64Store(offset)
    }
  }

  /** The access to a CSR that is nothing but a slot of the state block; VS-mode has slots of its own. */
  protected slotAccess(operation: CsrOperation, operand: Value, { level, place, mask }: SlotAccess): Value {
    const code = this.code
    const { hart } = this.frame
    this.illegalIf(() => {
      code.localGet(hart)
      code.i32Load(State.csrLevel)
      level()
      code.i32LtU()
    })
    const at = this.i32()
    const old = this.i64()
    pushOwnSlots(code, hart)
    const offset = typeof place === 'number' ? place : 0
    if (typeof place !== 'number') {
      place()
      code.i32Add()
    }
    code.localTee(at)
    code.i64Load(offset)
    code.localSet(old)
    const read: Value = () => code.localGet(old)
    code.localGet(at)
    this.and(this.modified(operation, read, operand), mask)()
    code.i64Store(offset)
    return read
  }

  /**
   * The access to `sstatus`, which in VS-mode is `vsstatus`: in S-mode, while nothing follows from it but what is done
   * here.
   *
   * @param allowed - the fields that may change, {@link QUIET_STATUS} or with SUM.
   * @param leaveIf - leaves the whole instruction to somebody else when a condition holds.
   * @param old - gets what the instruction reads.
   * @param changed - gets the bits that have changed.
   */
  protected statusAccess(
    operation: CsrOperation,
    operand: Value,
    allowed: number,
    leaveIf: (condition: Condition) => void,
    old: Local<'i64'>,
    changed: Local<'i32'>,
  ): void {
    const code = this.code
    const { hart } = this.frame
    const own = this.i32()
    const status = this.i32()
    const next = this.i32()
    const mask = (): void => {
      code.localGet(hart)
      code.i32Load(State.statusMask)
    }
    leaveIf(() => {
      code.localGet(hart)
      code.i32Load(State.csrLevel)
      code.i32Const(LEVEL_VS)
      code.i32Sub()
      code.i32Const(LEVEL_HS - LEVEL_VS)
      code.i32GtU()
    })
    pushOwnSlots(code, hart)
    code.localTee(own)
    code.i32Load(CsrSlot.mstatus)
    code.localTee(status)
    mask()
    code.i32And()
    code.i64ExtendI32U()
    code.i64Const(UXL_64 | BigInt.asIntN(64, STATUS_SD))
    code.i64Const(UXL_64)
    code.localGet(status)
    code.i32Const(Status.fs)
    code.i32And()
    code.i32Const(Status.fs)
    code.i32Eq()
    code.select()
    code.i64Or()
    code.localSet(old)
    this.modified(operation, () => code.localGet(old), operand)()
    code.i32WrapI64()
    code.localGet(status)
    code.i32Xor()
    mask()
    code.i32And()
    code.localTee(changed)
    code.localGet(status)
    code.i32Xor()
    code.localSet(next)
    leaveIf(() => {
      code.localGet(changed)
      code.i32Const(~allowed)
      code.i32And()
      // SIE is set: then an interrupt may come.
      code.localGet(changed)
      code.localGet(next)
      code.i32And()
      code.i32Const(Status.sie)
      code.i32And()
      code.if(
        'i32',
        () => pushWaitingInterrupts(code, hart),
        () => code.i32Const(0),
      )
      code.i32Or()
    })
    code.localGet(own)
    code.localGet(next)
    code.i32Store(CsrSlot.mstatus)
    code.localGet(changed)
    code.i32Const(Status.fs)
    code.i32And()
    code.if('empty', () => updateFloatReady(code, hart, own))
    if ((allowed & Status.sum) === 0) return
    code.localGet(changed)
    code.i32Const(Status.sum)
    code.i32And()
    code.if('empty', () => {
      selectRegime(code, hart, own)
      loadDataRegime(this.frame)
    })
  }
  /** What a CSR instruction writes. */
  protected modified(operation: CsrOperation, read: Value, operand: Value): Value {
    if (operation === 'write') return operand
    return operation === 'set'
      ? this.or(read, operand)
      : this.and(read, this.xor(operand, this.constant(-1n)))
  }

  fence(): void {
    // Harts take turns, so every hart sees one order of all accesses.
  }
  fenceInstructions(): void {
    // What is predecoded or translated follows every store at once.
  }
  privilegeBelow(level: Privilege): Condition {
    return this.#privilege(level, () => this.code.i32LtU())
  }
  inPrivilege(level: Privilege): Condition {
    return this.#privilege(level, () => this.code.i32Eq())
  }
  #privilege(level: Privilege, compare: () => void): Condition {
    return () => {
      this.code.localGet(this.frame.hart)
      this.code.i32Load(State.privilege)
      this.code.i32Const(PRIVILEGES[level])
      compare()
    }
  }
  inVirtual(): Condition {
    return () => {
      this.code.localGet(this.frame.hart)
      this.code.i32Load(State.virtual)
    }
  }
  status(field: StatusField): Condition {
    return () => {
      const code = this.code
      const { slot, bit } = statusFields[field]
      code.localGet(this.frame.hart)
      code.i32Load(CsrSlot[slot])
      code.i32Const(bit)
      code.i32And()
      code.i32Const(0)
      code.i32Ne()
    }
  }
  illegalIf(condition: Condition): void {
    // The evaluator finds the same and raises the exception.
    this.evaluateIf(condition)
  }
  virtualIf(condition: Condition): void {
    this.evaluateIf(condition)
  }

  /**
   * Pushes what the TLB has for an address, and what it must have for an aligned access: two i64.
   *
   * @param address - pushes it, for `va`; undefined when it is there.
   * @param kind - 0 read, 1 write.
   * @returns the local with the entry's address.
   */
  protected lookup(address: Value | undefined, va: Local<'i64'>, width: Width, kind: 0 | 1): Local<'i32'> {
    const code = this.code
    const { dataTlb, dataContext, tlbArraySize } = this.frame
    const entry = this.i32()
    if (address === undefined) code.localGet(va)
    else {
      address()
      code.localTee(va)
    }
    pushFirstPlace(code, () => code.localGet(dataTlb), tlbArraySize)
    code.localTee(entry)
    code.i64Load(kind * tlbArraySize)
    code.localGet(va)
    code.i64Const(-4096 + width - 1)
    code.i64And()
    code.localGet(dataContext)
    code.i64Or()
    this.#addendOffset = kind * tlbArraySize + TLB_ADDEND_OFFSET
    return entry
  }
  #addendOffset = 0
  /** Pushes what the entry of the last {@link lookup} adds to an address to make it a linear one. */
  protected addend(entry: Local<'i32'>): void {
    this.code.localGet(entry)
    this.code.i32Load(this.#addendOffset)
  }
  /** Pushes the linear address by the entry of the last {@link lookup}. */
  protected linear(entry: Local<'i32'>, va: Local<'i64'>): void {
    const code = this.code
    this.addend(entry)
    code.localGet(va)
    code.i32WrapI64()
    code.i32Add()
  }
  /**
   * The linear address of an atomic access.
   *
   * @param bytes - of the access, when they are more than its alignment.
   */
  protected abstract atomicAddress(width: 4 | 8, address: Value, kind: 0 | 1, bytes?: number): Local<'i32'>
  protected loadRam(width: Width, offset = 0): void {
    const code = this.code
    if (width === 8) code.i64Load(offset, 0)
    else if (width === 4) code.i64Load32U(offset, 0)
    else if (width === 2) code.i64Load16U(offset, 0)
    else code.i64Load8U(offset)
  }
  protected storeRam(width: Width, offset = 0): void {
    const code = this.code
    if (width === 8) code.i64Store(offset, 0)
    else if (width === 4) code.i64Store32(offset, 0)
    else if (width === 2) code.i64Store16(offset, 0)
    else code.i64Store8(offset)
  }
}
