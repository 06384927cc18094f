import {
  Access,
  type ContextTable,
  PageWalker,
  type PagingScheme,
  PteBit,
  type PteReference,
  schemeOfMode,
  schemes,
  WalkFlag,
  type WalkResult,
} from '@worldswitch/mmu'
import type { HartState } from './hart-state.ts'
import type { MachineMemory } from './machine-memory.ts'
import { CsrSlot, State, Tables } from './state-layout.ts'
import { Status } from './status.ts'
import { tellTables } from './walk-state.ts'

/** The address space of a hart outside of guests: what `satp` leads to, under SUM and MXR of `sstatus`. */
export class HostSpace {
  readonly #state: HartState
  readonly #contexts: ContextTable
  readonly #walker: PageWalker
  #scheme: PagingScheme = schemes.bare
  #mode = 0
  #asid = 0
  #root = 0
  /** Context ids by SUM and MXR; 0 when not asked for yet. */
  readonly #ids = new Uint16Array(4)
  #bare = 0
  #isPrivate = false

  /** @param reference - where a reference to a PTE goes, by its physical address; see `PageWalker`. */
  constructor(
    state: HartState,
    memory: MachineMemory,
    contexts: ContextTable,
    reference: PteReference | undefined,
  ) {
    this.#state = state
    this.#contexts = contexts
    this.#walker = new PageWalker(memory, reference)
  }

  /** What the last walk found. */
  get result(): WalkResult {
    return this.#walker.result
  }

  /** Takes over the value of `satp`. */
  written(): void {
    const { words } = this.#state
    const low = words[CsrSlot.satp >> 2] >>> 0
    const high = words[(CsrSlot.satp >> 2) + 1] >>> 0
    this.#mode = high >>> 28
    this.#asid = (high >>> 12) & 0xffff
    this.#root = (high & 0xfff) * 0x1_0000_0000 + low
    this.#scheme = schemeOfMode(this.#mode) ?? schemes.bare
    tellTables(this.#state, State.tables, this.#scheme, this.#root)
    this.forget()
  }

  /** Context ids have lost their meaning, that of bare addresses left out. */
  forget(): void {
    this.#ids.fill(0)
  }

  /** That of bare addresses has. */
  forgetBare(): void {
    this.#bare = 0
  }

  /**
   * S-mode has found a page that not all address spaces have: from now on it has a context for each. Before, what it does
   * without SUM and MXR is all in {@link HostSpace.sharedContext}.
   */
  keepPrivate(): void {
    this.#isPrivate = true
  }

  /** Nothing is known of pages that not all address spaces have. */
  forgetPrivate(): void {
    this.#isPrivate = false
  }

  /** SUM and MXR now, as walk flags. @param privilege - 0 U, 1 S. */
  rules(privilege: number): number {
    const status = this.#state.words[CsrSlot.mstatus >> 2]
    return (
      (privilege === 1 && (status & Status.sum) !== 0 ? WalkFlag.sum : 0) |
      ((status & Status.mxr) !== 0 ? WalkFlag.mxr : 0)
    )
  }

  /** The context of TLB entries made in a mode under rules. */
  context(privilege: number, rules: number): number {
    if (privilege === 3 || this.#mode === 0) {
      if (this.#bare === 0) this.#bare = this.#contexts.select(0, 0, false, false)
      return this.#bare
    }
    if (privilege === 1 && rules === 0 && !this.#isPrivate) return this.sharedContext
    const known = this.#ids[rules]
    if (known !== 0) return known
    const id = this.#contexts.select(this.#mode, this.#asid, (rules & 1) !== 0, (rules & 2) !== 0)
    this.#ids[rules] = id
    return id
  }

  /** The context of the mappings that all address spaces of its mode have; 0 with bare addresses. */
  get sharedContext(): number {
    return this.#mode === 0 ? 0 : this.#contexts.shared(this.#mode)
  }

  /** Whether the translation found last holds in all address spaces, whatever SUM and MXR say. @param kind - of the access that it was found for. */
  isShared(kind: number): boolean {
    const { bits, global } = this.#walker.result
    return global && (bits & PteBit.user) === 0 && (kind !== Access.read || (bits & PteBit.read) !== 0)
  }

  /**
   * Translates; the details are in {@link HostSpace.result}.
   *
   * @param kind - one of `Access`.
   * @param privilege - of the access.
   * @param rules - SUM and MXR as walk flags.
   * @returns one of `WalkFault`.
   */
  walk(low: number, high: number, kind: number, privilege: number, rules: number): number {
    const flags = rules | this.#state.words[(State.tables + Tables.rules) >> 2]
    return this.#walker.walk(this.#scheme, this.#root, low, high, kind, privilege, flags)
  }
}
