import type { CsrOperation, EvaluatorContext, StatusField, Width } from '@worldswitch/isa'
import { Access } from '@worldswitch/mmu'
import { type HartCore, privilegeNames } from './hart-core.ts'
import { CsrSlot, State } from './state-layout.ts'
import { Status } from './status.ts'
import { ExceptionCause, type PrivilegeMode } from './trap.ts'

const STATUS_BITS: Readonly<Record<StatusField, number>> = { TSR: Status.tsr, TVM: Status.tvm, TW: Status.tw }
const RESERVED_BYTES = 8

/** A hart's state, as isa's evaluator acts on it: for cold instructions and for the reference engine. */
export class HartContext implements EvaluatorContext {
  /** Bits of the instruction being evaluated, for the trap value of an illegal one. */
  word = 0
  readonly instructionAlignment: 2 | 4
  readonly #core: HartCore
  readonly #words: Int32Array

  constructor(core: HartCore) {
    this.#core = core
    this.#words = core.state.words
    this.instructionAlignment = core.limits.compressed ? 2 : 4
  }

  get pc(): bigint {
    return this.#core.state.get64(State.pc)
  }
  get privilege(): PrivilegeMode {
    return privilegeNames[this.#words[State.privilege >> 2]]
  }
  readX(index: number): bigint {
    return this.#core.state.doublewords[index]
  }
  writeX(index: number, value: bigint): void {
    this.#core.state.doublewords[index] = value
  }

  load(width: Width, address: bigint): bigint | undefined {
    const { state } = this.#core
    state.set64(State.slowAddress, address)
    return this.#core.load(width) ? state.get64(State.slowValue) : undefined
  }
  store(width: Width, address: bigint, value: bigint): boolean {
    const { state } = this.#core
    state.set64(State.slowAddress, address)
    state.set64(State.slowValue, value)
    return this.#core.store(width)
  }
  loadReserved(width: 4 | 8, address: bigint): bigint | undefined {
    const core = this.#core
    core.state.set64(State.slowAddress, address)
    const linear = core.atomicAddress(Access.read, width)
    if (linear < 0) return undefined
    this.#words[State.reservation >> 2] = linear & -RESERVED_BYTES
    core.readRam(linear, width)
    return core.state.get64(State.slowValue)
  }
  storeConditional(width: 4 | 8, address: bigint, value: bigint): boolean | undefined {
    const core = this.#core
    core.state.set64(State.slowAddress, address)
    const linear = core.atomicAddress(Access.write, width)
    if (linear < 0) return undefined
    const holds = this.#words[State.reservation >> 2] === (linear & -RESERVED_BYTES)
    this.#words[State.reservation >> 2] = 0
    if (!holds) return false
    core.state.set64(State.slowValue, value)
    core.writeRam(linear, width)
    return true
  }
  amo(width: 4 | 8, address: bigint, update: (old: bigint) => bigint): bigint | undefined {
    const core = this.#core
    core.state.set64(State.slowAddress, address)
    const linear = core.atomicAddress(Access.write, width)
    if (linear < 0) return undefined
    core.readRam(linear, width)
    const old = core.state.get64(State.slowValue)
    core.state.set64(State.slowValue, update(old))
    core.writeRam(linear, width)
    return old
  }

  status(field: StatusField): boolean {
    return (this.#words[CsrSlot.mstatus >> 2] & STATUS_BITS[field]) !== 0
  }
  csrRead(number: number): bigint | undefined {
    const value = this.#core.csrs.read(number, this.#words[State.privilege >> 2])
    if (value === undefined) this.raise(ExceptionCause.illegalInstruction, BigInt(this.word))
    return value
  }
  csrWrite(number: number, value: bigint, operation: CsrOperation, operand: bigint): boolean {
    const done = this.#core.csrs.write(number, this.#words[State.privilege >> 2], value, operation, operand)
    if (!done) this.raise(ExceptionCause.illegalInstruction, BigInt(this.word))
    return done
  }
  raise(cause: number, tval: bigint): void {
    this.#core.state.set64(State.trapValue, tval)
    this.#core.takeException(cause)
  }
  returnFrom(level: 'S' | 'M'): void {
    this.#core.returnFrom(level)
  }
  waitForInterrupt(): void {
    this.#core.waitForInterrupt()
  }
  fence(): void {
    // Harts take turns, so every hart sees one order of all accesses.
  }
  fenceInstructions(): void {
    // Predecoded code follows every store at once.
  }
  fenceTranslations(address: bigint | undefined, asid: bigint | undefined): void {
    this.#core.translation.fence(address, asid === undefined ? undefined : Number(asid & 0xffffn))
  }
}
