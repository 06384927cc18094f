import { transformedInstruction } from '@worldswitch/isa'
import { Access } from '@worldswitch/mmu'
import type { HartConfiguration } from './hart-core.ts'
import { HartState } from './hart-state.ts'
import type { InstructionCache } from './instruction-cache.ts'
import type { MachineMemory } from './machine-memory.ts'
import type { PhysicalBus } from './physical-bus.ts'
import { Pmp } from './pmp.ts'
import { CsrSlot, PMPADDR_SLOT, State } from './state-layout.ts'
import { FAULT, NOT_RAM, Translation } from './translation.ts'
import { ExceptionCause } from './trap.ts'

/** Whether an access is HLV's or HSV's, HLVX's, or neither's. */
const NO_GUEST_ACCESS = 0
const GUEST_DATA = 1
const GUEST_CODE = 2

/** Bytes of a cache block. */
const BLOCK_BYTES = 64
/** The fault of a store that goes with that of a load. */
const faultOfStore = (cause: number): number => {
  if (cause === ExceptionCause.loadAccessFault) return ExceptionCause.storeAccessFault
  if (cause === ExceptionCause.loadPageFault) return ExceptionCause.storePageFault
  return cause === ExceptionCause.loadGuestPageFault ? ExceptionCause.storeGuestPageFault : cause
}

const I_VIRTUAL = State.virtual >> 2
const I_SLOW_ADDRESS = State.slowAddress >> 2
const I_SLOW_VALUE = State.slowValue >> 2

/**
 * A hart's memory in its general form: state and translation, and loads and stores of every kind that end in RAM, on
 * the bus or in an exception. What a hart does about exceptions and interrupts is its own.
 */
export abstract class HartMemory {
  readonly state: HartState
  readonly memory: MachineMemory
  readonly pmp: Pmp
  readonly translation: Translation
  readonly instructions: InstructionCache
  /** Whether the hypervisor extension is there. */
  readonly hypervisor: boolean
  /** 1 while the evaluator executes an instruction. */
  inInstruction = 0
  /** Bits of the instruction that the evaluator executes. */
  word = 0
  #guestAccess = NO_GUEST_ACCESS
  readonly #bus: PhysicalBus | undefined
  readonly #words: Int32Array
  readonly #bytes: DataView

  constructor(options: HartConfiguration, instructions: InstructionCache) {
    const { id, memory } = options
    this.memory = memory
    this.instructions = instructions
    this.hypervisor = options.extensions.has('H')
    this.#bus = options.bus
    const buffer = memory.memory.buffer
    this.#bytes = new DataView(buffer)
    this.state = new HartState(buffer, memory.stateOffset(id))
    this.#words = this.state.words
    this.#words.fill(0, 0, State.end >> 2)
    const base = this.state.base
    this.pmp = new Pmp(
      options.pmpEntries,
      new Uint8Array(buffer, base + CsrSlot.pmpcfg0, 16),
      new BigUint64Array(buffer, base + PMPADDR_SLOT, 16),
    )
    this.translation = new Translation(this.state, memory, this.pmp, id)
  }

  /** Ends the current instruction with an exception, whose trap value is in the state. */
  abstract takeException(cause: number, gva?: boolean, tval2?: bigint, tinst?: number): void
  /** A device may have changed a pending bit. */
  abstract interruptsChanged(): void

  /**
   * Loads `bytes` from the slow address into the slow value, zero-extended.
   *
   * @returns `false` when the exception has been taken.
   */
  load(bytes: number): boolean {
    const low = this.#words[I_SLOW_ADDRESS]
    const high = this.#words[I_SLOW_ADDRESS + 1]
    if ((low & 0xfff) + bytes > 4096) return this.#loadAcross(low, high, bytes)
    const linear = this.#translate(Access.read, low, high, bytes)
    if (linear >= 0) {
      this.#readRam(linear, bytes)
      return true
    }
    if (linear === NOT_RAM) {
      const value = this.#bus?.read(this.translation.physical, bytes as 1 | 2 | 4 | 8)
      this.interruptsChanged()
      if (value !== undefined) {
        this.state.set64(State.slowValue, value)
        return true
      }
      this.translation.cause = ExceptionCause.loadAccessFault
    }
    return this.#faultAt(low, high, this.translation.cause)
  }

