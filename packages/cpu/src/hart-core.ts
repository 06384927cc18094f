import { transformedInstruction } from '@worldswitch/isa'
import { Access, type SatpMode, schemes, WalkFlag } from '@worldswitch/mmu'
import { ENVCFG_ADUE, ENVCFG_PBMTE, environmentOf, senvcfgOf } from './csr-environment.ts'
import { CsrFile } from './csr-file.ts'
import { guestEnvironment } from './csr-hypervisor.ts'
import { GUEST_INTERRUPTS } from './csr-legalize.ts'
import type { CsrHost } from './csr-row.ts'
import type { SupervisorLimits, SupervisorState } from './csr-supervisor.ts'
import { FloatState } from './float-state.ts'
import type { HartExtension, MonitorLevel } from './hart-options.ts'
import { HartState } from './hart-state.ts'
import { GuestSupervisor, HartSupervisor } from './hart-supervisor.ts'
import type { InstructionCache } from './instruction-cache.ts'
import { interruptToTake, TO_SUPERVISOR, TO_VIRTUAL } from './interrupts.ts'
import type { MachineMemory } from './machine-memory.ts'
import type { PhysicalBus } from './physical-bus.ts'
import { Pmp } from './pmp.ts'
import { CsrSlot, type CsrSlotName, PMPADDR_SLOT, State, VIRTUAL_SHIFT } from './state-layout.ts'
import {
  Hstatus,
  hstatusAfterTrap,
  MPP_SHIFT,
  Status,
  StatusHigh,
  SXL_64,
  statusAfterMachineReturn,
  statusAfterMachineTrap,
  statusAfterSupervisorReturn,
  statusAfterSupervisorTrap,
  UXL_64,
  VSXL_64,
} from './status.ts'
import { TimerComparisons } from './timer-comparisons.ts'
import { FAULT, NOT_RAM, Translation } from './translation.ts'
import { ExceptionCause, type PrivilegeMode, type Trap, type TrapEntry } from './trap.ts'

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
  readonly timerMoved: () => void
  readonly monitor: MonitorLevel | undefined
}

/** Where a trap is taken to. S is HS-mode with the hypervisor extension. */
export type TrapLevel = 'VS' | 'S' | 'M'

const trapSlots = {
  VS: {
    status: CsrSlot.vsstatus,
    cause: CsrSlot.vscause,
    epc: CsrSlot.vsepc,
    tval: CsrSlot.vstval,
    tvec: CsrSlot.vstvec,
  },
  S: {
    status: CsrSlot.mstatus,
    cause: CsrSlot.scause,
    epc: CsrSlot.sepc,
    tval: CsrSlot.stval,
    tvec: CsrSlot.stvec,
  },
  M: {
    status: CsrSlot.mstatus,
    cause: CsrSlot.mcause,
    epc: CsrSlot.mepc,
    tval: CsrSlot.mtval,
    tvec: CsrSlot.mtvec,
  },
} as const satisfies Record<TrapLevel, Record<string, number>>

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

