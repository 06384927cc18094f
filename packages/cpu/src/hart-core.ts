import { Access, type SatpMode, schemes } from '@worldswitch/mmu'
import { CsrFile } from './csr-file.ts'
import { ENVCFG_ADUE, timerComparisonOn } from './csr-machine.ts'
import type { CsrHost } from './csr-row.ts'
import type { SupervisorLimits, SupervisorState } from './csr-supervisor.ts'
import type { HartExtension, MonitorLevel } from './hart-options.ts'
import { HartState } from './hart-state.ts'
import { HartSupervisor } from './hart-supervisor.ts'
import type { InstructionCache } from './instruction-cache.ts'
import { interruptToTake, TO_SUPERVISOR } from './interrupts.ts'
import type { MachineMemory } from './machine-memory.ts'
import type { PhysicalBus } from './physical-bus.ts'
import { Pmp } from './pmp.ts'
import { CsrSlot, type CsrSlotName, PMPADDR_SLOT, State } from './state-layout.ts'
import {
  MPP_SHIFT,
  Status,
  SXL_64,
  statusAfterMachineReturn,
  statusAfterMachineTrap,
  statusAfterSupervisorReturn,
  statusAfterSupervisorTrap,
  UXL_64,
} from './status.ts'
import { FAULT, NOT_RAM, Translation } from './translation.ts'
import { ExceptionCause, type PrivilegeMode, type Trap } from './trap.ts'

/** Privilege modes by number. */
export const privilegeNames: readonly PrivilegeMode[] = ['U', 'S', 'S', 'M']
/** Numbers of the privilege modes. */
export const privilegeNumbers: Readonly<Record<PrivilegeMode, number>> = { U: 0, S: 1, M: 3 }

/** What a {@link HartCore} is made of, with every default filled in. */
export interface HartConfiguration {
  readonly id: number
  readonly memory: MachineMemory
  readonly bus: PhysicalBus | undefined
  readonly extensions: ReadonlySet<HartExtension>
  readonly satpModes: readonly SatpMode[]
  readonly pmpEntries: number
  readonly pmpOpen: boolean
  readonly time: () => bigint
  readonly monitor: MonitorLevel | undefined
  readonly svadu: boolean
}

const I_PC = State.pc >> 2
const I_LEFT = State.left >> 2
const I_DEFERRED = State.deferred >> 2
const I_PRIVILEGE = State.privilege >> 2
const I_MSTATUS = CsrSlot.mstatus >> 2
const I_SLOW_ADDRESS = State.slowAddress >> 2
const I_SLOW_VALUE = State.slowValue >> 2

/**
 * What the engines of a hart have in common: state, CSRs, traps, interrupts and memory accesses in their general
 * form. Hot paths are numeric; nothing here throws for a guest's sake.
 */
export class HartCore implements CsrHost {
  readonly id: number
  readonly state: HartState
  readonly memory: MachineMemory
  readonly pmp: Pmp
  readonly translation: Translation
  readonly csrs: CsrFile
  readonly supervisor: SupervisorState
  readonly limits: SupervisorLimits
  readonly instructions: InstructionCache
  readonly svadu: boolean
  readonly misa: bigint
  inInstruction = 0
  /** The interpreter must come back at the next instruction boundary. */
  attention = false
  /** A trap for the monitor. */
  trap: Trap | undefined
  /** WFI was executed with nothing pending. */
  waiting = false
  stopRequested = false
  /** Index of the state word with the pending bits that software can set. */
  readonly softwarePendingWord = CsrSlot.mip >> 2
  readonly #bus: PhysicalBus | undefined
  readonly #time: () => bigint
  readonly #machineMonitor: boolean
  readonly #supervisorMonitor: boolean
  readonly #pmpOpen: boolean
  readonly #words: Int32Array
  readonly #bytes: DataView