  /** Stores the low `bytes` of the slow value at the slow address. @returns `false` when the exception has been taken. */
  store(bytes: number): boolean {
    const low = this.#words[I_SLOW_ADDRESS]
    const high = this.#words[I_SLOW_ADDRESS + 1]
    if ((low & 0xfff) + bytes > 4096) return this.#storeAcross(low, high, bytes)
    const linear = this.#translate(Access.write, low, high, bytes)
    if (linear >= 0) {
      this.writeRam(linear, bytes)
      return true
    }
    if (linear === NOT_RAM) {
      const value = BigInt.asUintN(8 * bytes, this.state.get64(State.slowValue))
      const done = this.#bus?.write(this.translation.physical, bytes as 1 | 2 | 4 | 8, value) === true
      this.interruptsChanged()
      if (done) return true
      this.translation.cause = ExceptionCause.storeAccessFault
    }
    return this.#faultAt(low, high, this.translation.cause)
  }

  /**
   * Translates for an atomic access, which must be aligned and go to RAM.
   *
   * @param kind - read for LR, write for SC and AMOs.
   * @returns the linear address, or -1 when the exception has been taken.
   */
  atomicAddress(kind: number, bytes: number): number {
    const low = this.#words[I_SLOW_ADDRESS]
    const high = this.#words[I_SLOW_ADDRESS + 1]
    if ((low & (bytes - 1)) !== 0) {
      this.#faultAt(
        low,
        high,
        kind === Access.read ? ExceptionCause.loadAddressMisaligned : ExceptionCause.storeAddressMisaligned,
      )
      return -1
    }
    return this.#ramAt(kind, low, high, bytes)
  }

  /**
   * The linear address of the cache block that the slow address lies in; -1 when the exception of a store has been
   * taken. Blocks are of RAM only.
   *
   * @param kind - read: reading suffices, and no page can be written that cannot be read.
   */
  #blockAt(kind: number): number {
    const low = this.#words[I_SLOW_ADDRESS]
    const high = this.#words[I_SLOW_ADDRESS + 1]
    const linear = this.#translate(kind, low & -BLOCK_BYTES, high, BLOCK_BYTES)
    if (linear >= 0) return linear
    this.#faultAt(
      low,
      high,
      linear === NOT_RAM ? ExceptionCause.storeAccessFault : faultOfStore(this.translation.cause),
    )
    return FAULT
  }

  /** CBO.INVAL, CBO.CLEAN or CBO.FLUSH at the slow address. @returns `false` when the exception has been taken. */
  manageBlock(): boolean {
    return this.#blockAt(Access.read) >= 0
  }

  /** CBO.ZERO at the slow address. @returns `false` when the exception has been taken. */
  zeroBlock(): boolean {
    const linear = this.#blockAt(Access.write)
    if (linear < 0) return false
    new Uint8Array(this.#bytes.buffer, linear, BLOCK_BYTES).fill(0)
    this.memory.written(linear, BLOCK_BYTES, this.translation)
    return true
  }

  /** Puts `bytes` of RAM into the slow value. */
  readRam(linear: number, bytes: number): void {
    this.#readRam(linear, bytes)
  }

  /** Puts the low `bytes` of the slow value into RAM. */
  writeRam(linear: number, bytes: number): void {
    const view = this.#bytes
    const value = this.#words[I_SLOW_VALUE]
    if (bytes === 8) {
      view.setInt32(linear, value, true)
      view.setInt32(linear + 4, this.#words[I_SLOW_VALUE + 1], true)
    } else if (bytes === 4) view.setInt32(linear, value, true)
    else if (bytes === 2) view.setInt16(linear, value, true)
    else view.setInt8(linear, value)
    this.memory.written(linear, bytes, this.translation)
  }

  #readRam(linear: number, bytes: number): void {
    const view = this.#bytes
    const words = this.#words
    words[I_SLOW_VALUE + 1] = 0
    if (bytes === 8) {
      words[I_SLOW_VALUE] = view.getInt32(linear, true)
      words[I_SLOW_VALUE + 1] = view.getInt32(linear + 4, true)
    } else if (bytes === 4) words[I_SLOW_VALUE] = view.getInt32(linear, true)
    else if (bytes === 2) words[I_SLOW_VALUE] = view.getUint16(linear, true)
    else words[I_SLOW_VALUE] = view.getUint8(linear)
  }

  /** A load over a page boundary: both pages must be RAM and allow it before anything is read. */
  #loadAcross(low: number, high: number, bytes: number): boolean {
    const first = 4096 - (low & 0xfff)
    const start = this.#ramAt(Access.read, low, high, first)
    if (start < 0) return false
    const rest = this.#ramBeyond(Access.read, low, high, bytes - first)
    if (rest < 0) return false
    let value = 0n
    for (let i = bytes - 1; i >= 0; i--) {
      const byte = this.#bytes.getUint8(i < first ? start + i : rest + i - first)
      value = (value << 8n) | BigInt(byte)
    }
    this.state.set64(State.slowValue, value)
    return true
  }

  #storeAcross(low: number, high: number, bytes: number): boolean {
    const first = 4096 - (low & 0xfff)
    const start = this.#ramAt(Access.write, low, high, first)
    if (start < 0) return false
    const rest = this.#ramBeyond(Access.write, low, high, bytes - first)
    if (rest < 0) return false
    let value = this.state.get64(State.slowValue)
    for (let i = 0; i < bytes; i++) {
      this.#bytes.setUint8(i < first ? start + i : rest + i - first, Number(value & 0xffn))
      value >>= 8n
    }
    this.memory.written(start, first, this.translation)
    this.memory.written(rest, bytes - first, this.translation)
    return true
  }

  /** The linear address of an access that must go to RAM and crosses no page; -1 when the exception has been taken. */
  #ramAt(kind: number, low: number, high: number, bytes: number): number {
    const linear = this.#translate(kind, low, high, bytes)
    if (linear >= 0) return linear
    if (linear === NOT_RAM) {
      this.translation.cause =
        kind === Access.read ? ExceptionCause.loadAccessFault : ExceptionCause.storeAccessFault
    }
    this.#faultAt(low, high, this.translation.cause)
    return FAULT
  }

  #ramBeyond(kind: number, low: number, high: number, bytes: number): number {
    const next = (low & ~0xfff) + 4096
    return this.#ramAt(kind, next | 0, next === 0 ? (high + 1) | 0 : high, bytes)
  }

  /** Ends the instruction with a fault of its access to memory. */
  #faultAt(low: number, high: number, cause: number): false {
    const words = this.#words
    words[State.trapValue >> 2] = low
    words[(State.trapValue >> 2) + 1] = high
    if (!this.hypervisor) {
      this.takeException(cause)
      return false
    }
    const ofGuest = this.#guestAccess !== NO_GUEST_ACCESS || this.translation.dataGuest
    const told =
      cause < ExceptionCause.instructionGuestPageFault ? undefined : this.translation.guest.walker.result
    const tinst = told?.pseudoinstruction || this.#transformedInstruction(low - words[I_SLOW_ADDRESS])
    this.takeException(cause, ofGuest, told === undefined ? 0n : told.guestAddress >> 2n, tinst)
    return false
  }

  /** The current instruction as `htinst` tells it. @param offset - from its address to the faulting one. */
  #transformedInstruction(offset: number): number {
    let word = this.word
    if (this.inInstruction === 0) {
      // The interpreter asked for the access: its record says where the instruction lies.
      const linear = this.memory.code.instructionOf(this.#words[State.ip >> 2])
      word = this.#bytes.getUint16(linear, true)
      if ((word & 3) === 3) word = this.#bytes.getInt32(linear, true)
    }
    const decoded = this.instructions.decode(word)
    return decoded === undefined ? 0 : transformedInstruction(decoded, offset & 7)
  }

  /** A fetch has failed: takes the exception that the translation names. */
  fetchFailed(low: number, high: number): void {
    this.#words[State.trapValue >> 2] = low
    this.#words[(State.trapValue >> 2) + 1] = high
    const { cause, guest } = this.translation
    const told = cause < ExceptionCause.instructionGuestPageFault ? undefined : guest.walker.result
    this.takeException(
      cause,
      this.#words[I_VIRTUAL] !== 0,
      told === undefined ? 0n : told.guestAddress >> 2n,
      told === undefined ? 0 : told.pseudoinstruction,
    )
  }

  // The guest's memory, for HLV, HLVX and HSV.

  /** {@link load} as the guest would. @param executable - HLVX. */
  guestLoad(bytes: number, executable: boolean): boolean {
    this.#guestAccess = executable ? GUEST_CODE : GUEST_DATA
    const done = this.load(bytes)
    this.#guestAccess = NO_GUEST_ACCESS
    return done
  }

  /** {@link store} as the guest would. */
  guestStore(bytes: number): boolean {
    this.#guestAccess = GUEST_DATA
    const done = this.store(bytes)
    this.#guestAccess = NO_GUEST_ACCESS
    return done
  }

  #translate(kind: number, low: number, high: number, bytes: number): number {
    const as = this.#guestAccess
    return as === NO_GUEST_ACCESS
      ? this.translation.translate(kind, low, high, bytes)
      : this.translation.translateForGuest(kind, low, high, bytes, as === GUEST_CODE)
  }
}