const I_PC = State.pc >> 2
const I_LEFT = State.left >> 2
const I_DEFERRED = State.deferred >> 2
const I_PRIVILEGE = State.privilege >> 2
const I_VIRTUAL = State.virtual >> 2
const I_MSTATUS = CsrSlot.mstatus >> 2
const I_HSTATUS = CsrSlot.hstatus >> 2
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
  readonly float: FloatState
  readonly translation: Translation
  readonly csrs: CsrFile
  readonly supervisor: SupervisorState
  readonly limits: SupervisorLimits
  readonly instructions: InstructionCache
  readonly extensions: ReadonlySet<HartExtension>
  readonly environment: bigint
  readonly misa: bigint
  /** Whether the hypervisor extension is there. */
  readonly hypervisor: boolean
  readonly guestSupervisor: SupervisorState
  inInstruction = 0
  /** Bits of the instruction that the evaluator executes. */
  word = 0
  #guestAccess = NO_GUEST_ACCESS
  /** The interpreter must come back at the next instruction boundary. */
  attention = false
  /** A trap for the monitor. */
  trap: Trap | undefined
  /** WFI was executed with nothing pending. */
  waiting = false
  /** WRS was executed with a reservation and nothing pending. */
  yielding = false
  stopRequested = false
  /** Index of the state word with the pending bits that software can set. */
  readonly softwarePendingWord = CsrSlot.mip >> 2
  readonly #bus: PhysicalBus | undefined
  readonly #time: () => bigint
  readonly #timerMoved: () => void
  readonly #timers = new TimerComparisons(this)
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
    this.extensions = extensions
    this.environment = environmentOf(extensions)
    this.#bus = options.bus
    this.#time = options.time
    this.#timerMoved = options.timerMoved
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
      float: extensions.has('F'),
      compressed: extensions.has('C'),
      sstc: extensions.has('Sstc'),
      senvcfg: senvcfgOf(this.environment),
    }
    let letters = (2n << 62n) | (1n << 8n) | (1n << 18n) | (1n << 20n)
    for (const [letter, bit] of [
      ['A', 0n],
      ['C', 2n],
      ['D', 3n],
      ['F', 5n],
      ['H', 7n],
      ['M', 12n],
    ] as const) {
      if (extensions.has(letter)) letters |= 1n << bit
    }
    this.misa = letters
    this.float = new FloatState(this.state, this.limits.float)
    const base = this.state.base
    this.pmp = new Pmp(
      options.pmpEntries,
      new Uint8Array(buffer, base + CsrSlot.pmpcfg0, 16),
      new BigUint64Array(buffer, base + PMPADDR_SLOT, 16),
    )
    this.translation = new Translation(this.state, memory, this.pmp, id)
    this.hypervisor = extensions.has('H')
    this.supervisor = new HartSupervisor(this)
    this.guestSupervisor = new GuestSupervisor(this)
    this.csrs = new CsrFile(this)
    this.reset()
  }

  /** State after power-on; RAM and counters of traps stay. */
  reset(): void {
    this.#words.fill(0, 0, State.end >> 2)
    this.setMode(3, 0)
    this.state.set64(State.pc, BigInt(this.memory.ramBase))
    this.set('mstatus', UXL_64 | SXL_64)
    if (!this.extensions.has('Svade')) this.set('menvcfg', this.environment & ENVCFG_ADUE)
    if (this.limits.sstc) this.set('stimecmp', 0xffff_ffff_ffff_ffffn)
    if (this.hypervisor) {
      this.set('mideleg', GUEST_INTERRUPTS)
      this.set('hstatus', VSXL_64)
      this.set('vsstatus', UXL_64)
      if (this.limits.sstc) this.set('vstimecmp', 0xffff_ffff_ffff_ffffn)
    }
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
    this.#environmentChanged()
    this.translation.restored()
    this.float.changed()
    this.trap = undefined
    this.waiting = false
    this.yielding = false
    this.#timers.configure()
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
  guestTime(): bigint {
    return BigInt.asUintN(64, this.#time() + this.get('htimedelta'))
  }
  get virtual(): boolean {
    return this.#words[I_VIRTUAL] !== 0
  }
  pendingInterrupts(): number {
    this.#timers.refresh()
    return this.#knownPending()
  }
  /** Pending bits, those of timers as they were when somebody looked at the time last. */
  #knownPending(): number {
    const words = this.#words
    const pending = words[CsrSlot.mip >> 2] | words[State.lines >> 2] | words[CsrSlot.hvip >> 2]
    return (pending & ~this.#timers.driven) | this.#timers.pending
  }
  timersChanged(): void {
    this.#timers.configure()
    this.interruptsChanged()
    this.#timerMoved()
  }
  /** When a comparison makes an interrupt pending that is not pending now. */
  timerDeadline(): bigint | undefined {
    return this.#timers.deadline()
  }
  satpWritten(): void {
    this.translation.satpWritten()
  }
  guestSpaceWritten(): void {
    this.translation.guestSpaceWritten()
  }
  translationChanged(): void {
    this.translation.select()
  }
  interruptsChanged(): void {
    if (interruptToTake(this.#words, this.#knownPending()) !== -1) this.attention = true
  }
  permissionsChanged(): void {
    this.#environmentChanged()
    this.translation.flushAll()
  }
  /** Takes over what the environment configuration says of page tables. */
  #environmentChanged(): void {
    const { translation } = this
    translation.rules = this.#pageTableRules(this.get('menvcfg'))
    translation.guest.secondStageFlags = translation.rules
    translation.guest.firstStageFlags = this.#pageTableRules(guestEnvironment(this))
  }
  #pageTableRules(environment: bigint): number {
    return (
      ((environment & ENVCFG_ADUE) !== 0n ? WalkFlag.svadu : 0) |
      ((environment & ENVCFG_PBMTE) !== 0n ? WalkFlag.svpbmt : 0) |
      (this.extensions.has('Svnapot') ? WalkFlag.svnapot : 0)
    )
  }

  /** Whether a trap to `level` goes to the monitor. */
  #monitored(level: TrapLevel): boolean {
    return level === 'M' ? this.#machineMonitor : level === 'S' && this.#supervisorMonitor
  }

  /** Changes the mode; translation and interrupts are the caller's to look at. @param virtual - 0 or 1. */
  setMode(privilege: number, virtual: number): void {
    const words = this.#words
    words[I_PRIVILEGE] = privilege
    if (words[I_VIRTUAL] !== virtual) {
      words[I_VIRTUAL] = virtual
      this.float.changed()
    }
    words[State.csrShift >> 2] = virtual === 0 ? 0 : VIRTUAL_SHIFT
    words[State.csrLevel >> 2] = privilege === 1 && virtual === 0 ? 2 : privilege
  }

  // Traps.

  /**
   * Ends the current instruction with an exception; `xtval` is in the state's trap value. Consumes the step.
   *
   * @param gva - the trap value is an address in the guest's address space.
   * @param tval2 - guest-physical address of a guest-page fault, shifted right by 2.
   * @param tinst - what is told about the instruction.
   */
  takeException(cause: number, gva = false, tval2 = 0n, tinst = 0): void {
    const words = this.#words
    words[I_LEFT]--
    this.state.floats[State.trapSteps >> 3]++
    this.state.floats[(State.exceptionCounts >> 3) + cause]++
    let level: TrapLevel = 'M'
    if (words[I_PRIVILEGE] < 3 && ((words[CsrSlot.medeleg >> 2] >> cause) & 1) !== 0) {
      const further = words[I_VIRTUAL] !== 0 && ((words[CsrSlot.hedeleg >> 2] >> cause) & 1) !== 0
      level = further ? 'VS' : 'S'
    }
    if (this.#monitored(level)) this.#leave(cause, false, gva, tval2, tinst)
    else this.#vector(cause, false, level, gva, tval2, tinst)
  }

  /** An exception with an address of the current mode's for a trap value, such as that of a fetch. */
  takeAddressException(cause: number): void {
    this.takeException(cause, this.#words[I_VIRTUAL] !== 0)
  }

  /** Takes an interrupt found by `interruptToTake`. */
  takeInterrupt(found: number): void {
    const number = found & (TO_SUPERVISOR - 1)
    this.state.floats[State.trapSteps >> 3]++
    this.state.floats[(State.interruptCounts >> 3) + number]++
    const level = found >= TO_VIRTUAL ? 'VS' : found >= TO_SUPERVISOR ? 'S' : 'M'
    this.state.set64(State.trapValue, 0n)
    if (this.#monitored(level)) this.#leave(number, true, false, 0n, 0)
    // A guest knows its interrupts by the numbers of S-mode.
    else this.#vector(level === 'VS' ? number - 1 : number, true, level, false, 0n, 0)
  }

  /** Architectural entry of a trap that the embedder made or reflects. */
  enterTrap(trap: TrapEntry, level: TrapLevel): void {
    const { cause, interrupt, privilege, virtual = false, gva = false, tval2 = 0n, tinst = 0n } = trap
    this.state.set64(State.pc, trap.pc)
    this.state.set64(State.trapValue, trap.tval)
    this.setMode(privilegeNumbers[privilege], level === 'VS' || (virtual && this.hypervisor) ? 1 : 0)
    this.#vector(cause, interrupt, level, gva, tval2, Number(tinst & 0xffff_ffffn))
  }

  #leave(cause: number, interrupt: boolean, gva: boolean, tval2: bigint, tinst: number): void {
    const words = this.#words
    this.trap = {
      cause,
      interrupt,
      tval: this.state.get64(State.trapValue),
      pc: this.state.get64(State.pc),
      privilege: privilegeNames[words[I_PRIVILEGE]],
      virtual: words[I_VIRTUAL] !== 0,
      tval2,
      tinst: BigInt(tinst),
      gva,
    }
    this.attention = true
  }

  #vector(
    cause: number,
    interrupt: boolean,
    level: TrapLevel,
    gva: boolean,
    tval2: bigint,
    tinst: number,
  ): void {
    const words = this.#words
    const slots = level === 'S' ? trapSlots.S : level === 'M' ? trapSlots.M : trapSlots.VS
    const causeSlot = slots.cause >> 2
    words[causeSlot] = cause
    words[causeSlot + 1] = interrupt ? 0x8000_0000 : 0
    this.state.copy64(slots.epc, State.pc)
    this.state.copy64(slots.tval, State.trapValue)
    const from = words[I_PRIVILEGE]
    const status = slots.status >> 2
    words[status] =
      level === 'M'
        ? statusAfterMachineTrap(words[status], from)
        : statusAfterSupervisorTrap(words[status], from)
    if (this.hypervisor && level !== 'VS') this.#leaveGuest(level, gva, tval2, tinst)
    this.setMode(level === 'M' ? 3 : 1, level === 'VS' ? 1 : 0)
    const low = words[slots.tvec >> 2]
    const base = (low & ~3) >>> 0
    const target = base + (interrupt && (low & 1) !== 0 ? 4 * cause : 0)
    words[I_PC] = target
    words[I_PC + 1] = words[(slots.tvec >> 2) + 1] + (target > 0xffff_ffff ? 1 : 0)
    this.translation.select()
    this.interruptsChanged()
  }

  /** What a trap into M- or HS-mode records for the hypervisor extension, from wherever it comes. */
  #leaveGuest(level: 'S' | 'M', gva: boolean, tval2: bigint, tinst: number): void {
    const words = this.#words
    const virtual = words[I_VIRTUAL] !== 0
    if (level === 'S') {
      words[I_HSTATUS] = hstatusAfterTrap(words[I_HSTATUS], virtual, words[I_PRIVILEGE], gva)
      this.#tell(CsrSlot.htval, tval2, tinst)
    } else {
      const high = words[I_MSTATUS + 1] & ~(StatusHigh.mpv | StatusHigh.gva)
      words[I_MSTATUS + 1] = high | (virtual ? StatusHigh.mpv : 0) | (gva ? StatusHigh.gva : 0)
      this.#tell(CsrSlot.mtval2, tval2, tinst)
    }
  }

  /** Writes `htval` and the `htinst` behind it, or `mtval2` and `mtinst`; mostly zeros, for which no `bigint` is made. */
  #tell(slot: number, tval2: bigint, tinst: number): void {
    const words = this.#words
    const at = slot >> 2
    if (tval2 === 0n) {
      words[at] = 0
      words[at + 1] = 0
    } else this.state.set64(slot, tval2)
    words[at + 2] = tinst
    words[at + 3] = 0
  }

  /** MRET or SRET, guards not included. */
  returnFrom(level: 'S' | 'M'): void {
    const words = this.#words
    const status = words[I_MSTATUS]
    if (level === 'M') {
      const to = (status & Status.mpp) >> MPP_SHIFT
      const virtual = to !== 3 && (words[I_MSTATUS + 1] & StatusHigh.mpv) !== 0
      words[I_MSTATUS] = statusAfterMachineReturn(status)
      words[I_MSTATUS + 1] &= ~StatusHigh.mpv
      this.setMode(to, virtual ? 1 : 0)
      this.state.copy64(State.pc, CsrSlot.mepc)
    } else if (words[I_VIRTUAL] !== 0) {
      const guest = words[CsrSlot.vsstatus >> 2]
      words[CsrSlot.vsstatus >> 2] = statusAfterSupervisorReturn(guest)
      this.setMode((guest & Status.spp) !== 0 ? 1 : 0, 1)
      this.state.copy64(State.pc, CsrSlot.vsepc)
    } else {
      const hstatus = words[I_HSTATUS]
      words[I_MSTATUS] = statusAfterSupervisorReturn(status)
      words[I_HSTATUS] = hstatus & ~Hstatus.spv
      this.setMode((status & Status.spp) !== 0 ? 1 : 0, (hstatus & Hstatus.spv) !== 0 ? 1 : 0)
      this.state.copy64(State.pc, CsrSlot.sepc)
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

  /** WRS, guards not included: others may run now. */
  waitForReservation(): void {
    if (this.translation.reservation === 0) return
    if ((this.pendingInterrupts() & this.#words[CsrSlot.mie >> 2]) !== 0) return
    this.yielding = true
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
      this.virtual,
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