  constructor(options: HartConfiguration, instructions: InstructionCache) {
    const { id, memory, extensions, satpModes } = options
    this.id = id
    this.memory = memory
    this.instructions = instructions
    this.svadu = options.svadu
    this.#bus = options.bus
    this.#time = options.time
    this.#machineMonitor = options.monitor === 'M'
    this.#supervisorMonitor = options.monitor === 'S' || options.monitor === 'HS'
    this.#pmpOpen = options.pmpOpen
    const buffer = memory.memory.buffer
    this.#bytes = new DataView(buffer)
    this.state = new HartState(buffer, memory.stateOffset(id))
    this.#words = this.state.words
    this.#words.fill(0, 0, State.end >> 2)
    this.limits = {
      satpModes: new Set(satpModes.map((mode) => schemes[mode].mode)),
      asidBits: 16,
      compressed: extensions.has('C'),
      sstc: extensions.has('Sstc'),
    }
    let letters = (2n << 62n) | (1n << 8n) | (1n << 18n) | (1n << 20n)
    for (const [letter, bit] of [
      ['A', 0n],
      ['C', 2n],
      ['M', 12n],
    ] as const) {
      if (extensions.has(letter)) letters |= 1n << bit
    }
    this.misa = letters
    const base = this.state.base
    this.pmp = new Pmp(
      options.pmpEntries,
      new Uint8Array(buffer, base + CsrSlot.pmpcfg0, 16),
      new BigUint64Array(buffer, base + PMPADDR_SLOT, 16),
    )
    this.translation = new Translation(this.state, memory, this.pmp, id)
    this.supervisor = new HartSupervisor(this)
    this.csrs = new CsrFile(this)
    this.reset()
  }

  /** State after power-on; RAM and counters of traps stay. */
  reset(): void {
    this.#words.fill(0, 0, State.end >> 2)
    this.#words[I_PRIVILEGE] = 3
    this.state.set64(State.pc, BigInt(this.memory.ramBase))
    this.set('mstatus', UXL_64 | SXL_64)
    if (this.svadu) this.set('menvcfg', ENVCFG_ADUE)
    if (this.limits.sstc) this.set('stimecmp', 0xffff_ffff_ffff_ffffn)
    if (this.#pmpOpen && this.pmp.entries > 0) {
      const last = this.pmp.entries - 1
      this.state.set64(PMPADDR_SLOT + last * 8, (1n << 54n) - 1n)
      this.#bytes.setUint8(this.state.base + CsrSlot.pmpcfg0 + last, 0x1f)
    }
    this.restored()
  }

  /** Recomputes everything that is derived from the state block. */
  restored(): void {
    this.pmp.refresh()
    this.translation.hardwareUpdates = (this.get('menvcfg') & ENVCFG_ADUE) !== 0n
    this.translation.restored()
    this.trap = undefined
    this.waiting = false
    this.interruptsChanged()
  }

  // What CSRs ask of the hart.

