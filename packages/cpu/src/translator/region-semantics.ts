import type { FloatOperation } from '@worldswitch/ieee754'
import type { CsrOperation, Semantics, Width } from '@worldswitch/isa'
import { TLB_ADDEND_OFFSET } from '@worldswitch/mmu'
import type { Label, Local } from '@worldswitch/wasm'
import type { Condition, Value } from '../code-frame.ts'
import { emitFloat } from '../float-call.ts'
import { GeneratedSemantics, QUIET_STATUS } from '../generated-semantics.ts'
import { CsrSlot } from '../state-layout.ts'
import { WALK_FAULT } from '../walk-code.ts'
import { Looked, type PlannedAccess, type Reach } from './access-groups.ts'
import type { RegionInstruction } from './instruction-facts.ts'
import type { Stream } from './loop-plans.ts'
import { callFromTable } from './module-table.ts'
import { leavePlace, type RegionFrame } from './region-frame.ts'
import { LeaveCause, PageMemory } from './region-links.ts'

/** A condition that never holds, for which no code is needed. */
const never: Condition = () => {}

/**
 * Emits the semantics of a region's instructions, one by one: operands are locals and constants. Whatever the translated
 * code cannot do, it leaves to the interpreter before the instruction's first effect.
 */
export class RegionSemantics extends GeneratedSemantics<RegionFrame> implements Semantics<Value, Condition> {
  /** What a branch asks. */
  condition: Condition | undefined
  /** Where a computed jump goes. */
  destination: Value | undefined
  #instruction!: RegionInstruction
  #offset = 0
  #leaving!: Label
  #steps = 0
  #floatIsReady = false
  #isPermitted = false
  #access: PlannedAccess | undefined

  /**
   * Begins an instruction.
   *
   * @param offset - of it, in bytes from the start of the page.
   * @param leaving - stores what is dirty and leaves.
   * @param steps - executed since they were subtracted from the steps left.
   * @param floatIsReady - an instruction before this one on every path has found that floating point may be used.
   * @param isPermitted - and one of the same kind has found that it may be executed, as CSRs and mode are.
   * @param access - how to get at the memory that the instruction loads or stores, if that was planned.
   */
  begin(
    instruction: RegionInstruction,
    offset: number,
    leaving: Label,
    steps: number,
    floatIsReady: boolean,
    isPermitted: boolean,
    access: PlannedAccess | undefined,
  ): void {
    this.condition = undefined
    this.destination = undefined
    this.#access = access
    this.#instruction = instruction
    this.#offset = offset
    this.#leaving = leaving
    this.#steps = steps
    this.#floatIsReady = floatIsReady
    this.#isPermitted = isPermitted
  }

  /** Gives back the locals; what {@link condition} and {@link destination} push is valid until then. */
  finish(): void {
    this.release()
  }

