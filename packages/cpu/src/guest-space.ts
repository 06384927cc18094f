import {
  Access,
  type ContextTable,
  gStageSchemeOfMode,
  gStageSchemes,
  PteBit,
  schemeOfMode,
  schemes,
  TwoStageWalker,
  WalkFlag,
} from '@worldswitch/mmu'
import type { HartState } from './hart-state.ts'
import type { MachineMemory } from './machine-memory.ts'
import { CsrSlot, State, TABLE_PAGES, Tables } from './state-layout.ts'
import { Status } from './status.ts'
import { tellTables } from './walk-state.ts'

/** Rules of an access to a guest's memory, as bits. SUM and MXR are at the places that walk flags have. */
const GuestRule = {
  /** SUM of `vsstatus`. */
  sum: WalkFlag.sum,
  /** MXR of `vsstatus` or `sstatus`: of the first stage. */
  mxr: WalkFlag.mxr,
  /** MXR of `sstatus`: of both stages. */
  mxrOfBoth: 4,
} as const

const RULES = 8

/**
 * The address space of a hart's guest: what `vsatp` and `hgatp` lead to, under the rules of `vsstatus`, `sstatus` and
 * the environment configuration. Privileged ISA, "Two-Stage Address Translation".
 */
export class GuestSpace {
  readonly walker: TwoStageWalker
  vmid = 0
  readonly #state: HartState
  readonly #contexts: ContextTable
  /** Context ids by {@link GuestRule} bits; 0 when not asked for yet. */
  readonly #ids = new Uint16Array(RULES)
  /** Its {@link GuestSpace.sharedContext}; 0 when not asked for yet. */
  #shared = 0
  /** Virtual machines of which {@link GuestSpace.keepPrivate} was told. */
  readonly #private = new Set<number>()
  #mode = 0
  #asid = 0
  #secondMode = 0

  /** @param reference - where a reference to a PTE goes, by its physical address; see `TwoStageWalker`. */
  constructor(
    state: HartState,
    memory: MachineMemory,
    contexts: ContextTable,
    reference: ((address: number, store: boolean) => number) | undefined,
  ) {
    this.#state = state
    this.#contexts = contexts
    const at = State.tablePages >> 3
    this.walker = new TwoStageWalker(memory, reference, state.floats.subarray(at, at + 2 * TABLE_PAGES))
  }

  /** Takes over the values of `vsatp` and `hgatp`. */
  written(): void {
    const words = this.#state.words
    const vsatp = CsrSlot.vsatp >> 2
    const hgatp = CsrSlot.hgatp >> 2
    const first = words[vsatp + 1] >>> 0
    const second = words[hgatp + 1] >>> 0
    this.#mode = first >>> 28
    this.#asid = (first >>> 12) & 0xffff
    this.#secondMode = second >>> 28
    this.vmid = (second >>> 12) & 0x3fff
    const scheme = schemeOfMode(this.#mode) ?? schemes.bare
    const root = (first & 0xfff) * 0x1_0000_0000 + (words[vsatp] >>> 0)
    this.walker.setVsStage(scheme, root)
    tellTables(this.#state, State.vsTables, scheme, root)
    const secondScheme = gStageSchemeOfMode(this.#secondMode) ?? gStageSchemes.bare
    // Of 16 KiB: the lowest two bits of the register are zero.
    const secondRoot = (second & 0xfff) * 0x1_0000_0000 + ((words[hgatp] & ~3) >>> 0)
    this.walker.setGStage(secondScheme, secondRoot)
    tellTables(this.#state, State.gTables, secondScheme, secondRoot)
    this.forget()
  }

  /** As {@link HostSpace.keepPrivate}, of the virtual machine's VS-mode. */
  keepPrivate(): void {
    this.#private.add(this.vmid)
  }

  /** As {@link HostSpace.forgetPrivate}, of all of them. */
  forgetPrivate(): void {
    this.#private.clear()
  }

  /** All context ids have lost their meaning. */
  forget(): void {
    this.#ids.fill(0)
    this.#shared = 0
  }

  /** The rules of an explicit access now. @param privilege - 0 VU, 1 VS. */
  rules(privilege: number): number {
    const words = this.#state.words
    const guest = words[CsrSlot.vsstatus >> 2]
    const both = (words[CsrSlot.mstatus >> 2] & Status.mxr) !== 0
    return (
      (privilege === 1 && (guest & Status.sum) !== 0 ? GuestRule.sum : 0) |
      (both || (guest & Status.mxr) !== 0 ? GuestRule.mxr : 0) |
      (both ? GuestRule.mxrOfBoth : 0)
    )
  }

  /** As {@link GuestSpace.context}, but 0 when there are no such entries since the space was written. */
  knownContext(privilege: number, rules: number): number {
    return this.#isShared(privilege, rules) ? this.#shared : this.#ids[rules]
  }

  #isShared(privilege: number, rules: number): boolean {
    return privilege === 1 && rules === 0 && this.#mode !== 0 && !this.#private.has(this.vmid)
  }

  /** The context of TLB entries made in a mode under rules. */
  context(privilege: number, rules: number): number {
    if (this.#isShared(privilege, rules)) return this.sharedContext
    const known = this.#ids[rules]
    if (known !== 0) return known
    const id = this.#contexts.select(
      this.#mode,
      this.#asid,
      (rules & GuestRule.sum) !== 0,
      (rules & GuestRule.mxr) !== 0,
      this.vmid,
      this.#secondMode,
      (rules & GuestRule.mxrOfBoth) !== 0,
    )
    this.#ids[rules] = id
    return id
  }

  /** The context of the mappings that all of its first stage's address spaces have; 0 without a first stage. */
  get sharedContext(): number {
    if (this.#mode === 0) return 0
    this.#shared = this.#contexts.shared(this.#mode, this.vmid, this.#secondMode)
    return this.#shared
  }

  /**
   * Whether the translation found last holds in all address spaces of the first stage, whatever SUM and MXR say.
   *
   * @param kind - of the access that it was found for. @param rules - {@link GuestRule} bits.
   */
  isShared(kind: number, rules: number): boolean {
    const { result, vsStage } = this.walker
    if (!result.global || (vsStage.bits & PteBit.user) !== 0) return false
    return kind !== Access.read || (rules & (GuestRule.mxr | GuestRule.mxrOfBoth)) === 0
  }

  /**
   * Translates; the details are in the walker's result.
   *
   * @param kind - one of `Access`.
   * @param privilege - 0 VU, 1 VS.
   * @param rules - {@link GuestRule} bits.
   * @param hlvx - a read that needs permission to execute instead.
   * @returns one of `WalkFault`.
   */
  walk(low: number, high: number, kind: number, privilege: number, rules: number, hlvx: boolean): number {
    const { words } = this.#state
    const access = hlvx ? WalkFlag.hlvx : 0
    const first =
      words[(State.vsTables + Tables.rules) >> 2] | access | (rules & (GuestRule.sum | GuestRule.mxr))
    const second =
      words[(State.gTables + Tables.rules) >> 2] |
      access |
      ((rules & GuestRule.mxrOfBoth) !== 0 ? WalkFlag.mxr : 0)
    return this.walker.walk(low, high, kind, privilege, first, second)
  }
}