  get(slot: CsrSlotName): bigint {
    return this.state.get64(CsrSlot[slot])
  }
  set(slot: CsrSlotName, value: bigint): void {
    this.state.set64(CsrSlot[slot], value)
  }
  time(): bigint {
    return BigInt.asUintN(64, this.#time())
  }
  pendingInterrupts(): number {
    const pending = this.#words[CsrSlot.mip >> 2] | this.#words[State.lines >> 2]
    if (!this.limits.sstc || !timerComparisonOn(this)) return pending
    return this.time() >= this.get('stimecmp') ? pending | (1 << 5) : pending & ~(1 << 5)
  }
  satpWritten(): void {
    this.translation.satpWritten()
  }
  translationChanged(): void {
    this.translation.select()
  }
  interruptsChanged(): void {
    if (interruptToTake(this.#words, this.pendingInterrupts()) !== -1) this.attention = true
  }
  permissionsChanged(): void {
    this.translation.hardwareUpdates = (this.get('menvcfg') & ENVCFG_ADUE) !== 0n
    this.translation.flushAll()
  }

  // Traps.

  /** Whether a trap to `level` goes to the monitor. */
  #monitored(level: 'S' | 'M'): boolean {
    return level === 'M' ? this.#machineMonitor : this.#supervisorMonitor
  }

  /**
   * Ends the current instruction with an exception; `xtval` is in the state's trap value. Consumes the step.
   */
  takeException(cause: number): void {
    const words = this.#words
    words[I_LEFT]--
    this.state.floats[State.trapSteps >> 3]++
    this.state.floats[(State.exceptionCounts >> 3) + cause]++
    const delegated = words[I_PRIVILEGE] < 3 && ((words[CsrSlot.medeleg >> 2] >> cause) & 1) !== 0
    const level = delegated ? 'S' : 'M'
    if (this.#monitored(level)) this.#leave(cause, false)
    else this.#vector(cause, false, level)
  }

  /** Takes an interrupt found by `interruptToTake`. */
  takeInterrupt(found: number): void {
    const cause = found & (TO_SUPERVISOR - 1)
    this.state.floats[State.trapSteps >> 3]++
    this.state.floats[(State.interruptCounts >> 3) + cause]++
    const level = found >= TO_SUPERVISOR ? 'S' : 'M'
    this.state.set64(State.trapValue, 0n)
    if (this.#monitored(level)) this.#leave(cause, true)
    else this.#vector(cause, true, level)
  }

  /** Architectural entry of a trap that the embedder made or reflects. */
  enterTrap(trap: Trap, level: 'S' | 'M'): void {
    this.state.set64(State.pc, trap.pc)
    this.state.set64(State.trapValue, trap.tval)
    this.#words[I_PRIVILEGE] = privilegeNumbers[trap.privilege]
    this.#vector(trap.cause, trap.interrupt, level)
  }

  #leave(cause: number, interrupt: boolean): void {
    this.trap = {
      cause,
      interrupt,
      tval: this.state.get64(State.trapValue),
      pc: this.state.get64(State.pc),
      privilege: privilegeNames[this.#words[I_PRIVILEGE]],
    }
    this.attention = true
  }

  #vector(cause: number, interrupt: boolean, level: 'S' | 'M'): void {
    const words = this.#words
    const state = this.state
    const supervisor = level === 'S'
    const causeSlot = (supervisor ? CsrSlot.scause : CsrSlot.mcause) >> 2
    words[causeSlot] = cause
    words[causeSlot + 1] = interrupt ? 0x8000_0000 : 0
    state.copy64(supervisor ? CsrSlot.sepc : CsrSlot.mepc, State.pc)
    state.copy64(supervisor ? CsrSlot.stval : CsrSlot.mtval, State.trapValue)
    const from = words[I_PRIVILEGE]
    words[I_MSTATUS] = supervisor
      ? statusAfterSupervisorTrap(words[I_MSTATUS], from)
      : statusAfterMachineTrap(words[I_MSTATUS], from)
    words[I_PRIVILEGE] = supervisor ? 1 : 3
    const vector = supervisor ? CsrSlot.stvec : CsrSlot.mtvec
    const low = words[vector >> 2]
    const base = (low & ~3) >>> 0
    const target = base + (interrupt && (low & 1) !== 0 ? 4 * cause : 0)
    words[I_PC] = target
    words[I_PC + 1] = words[(vector >> 2) + 1] + (target > 0xffff_ffff ? 1 : 0)
    this.translation.select()
    this.interruptsChanged()
  }

  /** MRET or SRET, guards not included. */
  returnFrom(level: 'S' | 'M'): void {
    const words = this.#words
    const status = words[I_MSTATUS]
    if (level === 'S') {
      words[I_MSTATUS] = statusAfterSupervisorReturn(status)
      words[I_PRIVILEGE] = (status & Status.spp) !== 0 ? 1 : 0
      this.state.copy64(State.pc, CsrSlot.sepc)
    } else {
      words[I_MSTATUS] = statusAfterMachineReturn(status)
      words[I_PRIVILEGE] = (status & Status.mpp) >> MPP_SHIFT
      this.state.copy64(State.pc, CsrSlot.mepc)
    }
    this.translation.select()
    this.interruptsChanged()
  }

  /** WFI, guards not included. */
  waitForInterrupt(): void {
    if ((this.pendingInterrupts() & this.#words[CsrSlot.mie >> 2]) !== 0) return
    this.waiting = true
    this.attention = true
  }

  /**
   * Withholds the remaining steps if somebody waits for the instruction boundary.
   *
   * @param counted - whether the current instruction is already subtracted from the steps left.
   */
  settle(counted: boolean): void {
    if (!this.attention) return
    const words = this.#words
    const keep = counted ? 0 : 1
    words[I_DEFERRED] += words[I_LEFT] - keep
    words[I_LEFT] = keep
  }

  // Memory.

  /**
   * Loads `bytes` from the slow address into the slow value, zero-extended.
   *
   * @returns `false` when the exception has been taken.
   */
  load(bytes: number): boolean {
    const low = this.#words[I_SLOW_ADDRESS]
    const high = this.#words[I_SLOW_ADDRESS + 1]
    if ((low & 0xfff) + bytes > 4096) return this.#loadAcross(low, high, bytes)
    const linear = this.translation.translate(Access.read, low, high, bytes)
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
    const linear = this.translation.translate(Access.write, low, high, bytes)
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
    const linear = this.translation.translate(kind, low, high, bytes)
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

  #faultAt(low: number, high: number, cause: number): false {
    this.#words[State.trapValue >> 2] = low
    this.#words[(State.trapValue >> 2) + 1] = high
    this.takeException(cause)
    return false
  }
}
