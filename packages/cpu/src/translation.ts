import {
  Access,
  type ContextSet,
  ContextTable,
  contextHash,
  KINDS,
  NO_VMID,
  Regime,
  SUPERPAGE_FILTER_WORDS,
  TLB_CONTEXT_SHIFT,
  TLB_ENTRY_SIZE,
  TlbView,
  WalkFault,
  WalkFlag,
} from '@worldswitch/mmu'
import { forgetAcross } from './across-entries.ts'
import { GuestSpace } from './guest-space.ts'
import type { HartState } from './hart-state.ts'
import { HostSpace } from './host-space.ts'
import type { MachineMemory, MemoryListener } from './machine-memory.ts'
import { PMP_MIXED, type Pmp } from './pmp.ts'
import {
  CsrSlot,
  REGIME_SIZE,
  REGIMES_OF_MODE,
  SHARED_SIZE,
  State,
  WATCH_ARRAY_SIZE,
} from './state-layout.ts'
import { Hstatus, MPP_SHIFT, Status, StatusHigh } from './status.ts'
import { ExceptionCause } from './trap.ts'
import { forgetContexts, tellContext, tellNoContexts } from './walk-state.ts'
import { WatchedStores } from './watched-stores.ts'

/** Answer of {@link Translation.translate}: {@link Translation.cause} says which exception. */
export const FAULT = -1
/** Answer of {@link Translation.translate}: the access is allowed, to {@link Translation.physical}, which is not RAM. */
export const NOT_RAM = -2

const REGIME_OF_PRIVILEGE = [Regime.U, Regime.S, Regime.S, Regime.M]
const regimeOf = (privilege: number, guest: boolean): number =>
  guest ? (privilege === 0 ? Regime.VU : Regime.VS) : REGIME_OF_PRIVILEGE[privilege]
/** By regime. */
const PRIVILEGES = [3, 1, 0, 1, 0]
const isGuest = (regime: number): boolean => regime >= Regime.VS
const PAGE_FAULTS = [
  ExceptionCause.loadPageFault,
  ExceptionCause.storePageFault,
  ExceptionCause.instructionPageFault,
]
const ACCESS_FAULTS = [
  ExceptionCause.loadAccessFault,
  ExceptionCause.storeAccessFault,
  ExceptionCause.instructionAccessFault,
]
const GUEST_PAGE_FAULTS = [
  ExceptionCause.loadGuestPageFault,
  ExceptionCause.storeGuestPageFault,
  ExceptionCause.instructionGuestPageFault,
]
/** Contexts at which those that were not selected for longest are given up, and how many are kept then. */
const MANY_CONTEXTS = 64
const KEPT_CONTEXTS = 32
/** Misses for which a look at all entries is little: between two of these looks there are as many, or none is taken. */
const MISSES_PER_SWEEP = 256

/**
 * Address translation of one hart: which TLB arrays and context the current state selects, and how an entry that is
 * missing is found. The generated code compares tags by itself and asks here on a miss.
 *
 * A page that holds predecoded code gets no entry in the write array but one in the watched-store array, so that only
 * stores to such pages pay for invalidation. A page in which another hart holds a reservation gets neither.
 */