  #leaveIf(cause: number, condition: Condition): void {
    const { code, place } = this.frame
    code.i32Const(leavePlace(cause, this.#steps, this.#offset))
    code.localSet(place)
    condition()
    code.brIf(this.#leaving)
  }
  protected evaluateIf(condition: Condition): void {
    this.#leaveIf(LeaveCause.memory, condition)
  }
  override illegalIf(condition: Condition): void {
    if (condition !== never && !this.#isPermitted) this.#leaveIf(LeaveCause.guard, condition)
  }
  override virtualIf(condition: Condition): void {
    this.illegalIf(condition)
  }
  override either(a: Condition, b: Condition): Condition {
    if (a === never) return b
    return b === never ? a : super.either(a, b)
  }

  readonly #zero: Value = () => this.code.i64Const(0)
  /** Of the integer registers that were read. */
  readonly #registers: Value[] = []
  #x(register: number): Value {
    if (register === 0) return this.#zero
    this.#registers[register] ??= () => this.code.localGet(this.frame.x[register])
    return this.#registers[register]
  }
  rs1(): Value {
    return this.#x(this.#instruction.decoded.rs1)
  }
  rs2(): Value {
    return this.#x(this.#instruction.decoded.rs2)
  }
  imm(): Value {
    const { imm } = this.#instruction.decoded
    return imm === 0 ? this.#zero : () => this.code.i64Const(imm)
  }
  override add(a: Value, b: Value): Value {
    if (b === this.#zero) return a
    return a === this.#zero ? b : super.add(a, b)
  }
  override eq(a: Value, b: Value): Condition {
    return b === this.#zero ? this.unary(a, this.code.i64Eqz) : super.eq(a, b)
  }
  #address(offset: number): Value {
    return () => {
      this.code.localGet(this.frame.base)
      this.code.i64Const(offset)
      this.code.i64Add()
    }
  }
  pc(): Value {
    return this.#address(this.#offset)
  }
  nextPc(): Value {
    return this.#address(this.#offset + this.#instruction.decoded.length)
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
  #linear(width: Width, address: Value, kind: 1 | 2): number {
    const access = this.#access
    const reach = access?.reach
    if (access !== undefined && access.lookup === undefined) return this.#known(access)
    const va = access?.address ?? this.i64()
    const { kinds, memory } = access?.lookup ?? { kinds: kind }
    if (memory === undefined) {
      const entry = this.#lookUp(address, va, width, kinds)
      if (reach !== undefined) this.#checkReach(va, reach)
      this.linear(entry, va)
    } else {
      address()
      this.code.localSet(va)
      const { before, after } = reach ?? { before: 0, after: 0 }
      const isSplit = after - before < width
      const cause = isSplit ? LeaveCause.memory : LeaveCause.reach
      this.#linearRemembered(va, { kinds, memory }, { before, after }, cause)
    }
    if (access !== undefined) this.code.localTee(access.linear)
    return 0
  }
  /**
   * Leaves the instruction unless the TLB has the page of an address.
   *
   * @param va - gets the address.
   * @param kinds - bits of {@link Looked}.
   * @returns the local with the entry.
   */
  #lookUp(address: Value | undefined, va: Local<'i64'>, width: Width, kinds: number): Local<'i32'> {
    const code = this.code
    if (this.frame.missed.has(this.#offset)) {
      return this.#locate(address, va, width, kinds === Looked.store ? 1 : 0)
    }
    let entry: Local<'i32'> | undefined
    this.evaluateIf(() => {
      entry = this.lookup(address, va, width, kinds === Looked.store ? 1 : 0)
      if (kinds !== Looked.both) {
        code.i64Ne()
        return
      }
      const { tlbArraySize } = this.frame
      const tag = this.i64()
      code.localTee(tag)
      code.i64Ne()
      code.localGet(entry)
      code.i64Load(tlbArraySize)
      code.localGet(tag)
      code.i64Ne()
      code.i32Or()
      // Tables that change without a fence can leave two translations of one page.
      code.localGet(entry)
      code.i32Load(TLB_ADDEND_OFFSET)
      code.localGet(entry)
      code.i32Load(tlbArraySize + TLB_ADDEND_OFFSET)
      code.i32Ne()
      code.i32Or()
    })
    return entry!
  }
  /** As {@link #lookUp}, for a load or a store: has the page looked for elsewhere when the first place of the TLB has another. */
  #locate(address: Value | undefined, va: Local<'i64'>, width: Width, kind: 0 | 1): Local<'i32'> {
    const code = this.code
    const entry = this.lookup(address, va, width, kind)
    code.i64Ne()
    code.if('empty', () => {
      this.#leaveIf(LeaveCause.memory, () => {
        code.localGet(this.frame.hart)
        code.localGet(va)
        // What is not atomic has to lie in one page only.
        const [bits, most] = this.#instruction.access === undefined ? [width - 1, 0] : [4095, 4096 - width]
        code.i32Const(bits)
        code.i32Const(most)
        callFromTable(code, this.frame.locate[kind])
        code.localTee(entry)
        code.i32Const(WALK_FAULT)
        code.i32LeU()
      })
    })
    return entry
  }
  /**
   * Puts the linear address of the first byte of a stream into a local, or leaves.
   *
   * @param memory - linear address where the page is remembered.
   */
  locate({ register, low, span, kinds }: Stream, memory: number, linear: Local<'i32'>): void {
    const { code } = this
    const va = this.i64()
    this.#x(register)()
    code.i64Const(low)
    code.i64Add()
    code.localSet(va)
    this.#linearRemembered(va, { kinds, memory }, { before: 0, after: span - 1 }, LeaveCause.reach)
    code.localSet(linear)
  }
  /**
   * Pushes the linear address by the page of the last time; when it is another now, it is looked up and remembered.
   *
   * @param cause - why it is left when not all that is within reach is in the page.
   */
  #linearRemembered(
    va: Local<'i64'>,
    { kinds, memory }: { kinds: number; memory: number },
    { before, after }: Reach,
    cause: number,
  ): void {
    const code = this.code
    const addend = this.i32()
    const span = after - before
    code.i32Const(0)
    code.i32Load(memory + PageMemory.addend)
    code.localSet(addend)
    code.localGet(va)
    code.i32Const(0)
    code.i64Load(memory + PageMemory.start)
    code.i64Sub()
    code.i32Const(0)
    code.i64Load32U(memory + PageMemory.limit)
    code.i64GeU()
    code.if('empty', () => {
      const entry = this.#lookUp(undefined, va, 1, kinds)
      if (span > 0) {
        this.#leaveIf(cause, () => {
          this.#distant(va, before)
          this.#distant(va, after)
          code.i64Or()
          code.i64Const(4096)
          code.i64GeU()
        })
      }
      code.i32Const(0)
      code.localGet(va)
      code.i64Const(-4096)
      code.i64And()
      code.i64Const(before)
      code.i64Sub()
      code.i64Store(memory + PageMemory.start)
      code.i32Const(0)
      code.i32Const(4096 - span)
      code.i32Store(memory + PageMemory.limit)
      // Mostly the same, as in memory that is mapped in one piece: then the access need not wait for the entry.
      const found = this.i32()
      this.addend(entry)
      code.localTee(found)
      code.localGet(addend)
      code.i32Ne()
      code.if('empty', () => {
        code.i32Const(0)
        code.localGet(found)
        code.localTee(addend)
        code.i32Store(memory + PageMemory.addend)
      })
    })
    code.localGet(addend)
    code.localGet(va)
    code.i32WrapI64()
    code.i32Add()
  }
  #known({ linear, distance }: PlannedAccess): number {
    this.code.localGet(linear)
    if (distance >= 0) return distance
    this.code.i32Const(distance)
    this.code.i32Add()
    return 0
  }
  /** Leaves the instruction unless the page of an address that was looked up reaches far enough. */
  #checkReach(address: Local<'i64'>, { before, after }: Reach): void {
    const code = this.code
    this.#leaveIf(LeaveCause.reach, () => {
      if (before !== 0) this.#distant(address, before)
      if (after !== 0) this.#distant(address, after)
      if (before !== 0 && after !== 0) code.i64Or()
      code.i64Const(4096)
      code.i64GeU()
    })
  }
  protected atomicAddress(width: 4 | 8, address: Value, kind: 0 | 1): Local<'i32'> {
    const code = this.code
    const va = this.i64()
    const linear = this.i32()
    this.linear(this.#lookUp(address, va, width, kind === 0 ? Looked.load : Looked.store), va)
    code.localSet(linear)
    return linear
  }
  /** Pushes a number that is at least 4096 if the address at a distance is in another page. */
  #distant(address: Local<'i64'>, distance: number): void {
    const code = this.code
    code.localGet(address)
    code.i64Const(distance)
    code.i64Add()
    code.localGet(address)
    code.i64Xor()
  }
  /** Checks how far the page of the access reaches, if it was looked up before and has to be. @returns whether it was. */
  #checkKnown(): boolean {
    const access = this.#access
    if (access === undefined || access.lookup !== undefined) return false
    if (access.reach !== undefined) this.#checkReach(access.address!, access.reach)
    return true
  }
  /** The value is loaded where it is used, at once; what nobody uses may have to be found in the TLB all the same. */
  load(width: Width, address: Value): Value {
    const load = () => this.loadRam(width, this.#linear(width, address, Looked.load))
    const { writesX, writesF } = this.#instruction
    if (!this.#checkKnown() && (writesX | writesF) === 0) {
      load()
      this.code.drop()
    }
    return load
  }
  store(width: Width, address: Value, value: Value): void {
    this.#checkKnown()
    const offset = this.#linear(width, address, Looked.store)
    value()
    this.storeRam(width, offset)
  }

  csr(operation: CsrOperation, operand: Value): Value {
    const csr = this.#instruction.csr!
    if (csr === 'status') {
      const old = this.i64()
      const leaveIf = (condition: Condition) => this.#leaveIf(LeaveCause.guard, condition)
      this.statusAccess(operation, operand, QUIET_STATUS, leaveIf, old, this.i32())
      return () => this.code.localGet(old)
    }
    const { slot, level, mask } = csr
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
