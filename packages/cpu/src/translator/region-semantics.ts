import type { FloatOperation } from '@worldswitch/ieee754'
import type { CsrOperation, Semantics, Width } from '@worldswitch/isa'
import type { Label, Local } from '@worldswitch/wasm'
import type { Condition, Value } from '../code-frame.ts'
import { emitFloat } from '../float-call.ts'
import { GeneratedSemantics } from '../generated-semantics.ts'
import { CsrSlot } from '../state-layout.ts'
import type { GroupedAccess } from './access-groups.ts'
import type { RegionInstruction } from './instruction-facts.ts'
import { leavePlace, type RegionFrame } from './region-frame.ts'
import { LeaveCause } from './region-links.ts'

/** How an instruction is left to the interpreter. */
export interface Leaving {
  /** Stores what is dirty and leaves. */
  readonly label: Label
  /** Steps executed since they were subtracted from the steps left. */
  readonly steps: number
}

/** A condition that never holds, for which no code is needed. */
const never: Condition = () => {}

/**
 * Emits one instruction's semantics into a region: operands are locals and constants. Whatever the translated code
 * cannot do, it leaves to the interpreter before the instruction's first effect.
 */
export class RegionSemantics extends GeneratedSemantics<RegionFrame> implements Semantics<Value, Condition> {
  /** What a branch asks. */
  condition: Condition | undefined
  /** Where a computed jump goes. */
  destination: Value | undefined
  readonly #instruction: RegionInstruction
  readonly #leaving: Leaving
  readonly #floatIsReady: boolean
  readonly #access: GroupedAccess | undefined

  /**
   * @param floatIsReady - an instruction before this one on every path has found that floating point may be used.
   * @param access - how to get at the memory that the instruction loads or stores, if that was planned.
   */
  constructor(
    frame: RegionFrame,
    instruction: RegionInstruction,
    leaving: Leaving,
    floatIsReady: boolean,
    access: GroupedAccess | undefined,
  ) {
    super(frame)
    this.#access = access
    this.#instruction = instruction
    this.#leaving = leaving
    this.#floatIsReady = floatIsReady
  }

  /** Gives back the locals; what {@link condition} and {@link destination} push is valid until then. */
  finish(): void {
    this.release()
  }

  #leaveIf(cause: number, condition: Condition): void {
    const { code, place } = this.frame
    code.i32Const(leavePlace(cause, this.#leaving.steps, this.#instruction.offset))
    code.localSet(place)
    condition()
    code.brIf(this.#leaving.label)
  }
  protected evaluateIf(condition: Condition): void {
    this.#leaveIf(LeaveCause.memory, condition)
  }
  override illegalIf(condition: Condition): void {
    if (condition !== never) this.#leaveIf(LeaveCause.guard, condition)
  }
  override virtualIf(condition: Condition): void {
    this.illegalIf(condition)
  }
  override either(a: Condition, b: Condition): Condition {
    if (a === never) return b
    return b === never ? a : super.either(a, b)
  }

  #x(register: number): Value {
    return () => {
      if (register === 0) this.code.i64Const(0)
      else this.code.localGet(this.frame.x[register])
    }
  }
  rs1(): Value {
    return this.#x(this.#instruction.decoded.rs1)
  }
  rs2(): Value {
    return this.#x(this.#instruction.decoded.rs2)
  }
  imm(): Value {
    const { imm } = this.#instruction.decoded
    return () => this.code.i64Const(imm)
  }
  #address(offset: number): Value {
    return () => {
      this.code.localGet(this.frame.base)
      this.code.i64Const(offset)
      this.code.i64Add()
    }
  }
  pc(): Value {
    return this.#address(this.#instruction.offset)
  }
  nextPc(): Value {
    const { offset, decoded } = this.#instruction
    return this.#address(offset + decoded.length)
  }
  setRd(value: Value): void {
    const { rd } = this.#instruction.decoded
    if (rd === 0) return
    value()
    this.code.localSet(this.frame.x[rd])
  }

