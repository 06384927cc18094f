import type {
  CsrOperation,
  EvaluatorContext,
  GuestContext,
  ReservationContext,
  StatusField,
  Width,
} from '@worldswitch/isa'
import { Access } from '@worldswitch/mmu'
import { ALLOWED } from './csr-file.ts'
import { type HartCore, privilegeNames } from './hart-core.ts'
import { CsrSlot, State } from './state-layout.ts'
import { statusFields } from './status.ts'
import { ExceptionCause, type PrivilegeMode } from './trap.ts'

const RESERVED_BYTES = 8

/** A hart's state, as isa's evaluator acts on it: for cold instructions and for the reference engine. */
export class HartContext implements EvaluatorContext {
  readonly instructionAlignment: 2 | 4
  readonly reservation: ReservationContext
  readonly #core: HartCore
  readonly guest: GuestContext | undefined
  readonly #words: Int32Array

  constructor(core: HartCore) {
    this.#core = core
    this.guest = core.hypervisor ? new HartGuestContext(core) : undefined
    const { words } = core.state
    this.#words = words
    this.reservation = {
      get held() {
        return words[State.reservation >> 2] !== 0
      },
      wait: () => core.waitForReservation(),
    }
    this.instructionAlignment = core.limits.compressed ? 2 : 4
  }

  get pc(): bigint {
    return this.#core.state.get64(State.pc)
  }
  get privilege(): PrivilegeMode {
    return privilegeNames[this.#words[State.privilege >> 2]]
  }
  get virtual(): boolean {
    return this.#words[State.virtual >> 2] !== 0
  }
  readX(index: number): bigint {
    return this.#core.state.doublewords[index]
  }
  writeX(index: number, value: bigint): void {
    this.#core.state.doublewords[index] = value
  }

  get floatOff(): boolean {
    return this.#core.float.off
  }
  get roundingMode(): number {
    return this.#core.float.roundingMode
  }
  readF(index: number): bigint {
    return this.#core.state.doublewords[(State.f >> 3) + index]
  }
  writeF(index: number, value: bigint): void {
    this.#core.state.doublewords[(State.f >> 3) + index] = value
    this.#core.float.makeDirty()
  }
  accrueFlags(flags: number): void {
    this.#core.float.accrue(flags)
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

  readonly cacheBlocks = {
    manage: (address: bigint): boolean => {
      this.#core.state.set64(State.slowAddress, address)
      return this.#core.manageBlock()
    },
    zero: (address: bigint): boolean => {
      this.#core.state.set64(State.slowAddress, address)
      return this.#core.zeroBlock()
    },
  }

  status(field: StatusField): boolean {
    const { slot, bit } = statusFields[field]
    return (this.#words[CsrSlot[slot] >> 2] & bit) !== 0
  }
  csrRead(number: number, writes: boolean): bigint | undefined {
    return this.#mayAccess(number, writes) ? this.#core.csrs.read(number) : undefined
  }
  csrWrite(number: number, value: bigint, operation: CsrOperation, operand: bigint): boolean {
    if (!this.#mayAccess(number, true)) return false
    this.#core.csrs.write(number, value, operation, operand)
    return true
  }
  #mayAccess(number: number, writes: boolean): boolean {
    const refusal = this.#core.csrs.refusal(number, writes)
    if (refusal !== ALLOWED) this.raise(refusal, BigInt(this.#core.word))
    return refusal === ALLOWED
  }
  raise(cause: number, tval: bigint): void {
    this.#core.state.set64(State.trapValue, tval)
    if (cause === ExceptionCause.breakpoint || cause === ExceptionCause.instructionAddressMisaligned)
      this.#core.takeAddressException(cause)
    else this.#core.takeException(cause)
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
    const core = this.#core
    core.state.set64(State.slowAddress, address ?? 0n)
    core.state.set64(State.slowValue, asid ?? 0n)
    core.fenceTranslations(address !== undefined, asid !== undefined)
  }
}

const ASID = 0xffffn
const VMID = 0x3fffn

/** What HLV, HSV and the hypervisor's fences act on. */
class HartGuestContext implements GuestContext {
  readonly #core: HartCore

  constructor(core: HartCore) {
    this.#core = core
  }

  load(width: Width, address: bigint, executable: boolean): bigint | undefined {
    const { state } = this.#core
    state.set64(State.slowAddress, address)
    return this.#core.guestLoad(width, executable) ? state.get64(State.slowValue) : undefined
  }
  store(width: Width, address: bigint, value: bigint): boolean {
    const { state } = this.#core
    state.set64(State.slowAddress, address)
    state.set64(State.slowValue, value)
    return this.#core.guestStore(width)
  }
  fence(stage: 'VS' | 'G', address: bigint | undefined, space: bigint | undefined): void {
    const { translation } = this.#core
    if (stage === 'VS')
      translation.fenceGuest(address, space === undefined ? undefined : Number(space & ASID))
    else translation.fenceSecondStage(space === undefined ? undefined : Number(space & VMID))
  }
}