export class Translation implements MemoryListener {
  /** Of the last {@link FAULT}. */
  cause = 0
  /** Of the last successful translation that was not found in the TLB. */
  physical = 0
  /** Whether the last translation may be cached: not if PMP has regions finer than the page. */
  cacheable = true
  /** Set when the selected arrays or contexts changed; whoever caches them resets it. */
  changed = false
  /** Of the last {@link FAULT} on the way to a guest's memory: the details of a guest-page fault. */
  readonly guest: GuestSpace
  readonly #state: HartState
  readonly #memory: MachineMemory
  readonly #pmp: Pmp
  readonly #tlb: TlbView
  readonly #tlbBase: number
  readonly #contexts: ContextTable
  readonly #host: HostSpace
  readonly #watched: WatchedStores
  readonly #words: Int32Array
  /** What {@link State.regimes} was written for, by virtualization mode: generation of contexts, address space, rules. */
  readonly #written = [
    { generation: -1, version: -1, rules: -1 },
    { generation: -1, version: -1, rules: -1 },
  ]
  /** Counts, by virtualization mode, what is written to `satp`, and to `vsatp` and `hgatp`. */
  readonly #versions: [number, number] = [0, 0]
  /** Of the last translation found: log2 of the size of the page. */
  #shift = 12
  /** Misses there had been when a fence last looked at all entries. */
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(state: HartState, memory: MachineMemory, pmp: Pmp, hart: number) {
    this.#state = state
    this.#words = state.words
    this.#memory = memory
    this.#pmp = pmp
    this.#tlbBase = memory.tlbOffset(hart)
    this.#words[State.tlb >> 2] = this.#tlbBase
    const superpages = new Uint32Array(
      state.words.buffer,
      state.base + State.superpages,
      SUPERPAGE_FILTER_WORDS,
    )
    this.#tlb = new TlbView(memory.memory, this.#tlbBase, memory.tlbLayout, superpages)
    this.#contexts = new ContextTable({
      exhausted: () => this.#restart(),
      added: (id, asid, sum, vmid) => tellContext(state, memory.tlbLayout.indexMask, id, asid, sum, vmid),
      retired: (contexts) => forgetContexts(state, contexts),
    })
    const allowed = (address: number, store: boolean): number =>
      pmp.allows(address, 8, store ? 1 : 0, 1) ? address : -WalkFault.access
    const reference = pmp.entries === 0 ? undefined : allowed
    this.#host = new HostSpace(state, memory, this.#contexts, reference)
    this.guest = new GuestSpace(state, memory, this.#contexts, reference)
    this.#watched = new WatchedStores(state.words)
    memory.attach(this)
  }

  /** Takes over the value of `satp`. */
  satpWritten(): void {
    this.#host.written()
    this.#versions[0]++
    this.#retireStale()
    this.select()
  }

  /** Takes over the values of `vsatp` and `hgatp`. */
  guestSpaceWritten(): void {
    this.guest.written()
    this.#versions[1]++
    const retired = this.#retireStale()
    if (retired || this.#words[State.virtual >> 2] !== 0 || this.dataGuest) this.select()
  }

  /** Whether loads and stores are the guest's, by the mode or by MPRV. */
  get dataGuest(): boolean {
    return isGuest(this.#words[State.dataRegime >> 2])
  }

  get #dataContext(): number {
    return this.#words[State.dataContext >> 2] >>> TLB_CONTEXT_SHIFT
  }

  get #fetchContext(): number {
    return this.#words[State.fetchContext >> 2] >>> TLB_CONTEXT_SHIFT
  }

  /** Of the mappings that all address spaces of a regime have; 0 when there is none. */
  #sharedContext(regime: number): number {
    if (regime !== Regime.S && regime !== Regime.VS) return 0
    const at = State.sharedContext + (regime === Regime.VS ? SHARED_SIZE : 0)
    return this.#words[at >> 2] >>> TLB_CONTEXT_SHIFT
  }

  /** SUM and MXR as walk flags, or of a guest's access its rules. */
  #rules(privilege: number, guest: boolean): number {
    return guest ? this.guest.rules(privilege) : this.#host.rules(privilege)
  }

  /** Selects arrays and contexts after a change of mode, status or address space. */
  select(): void {
    const words = this.#words
    const status = words[CsrSlot.mstatus >> 2]
    const privilege = words[State.privilege >> 2]
    const guest = words[State.virtual >> 2] !== 0
    let data = privilege
    let dataGuest = guest
    if (privilege === 3 && (status & Status.mprv) !== 0) {
      data = (status & Status.mpp) >> MPP_SHIFT
      dataGuest = data !== 3 && (words[(CsrSlot.mstatus >> 2) + 1] & StatusHigh.mpv) !== 0
    }
    let generation: number
    do {
      generation = this.#contexts.generation
      this.#writeRegimes(guest)
      if (dataGuest && !guest) this.#writeRegimes(true)
      if (privilege === 3) {
        this.#writeRegime(State.regime, 3, guest, data, dataGuest, this.#rules(data, dataGuest))
      } else this.#takeRegime(privilege, guest)
    } while (generation !== this.#contexts.generation)
  }

  /** Takes over one of {@link State.regimes}. */
  #takeRegime(privilege: number, guest: boolean): void {
    const words = this.#words
    const status = guest ? CsrSlot.vsstatus : CsrSlot.mstatus
    const index = privilege === 0 ? 0 : (words[status >> 2] & Status.sum) === 0 ? 1 : 2
    const from = (State.regimes >> 2) + (((guest ? REGIMES_OF_MODE : 0) + index) * REGIME_SIZE) / 4
    for (let i = 0; i < REGIME_SIZE / 4; i++) {
      const word = words[from + i]
      if (words[(State.regime >> 2) + i] === word) continue
      words[(State.regime >> 2) + i] = word
      this.changed = true
    }
  }

  /**
   * Writes the regimes between which generated code changes by itself: those of the less privileged modes, in the same
   * virtualization mode. The other one's stay for when it comes back.
   */
  #writeRegimes(guest: boolean): void {
    const written = this.#written[guest ? 1 : 0]
    const version = this.#versions[guest ? 1 : 0]
    const { generation } = this.#contexts
    const user = this.#rules(0, guest)
    const supervisor = this.#rules(1, guest) & ~WalkFlag.sum
    const rules = (user << 4) | supervisor
    if (written.generation === generation && written.version === version && written.rules === rules) return
    const first = State.regimes + (guest ? REGIMES_OF_MODE * REGIME_SIZE : 0)
    this.#writeRegime(first, 0, guest, 0, guest, user)
    this.#writeRegime(first + REGIME_SIZE, 1, guest, 1, guest, supervisor)
    this.#writeRegime(first + 2 * REGIME_SIZE, 1, guest, 1, guest, supervisor | WalkFlag.sum)
    const shared = guest ? this.guest.sharedContext : this.#host.sharedContext
    const offset = guest ? SHARED_SIZE : 0
    for (let kind = 0; kind < KINDS; kind++) this.#tlb.expect(Regime.M, kind, shared)
    this.#words[(State.sharedTlb + offset) >> 2] = this.#arrayBase(Regime.M, Access.read, shared)
    this.#words[(State.sharedContext + offset) >> 2] = shared << TLB_CONTEXT_SHIFT
    written.generation = generation
    written.version = version
    written.rules = rules
  }

  /** Writes where a mode finds its translations. @param at - offset in the state block. */
  #writeRegime(
    at: number,
    privilege: number,
    guest: boolean,
    data: number,
    dataGuest: boolean,
    rules: number,
  ): void {
    const fetchContext = (guest ? this.guest : this.#host).context(privilege, 0)
    const dataContext = (dataGuest ? this.guest : this.#host).context(data, rules)
    const regime = regimeOf(data, dataGuest)
    this.#tlb.expect(regime, Access.read, dataContext)
    this.#tlb.expect(regime, Access.write, dataContext)
    this.#tlb.expect(regimeOf(privilege, guest), Access.execute, fetchContext)
    const put = (field: number, value: number): void => {
      const word = (at - State.regime + field) >> 2
      if (this.#words[word] === value) return
      this.#words[word] = value
      this.changed = true
    }
    put(State.dataRegime, regime)
    put(State.dataTlb, this.#arrayBase(regime, Access.read, dataContext))
    put(State.dataWatch, this.#state.base + State.watch + regime * WATCH_ARRAY_SIZE)
    put(State.dataContext, dataContext << TLB_CONTEXT_SHIFT)
    put(State.dataContext + 4, 0)
    put(State.fetchTlb, this.#arrayBase(regimeOf(privilege, guest), Access.execute, fetchContext))
    put(State.fetchContext, fetchContext << TLB_CONTEXT_SHIFT)
    put(State.fetchContext + 4, 0)
  }

  /** What generated code combines an index with, by exclusive or: arrays are aligned to their size. */
  #arrayBase(regime: number, kind: number, context: number): number {
    const { arrayOffset, indexMask } = this.#memory.tlbLayout
    return (this.#tlbBase + arrayOffset(regime, kind)) ^ (contextHash(context, indexMask) * TLB_ENTRY_SIZE)
  }

  /**
   * Translates an access that does not cross a page.
   *
   * @param kind - one of `Access`, not execute.
   * @param bytes - of the access, for PMP.
   * @returns linear address, {@link FAULT} or {@link NOT_RAM}.
   */
  translate(kind: number, low: number, high: number, bytes: number): number {
    const regime = this.#words[State.dataRegime >> 2]
    const known = this.#tlb.lookup(regime, kind, low, high, 1, this.#dataContext)
    if (known !== -1) return known
    if (kind === Access.write) {
      const watched = this.#watched.lookup(regime, low, high, this.#dataContext)
      if (watched !== -1) return watched
    }
    const shared = this.#copyShared(regime, kind, low, high, this.#dataContext)
    if (shared !== -1) return shared
    const privilege = PRIVILEGES[regime]
    const guest = isGuest(regime)
    const result = this.#find(kind, low, high, bytes, privilege, this.#rules(privilege, guest), guest)
    if (result < 0 || !this.cacheable) return result
    this.#keepShared(regime, kind, this.#dataContext)
    const linear = result >>> 0
    const records = kind === Access.write ? this.#memory.code.recordsAt(linear) : 0
    if (kind === Access.write && this.#memory.reservedByAnother(this, linear)) return linear
    if (records !== 0) this.#watched.fill(regime, low, high, this.#dataContext, linear, records)
    else this.#fill(regime, kind, low, high, this.#dataContext, (linear - low) | 0)
    return linear
  }

  /**
   * Translates an access of HLV, HLVX or HSV that does not cross a page: as the guest would in the mode that
   * `hstatus.SPVP` says. What the guest has in the TLB is used, but nothing is entered there.
   *
   * @param kind - read or write of `Access`.
   * @param executable - HLVX.
   * @returns linear address, {@link FAULT} or {@link NOT_RAM}.
   */
  translateForGuest(kind: number, low: number, high: number, bytes: number, executable: boolean): number {
    const privilege = (this.#state.words[CsrSlot.hstatus >> 2] & Hstatus.spvp) !== 0 ? 1 : 0
    const rules = this.guest.rules(privilege)
    const known = this.#knownToGuest(kind, low, high, bytes, privilege, executable ? 0 : rules, executable)
    if (known !== -1) return known
    const found = this.#find(kind, low, high, bytes, privilege, rules, true, executable)
    // What is read as code must be code and data to the machine, too.
    if (found === FAULT || !executable || this.#pmp.allows(this.physical, bytes, Access.execute, privilege))
      return found
    this.cause = ExceptionCause.loadAccessFault
    return FAULT
  }

  /** What the TLB has for {@link translateForGuest}, of an HLVX the page as code, which PMP must let be read; or -1. */
  #knownToGuest(
    kind: number,
    low: number,
    high: number,
    bytes: number,
    privilege: number,
    rules: number,
    executable: boolean,
  ): number {
    const context = this.guest.knownContext(privilege, rules)
    if (context === 0) return -1
    const regime = privilege === 0 ? Regime.VU : Regime.VS
    if (!executable) return this.#tlb.lookup(regime, kind, low, high, 1, context)
    const page = low & ~0xfff
    const records = this.#tlb.lookup(regime, Access.execute, page, high, 1, context)
    if (records === -1) return -1
    const { code, ramBase, ramOffset } = this.#memory
    const linear = code.instructionOf((records - page) >>> 0) + (low & 0xfff)
    return this.#pmp.allows(linear - ramOffset + ramBase, bytes, Access.read, privilege) ? linear : -1
  }

  /**
   * Translates an instruction fetch of a halfword.
   *
   * @returns its linear address or {@link FAULT}. Unless {@link cacheable} is false, the execute array now leads to the
   *   page's records.
   */
  fetch(low: number, high: number): number {
    const privilege = this.#words[State.privilege >> 2]
    const guest = this.#words[State.virtual >> 2] !== 0
    const context = this.#fetchContext
    const regime = regimeOf(privilege, guest)
    const page = low & ~0xfff
    const code = this.#memory.code
    let known = this.#tlb.lookup(regime, Access.execute, page, high, 1, context)
    if (known === -1) known = this.#copyShared(regime, Access.execute, page, high, context)
    if (known !== -1) {
      this.cacheable = true
      return code.instructionOf((known - page) >>> 0) + (low & 0xfff)
    }
    const result = this.#find(Access.execute, low, high, 2, privilege, 0, guest)
    if (result === NOT_RAM) {
      this.cause = ExceptionCause.instructionAccessFault
      return FAULT
    }
    if (result < 0 || !this.cacheable) return result
    this.#keepShared(regime, Access.execute, context)
    const records = code.obtain(result)
    this.#fill(regime, Access.execute, low, high, this.#fetchContext, records)
    return result
  }

  /**
   * Sees to it that what was found last can be entered in the context in hand: if that is the one that all address spaces
   * share, and what was found is not theirs, this mode gets a context for each of them.
   */
  #keepShared(regime: number, kind: number, context: number): void {
    if (context !== this.#sharedContext(regime) || this.#isShared(regime, kind)) return
    const guest = isGuest(regime)
    const space = guest ? this.guest : this.#host
    space.keepPrivate()
    this.#versions[guest ? 1 : 0]++
    this.select()
  }

  /** Whether what was found last holds in all address spaces, whatever SUM and MXR say. */
  #isShared(regime: number, kind: number): boolean {
    return regime === Regime.VS ? this.guest.isShared(kind, this.guest.rules(1)) : this.#host.isShared(kind)
  }

  /**
   * Takes over what another address space has found in a mapping that all of them have. These are kept in the arrays of
   * M-mode, which firmware hardly uses, those of guests, too.
   */
  #copyShared(regime: number, kind: number, low: number, high: number, context: number): number {
    const shared = this.#sharedContext(regime)
    if (shared === 0) return -1
    return this.#tlb.copy(kind, low, high, { regime: Regime.M, context: shared }, { regime, context })
  }

  /** Enters the translation found last, for all address spaces where it is theirs whatever SUM and MXR say. */
  #fill(regime: number, kind: number, low: number, high: number, context: number, addend: number): void {
    this.#tlb.fill(regime, kind, low, high, context, addend, this.#shift)
    const shared = this.#sharedContext(regime)
    if (shared === 0) return
    if (this.#isShared(regime, kind)) this.#tlb.fill(Regime.M, kind, low, high, shared, addend, this.#shift)
  }

  /** SFENCE.VMA outside of guests. @param asid - undefined: all address spaces. */
  fence(address: bigint | undefined, asid: number | undefined): void {
    this.#fenceFirstStage(address, asid, NO_VMID)
  }

  /** HFENCE.VVMA, or SFENCE.VMA in the guest. @param asid - undefined: all address spaces of the virtual machine. */
  fenceGuest(address: bigint | undefined, asid: number | undefined, vmid = this.guest.vmid): void {
    this.#fenceFirstStage(address, asid, vmid)
  }

  #fenceFirstStage(address: bigint | undefined, asid: number | undefined, vmid: number): void {
    this.#fence(
      address,
      asid === undefined ? this.#contexts.ofAllAsids(vmid) : this.#contexts.ofAsid(asid, vmid),
    )
  }

  /**
   * HFENCE.GVMA. Entries do not say which guest-physical address they came by: all of a machine's are dropped.
   *
   * @param vmid - undefined: all virtual machines.
   */
  fenceSecondStage(vmid: number | undefined): void {
    this.guest.walker.forget()
    this.#fence(undefined, vmid === undefined ? this.#contexts.ofAllVmids() : this.#contexts.ofVmid(vmid))
  }

  #fence(address: bigint | undefined, contexts: ContextSet): void {
    this.#state.floats[State.fences >> 3]++
    if (address !== undefined) {
      const low = Number(address & 0xffff_ffffn)
      const high = Number((address >> 32n) & 0xffff_ffffn)
      if (this.#mayFlushPage(low, high)) {
        this.#tlb.flushPage(low, high, contexts)
        this.#watched.forget()
        this.changed = true
        return
      }
    }
    this.#contexts.retire(contexts)
    this.#forgetContexts()
    this.select()
  }

  /**
   * Whether a fence of an address may look for its entries. Those of a superpage can be anywhere, and whoever fences one
   * over and over gets more flushed than was asked for, which any fence may do.
   */
  #mayFlushPage(low: number, high: number): boolean {
    if (!this.#tlb.mayHoldSuperpage(low, high)) return true
    const misses = this.#state.floats[State.tlbMisses >> 3]
    if (misses - this.#sweptAt < MISSES_PER_SWEEP) return false
    this.#sweptAt = misses
    return true
  }

  /**
   * Keeps the address spaces few that a fence of an address has to look at: those of processes that ended stay otherwise.
   *
   * @returns whether ids that may be in use were given up: {@link select} anew.
   */
  #retireStale(): boolean {
    if (this.#contexts.live < MANY_CONTEXTS) return false
    this.#contexts.retire(this.#contexts.stale(KEPT_CONTEXTS))
    this.#forgetContexts()
    return true
  }

  /** Context ids have lost their meaning, those of bare addresses left out. */
  #forgetContexts(): void {
    this.#host.forget()
    this.guest.forget()
    this.#versions[0]++
    this.#versions[1]++
  }

  /** Drops every cached translation. */
  flushAll(): void {
    this.#tlb.flushAll()
    this.guest.walker.forget()
    this.#watched.forgetAll()
    this.changed = true
  }

  /** Starts over after the state block was replaced. */
  restored(): void {
    this.flushAll()
    this.#sweptAt = Number.NEGATIVE_INFINITY
    this.#host.forgetPrivate()
    this.guest.forgetPrivate()
    this.guest.written()
    this.satpWritten()
  }

  watchPage(linear: number): void {
    this.#tlb.flushTarget(Access.write, linear)
  }

  forgetCode(): void {
    forgetAcross(this.#state)
    this.flushAll()
  }

  get reservation(): number {
    return this.#state.words[State.reservation >> 2] >>> 0
  }

  breakReservation(linear: number, bytes: number): void {
    const reserved = this.reservation
    if (linear < reserved + 8 && linear + bytes > reserved) this.#state.words[State.reservation >> 2] = 0
  }

  /** Makes the stores of this hart to pages reserved by others come through {@link translate}. */
  heedReservations(): void {
    this.#words[State.foreignReservations >> 2] = 0
    this.#memory.eachForeignReservation(this, (linear) => {
      this.#words[State.foreignReservations >> 2] = 1
      this.#tlb.flushTarget(Access.write, linear)
      this.#watched.forget()
    })
  }

  /** All context ids are used up: nothing cached can be told apart any more. */
  #restart(): void {
    tellNoContexts(this.#state)
    this.#forgetContexts()
    this.#host.forgetBare()
    this.flushAll()
  }

  /**
   * Finds what the TLB does not hold.
   *
   * @param flags - SUM and MXR as walk flags, or of a guest's access its rules.
   */
  #find(
    kind: number,
    low: number,
    high: number,
    bytes: number,
    privilege: number,
    flags: number,
    guest: boolean,
    executable = false,
  ): number {
    const floats = this.#state.floats
    floats[State.tlbMisses >> 3]++
    const fault = guest
      ? this.guest.walk(low, high, kind, privilege, flags, executable)
      : this.#host.walk(low, high, kind, privilege, flags)
    const { references, page, shift } = guest ? this.guest.walker.result : this.#host.result
    floats[State.walkReferences >> 3] += references
    if (fault !== WalkFault.none) {
      const causes =
        fault === WalkFault.page
          ? PAGE_FAULTS
          : fault === WalkFault.guestPage
            ? GUEST_PAGE_FAULTS
            : ACCESS_FAULTS
      this.cause = causes[kind]
      return FAULT
    }
    this.#shift = shift
    const physical = page + (low & 0xfff)
    this.physical = physical
    const permissions = this.#pmp.page(page, privilege)
    this.cacheable = permissions !== PMP_MIXED
    const allowed = this.cacheable
      ? (permissions & (1 << kind)) !== 0
      : this.#pmp.allows(physical, bytes, kind, privilege)
    if (!allowed) {
      this.cause = ACCESS_FAULTS[kind]
      return FAULT
    }
    const linear = this.#memory.linearOf(physical)
    return linear === -1 ? NOT_RAM : linear
  }
}