  #f(register: number): Value {
    return () => this.code.localGet(this.frame.f[register])
  }
  fs1(): Value {
    return this.#f(this.#instruction.decoded.rs1)
  }
  fs2(): Value {
    return this.#f(this.#instruction.decoded.rs2)
  }
  fs3(): Value {
    return this.#f(this.#instruction.decoded.rs3)
  }
  setFd(value: Value): void {
    value()
    this.code.localSet(this.frame.f[this.#instruction.decoded.rd])
  }
  override floatOff(): Condition {
    return this.#floatIsReady ? never : super.floatOff()
  }
  roundingReserved(): Condition {
    // `floatOff` includes it.
    return never
  }
  float(operation: FloatOperation, a: Value, b?: Value, c?: Value): Value {
    const operands = [a, b, c].filter((operand) => operand !== undefined)
    const result = this.i64()
    const { base, rm } = this.#instruction.decoded
    emitFloat(this.frame, operation, operands, result, base.format.fields.rm === undefined ? undefined : rm)
    return () => this.code.localGet(result)
  }

  /** Pushes a linear address. @returns what to add to it. */
  #linear(width: Width, address: Value, kind: 0 | 1): number {
    const access = this.#access
    if (access?.isKnown) {
      this.#checkReach(access)
      return this.#known(access)
    }
    const va = access?.address ?? this.i64()
    address()
    this.code.localSet(va)
    let entry: Local<'i32'> | undefined
    this.evaluateIf(() => {
      entry = this.lookup(va, width, kind)
      this.code.i64Ne()
    })
    if (access !== undefined) this.#checkReach(access)
    this.linear(entry!, va)
    if (access !== undefined) this.code.localTee(access.linear)
    return 0
  }
  #known({ linear, distance }: GroupedAccess): number {
    this.code.localGet(linear)
    if (distance >= 0) return distance
    this.code.i32Const(distance)
    this.code.i32Add()
    return 0
  }
  /** Leaves the instruction unless the page of an address that was looked up reaches far enough. */
  #checkReach({ address, reach }: GroupedAccess): void {
    const code = this.code
    const beyond = (distance: number) => {
      code.localGet(address)
      code.i64Const(distance)
      code.i64Add()
      code.localGet(address)
      code.i64Xor()
    }
    if (reach.before === 0 && reach.after === 0) return
    this.#leaveIf(LeaveCause.reach, () => {
      if (reach.before !== 0) beyond(reach.before)
      if (reach.after !== 0) beyond(reach.after)
      if (reach.before !== 0 && reach.after !== 0) code.i64Or()
      code.i64Const(4096)
      code.i64GeU()
    })
  }
  protected atomicAddress(width: 4 | 8, address: Value, kind: 0 | 1): Local<'i32'> {
    const code = this.code
    const va = this.pinnedAddress(address)
    let entry: Local<'i32'> | undefined
    this.evaluateIf(() => {
      entry = this.lookup(va, width, kind)
      code.i64Ne()
    })
    const linear = this.i32()
    this.linear(entry!, va)
    code.localSet(linear)
    return linear
  }
  load(width: Width, address: Value): Value {
    const value = this.i64()
    this.loadRam(width, this.#linear(width, address, 0))
    this.code.localSet(value)
    return () => this.code.localGet(value)
  }
  store(width: Width, address: Value, value: Value): void {
    const offset = this.#linear(width, address, 1)
    value()
    this.storeRam(width, offset)
  }

  csr(operation: CsrOperation, operand: Value): Value {
    const { slot, level, mask } = this.#instruction.csr!
    return this.slotAccess(operation, operand, {
      level: () => this.code.i32Const(level),
      place: CsrSlot[slot],
      mask: this.constant(BigInt(mask)),
    })
  }

  branch(condition: Condition): void {
    this.condition = condition
  }
  jump(): void {
    // Where to is known.
  }
  jumpTo(target: Value): void {
    this.destination = target
  }

  environmentCall(): void {
    this.#unexpected()
  }
  returnFrom(): void {
    this.#unexpected()
  }
  breakpoint(): void {
    this.#unexpected()
  }
  waitForInterrupt(): void {
    this.#unexpected()
  }
  reservationHeld(): Condition {
    return this.#unexpected()
  }
  waitForReservation(): void {
    this.#unexpected()
  }
  manageBlock(): void {
    this.#unexpected()
  }
  fenceTranslations(): void {
    this.#unexpected()
  }
  guestLoad(): Value {
    return this.#unexpected()
  }
  guestStore(): void {
    this.#unexpected()
  }
  fenceGuestTranslations(): void {
    this.#unexpected()
  }
  #unexpected(): never {
    throw new Error(`${this.#instruction.decoded.base.name} is not for translated code`)
  }
}
