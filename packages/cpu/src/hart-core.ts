import { type SatpMode, schemes, WalkFlag } from '@worldswitch/mmu'
import { type CountedTime, tellTime } from './counted-time.ts'
import { ENVCFG_ADUE, ENVCFG_PBMTE, environmentOf, senvcfgOf } from './csr-environment.ts'
import { CsrFile } from './csr-file.ts'
import { guestEnvironment } from './csr-hypervisor.ts'
import { GUEST_INTERRUPTS } from './csr-legalize.ts'
import type { CsrHost } from './csr-row.ts'
import type { SupervisorLimits, SupervisorState } from './csr-supervisor.ts'
import { FloatState } from './float-state.ts'
import { HartMemory } from './hart-memory.ts'
import type { HartExtension, MonitorLevel } from './hart-options.ts'
import { GuestSupervisor, HartSupervisor } from './hart-supervisor.ts'
import type { InstructionCache } from './instruction-cache.ts'
import { interruptToTake, TO_SUPERVISOR, TO_VIRTUAL } from './interrupts.ts'
import type { MachineMemory } from './machine-memory.ts'
import type { PhysicalBus } from './physical-bus.ts'
import { CsrSlot, type CsrSlotName, PMPADDR_SLOT, State, Tables, VIRTUAL_SHIFT } from './state-layout.ts'
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
import type { PrivilegeMode, Trap, TrapEntry } from './trap.ts'
import { tellMemory } from './walk-state.ts'

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
  readonly sensitiveHoles: boolean
  readonly time: () => bigint
  readonly countedTime: () => CountedTime | undefined
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

const ASID = 0xffff

const I_PC = State.pc >> 2
const I_LEFT = State.left >> 2
const I_DEFERRED = State.deferred >> 2
const I_PRIVILEGE = State.privilege >> 2
const I_VIRTUAL = State.virtual >> 2
const I_MSTATUS = CsrSlot.mstatus >> 2
const I_HSTATUS = CsrSlot.hstatus >> 2

/**
 * What the engines of a hart have in common: state, CSRs, traps, interrupts and memory accesses in their general
 * form. Hot paths are numeric; nothing here throws for a guest's sake.
 */
export class HartCore extends HartMemory implements CsrHost {
  readonly id: number
  readonly float: FloatState
  readonly csrs: CsrFile
  readonly supervisor: SupervisorState
  readonly limits: SupervisorLimits
  readonly extensions: ReadonlySet<HartExtension>
  readonly environment: bigint
  readonly misa: bigint
  readonly guestSupervisor: SupervisorState
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
  readonly #time: () => bigint
  readonly #countedTime: () => CountedTime | undefined
  readonly #timerMoved: () => void
  readonly #timers = new TimerComparisons(this)
  readonly #machineMonitor: boolean
  readonly #supervisorMonitor: boolean
  readonly sensitiveHoles: boolean
  readonly #pmpOpen: boolean
  readonly #words: Int32Array

  constructor(options: HartConfiguration, instructions: InstructionCache) {
    super(options, instructions)
    const { id, extensions, satpModes } = options
    this.id = id
    this.extensions = extensions
    this.environment = environmentOf(extensions)
    this.#time = options.time
    this.#countedTime = options.countedTime
    this.#timerMoved = options.timerMoved
    this.#machineMonitor = options.monitor === 'M'
    this.#supervisorMonitor = options.monitor === 'S' || options.monitor === 'HS'
    this.#pmpOpen = options.pmpOpen
    this.sensitiveHoles = options.sensitiveHoles
    this.#words = this.state.words
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
      this.state.setByte(CsrSlot.pmpcfg0 + last, 0x1f)
    }
    this.restored()
  }

  /** Recomputes everything that is derived from the state block. */
  restored(): void {
    this.pmp.refresh()
    tellMemory(this.state, this.memory, this.pmp)
    this.#words[State.statusMask >> 2] = this.float.supervisorBits
    this.#words[State.tells >> 2] = this.hypervisor ? -1 : 0
    this.#words[State.supervisorTakes >> 2] = this.#supervisorMonitor ? 0 : -1
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
  guestTime(time = this.#time()): bigint {
    return BigInt.asUintN(64, time + this.get('htimedelta'))
  }
  /** Says what `time` is to generated code, which begins to run. */
  tellTime(): void {
    tellTime(this.state, this.#countedTime())
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
    this.state.floats[State.fences >> 3]++
    this.translation.satpWritten()
  }
  guestSpaceWritten(): void {
    this.state.floats[State.fences >> 3]++
    this.translation.guestSpaceWritten()
  }
  translationChanged(): void {
    this.translation.select()
  }
  override interruptsChanged(): void {
    if (interruptToTake(this.#words, this.#knownPending()) !== -1) this.attention = true
  }
  permissionsChanged(): void {
    tellMemory(this.state, this.memory, this.pmp)
    this.#environmentChanged()
    this.translation.flushAll()
  }
  /** Takes over what the environment configuration says of page tables. */
  #environmentChanged(): void {
    const rules = this.#pageTableRules(this.get('menvcfg'))
    this.#words[(State.tables + Tables.rules) >> 2] = rules
    this.#words[(State.gTables + Tables.rules) >> 2] = rules
    this.#words[(State.vsTables + Tables.rules) >> 2] = this.#pageTableRules(guestEnvironment(this))
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
  override takeException(cause: number, gva = false, tval2 = 0n, tinst = 0): void {
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

  /** SFENCE.VMA, guards not included: of the slow address, in the address space that the slow value names. */
  fenceTranslations(hasAddress: boolean, hasAsid: boolean): void {
    const address = hasAddress ? this.state.get64(State.slowAddress) : undefined
    const asid = hasAsid ? this.#words[State.slowValue >> 2] & ASID : undefined
    if (this.virtual) this.translation.fenceGuest(address, asid)
    else this.translation.fence(address, asid)
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
}
