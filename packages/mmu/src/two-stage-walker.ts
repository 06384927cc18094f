import { PageWalker, type PteReference } from './page-walker.ts'
import { type PagingScheme, schemes } from './paging-scheme.ts'
import { TwoStageResult } from './two-stage-result.ts'
import type { WalkMemory } from './walk-memory.ts'
import { Access, PrivilegeLevel, WalkFault, WalkFlag, type WalkResult } from './walk-result.ts'

/** `htinst` of a guest-page fault on the read of a VS-stage PTE. */
const READ_PTE = 0x3000
/** `htinst` of a guest-page fault on the update of A or D in a VS-stage PTE. */
const WRITE_PTE = 0x3020
/** Flags that concern the access itself and not the implicit ones made to translate it. */
const EXPLICIT = WalkFlag.mxr | WalkFlag.hlvx | WalkFlag.sum

/** In the tag of a page with VS-stage PTEs: its guest-physical page number begins here; below it are the G-stage's `WalkFlag` bits. */
export const TABLE_TAG_SHIFT = 6

/**
 * Two-stage translation: a VS-stage walk whose every PTE is found through the G-stage, and the G-stage walk of what
 * it leads to. Numbers only, as {@link PageWalker}; a walk ends after at most 35 references (Sv57 over Sv57x4), or 40
 * when A or D of a VS-stage PTE is updated, whatever the tables hold. A walker may remember where the G-stage has VS-stage
 * PTEs: as what a TLB holds, that stays until a fence.
 *
 * @see Privileged ISA, "Two-Stage Address Translation"
 */
export class TwoStageWalker {
  /** Outcome of the last walk, overwritten by the next one. */
  readonly result = new TwoStageResult()
  readonly #vs: PageWalker
  readonly #g: PageWalker
  readonly #reference: PteReference | undefined
  #vsScheme: PagingScheme = schemes.bare
  #vsRoot = 0
  #gScheme: PagingScheme = schemes.bare
  #gRoot = 0
  #implicitFlags = 0
  /** Whether the G-stage refused the VS-stage PTE asked for last. */
  #pteLost = false
  /** Tags of pages with VS-stage PTEs, by the lowest bits of their numbers. */
  readonly #tags: Float64Array
  /** Where the G-stage leads them to, for reads. */
  readonly #hostPages: Float64Array

  /**
   * @param memory - supervisor-physical memory.
   * @param reference - asked before every reference to a PTE of either stage, with its supervisor-physical address.
   * @param tablePages - where pages with VS-stage PTEs are remembered, for which the G-stage is not walked until
   *   {@link TwoStageWalker.forget}: tags as {@link TABLE_TAG_SHIFT} says, -1 without a page, as many as a power of two, at
   *   the place of the page number's lowest bits; then as many supervisor-physical addresses. Generated code may use it, too.
   *   Without room every walk makes all of its references.
   */
  constructor(memory: WalkMemory, reference?: PteReference, tablePages: Float64Array = new Float64Array(0)) {
    this.#tags = tablePages.subarray(0, tablePages.length / 2)
    this.#hostPages = tablePages.subarray(tablePages.length / 2)
    this.forget()
    this.#reference = reference
    this.#g = new PageWalker(memory, reference)
    this.#vs = new PageWalker(memory, (address, store) => this.#vsStagePte(address, store))
  }

  /** What the VS-stage part of the last walk found; without a VS-stage, of an earlier walk. */
  get vsStage(): WalkResult {
    return this.#vs.result
  }

  /** What the last G-stage walk found: after a successful translation, that of the access itself. */
  get gStage(): WalkResult {
    return this.#g.result
  }

  /**
   * Takes over `vsatp`.
   *
   * @param scheme - one of `schemes`.
   * @param rootPpn - guest-physical page number of the root table, `[0, 2^44)`.
   */
  setVsStage(scheme: PagingScheme, rootPpn: number): void {
    this.#vsScheme = scheme
    this.#vsRoot = rootPpn
  }

  /**
   * Takes over `hgatp`.
   *
   * @param scheme - one of `gStageSchemes`.
   * @param rootPpn - page number of the 16 KiB root table; the lowest two bits are ignored, as the register has them
   *   read-only zero.
   */
  setGStage(scheme: PagingScheme, rootPpn: number): void {
    const root = rootPpn - (rootPpn % 4)
    if (scheme === this.#gScheme && root === this.#gRoot) return
    this.#gScheme = scheme
    this.#gRoot = root
    this.forget()
  }

  /**
   * Forgets what was remembered of the G-stage. To be called at every fence of the G-stage, and when `reference` would
   * answer otherwise than before.
   */
  forget(): void {
    this.#tags.fill(-1)
  }

  /**
   * Translates one address; the details are in {@link TwoStageWalker.result}.
   *
   * @param vaLow - bits 31..0 of the address, signed or unsigned.
   * @param vaHigh - bits 63..32 of the address, signed or unsigned.
   * @param access - one of {@link Access}. AMOs and store-conditionals are writes.
   * @param privilege - S for VS-mode or U for VU-mode.
   * @param vsFlags - `WalkFlag` bits of the VS-stage: SUM of `vsstatus`, MXR of `vsstatus` or `sstatus`, Svadu and
   *   Svpbmt as `henvcfg` says.
   * @param gFlags - `WalkFlag` bits of the G-stage: MXR of `sstatus`, Svadu and Svpbmt as `menvcfg` says. HLVX is set
   *   in both.
   * @returns one of {@link WalkFault}.
   */
  walk(
    vaLow: number,
    vaHigh: number,
    access: number,
    privilege: number,
    vsFlags: number,
    gFlags: number,
  ): number {
    const result = this.result
    result.references = 0
    result.updates = 0
    result.pseudoinstruction = 0
    if (this.#vsScheme.levels === 0) {
      result.guestLow = vaLow | 0
      result.guestHigh = vaHigh | 0
      const fault = this.#throughGStage(vaLow, vaHigh, access, gFlags)
      if (fault === WalkFault.none) this.#found(12, false, 0)
      return fault
    }

    this.#implicitFlags = gFlags & ~EXPLICIT
    this.#pteLost = false
    const vs = this.#vs.result
    const fault = this.#vs.walk(this.#vsScheme, this.#vsRoot, vaLow, vaHigh, access, privilege, vsFlags)
    result.references += vs.references
    result.updates += vs.updates
    if (fault !== WalkFault.none) {
      // What a G-stage walk said of a PTE is finer than that the PTE was refused.
      if (!this.#pteLost) result.reason = vs.reason
      result.fault = fault
      return fault
    }
    const low = vs.page | (vaLow & 0xfff)
    const high = (vs.page / 0x1_0000_0000) | 0
    result.guestLow = low
    result.guestHigh = high
    const final = this.#throughGStage(low, high, access, gFlags)
    if (final === WalkFault.none) this.#found(vs.shift, vs.global, vs.memoryType)
    return final
  }

  /** Combines what the VS-stage says of the mapping with the G-stage walk just made. */
  #found(shift: number, global: boolean, memoryType: number): void {
    const result = this.result
    const g = this.#g.result
    result.page = g.page
    result.shift = shift
    result.mappingShift = Math.min(shift, g.shift)
    result.global = global
    result.memoryType = memoryType === 0 ? g.memoryType : memoryType
  }

  /** Walks the G-stage, in which every access counts as one of U-mode, and accounts for it. */
  #throughGStage(low: number, high: number, access: number, flags: number): number {
    const result = this.result
    const walked = this.#g.walk(this.#gScheme, this.#gRoot, low, high, access, PrivilegeLevel.U, flags)
    const fault = walked === WalkFault.page ? WalkFault.guestPage : walked
    result.references += this.#g.result.references
    result.updates += this.#g.result.updates
    result.fault = fault
    result.reason = this.#g.result.reason
    return fault
  }

  /** Where a VS-stage PTE lies: an implicit access, checked as a read or a write of its own. */
  #vsStagePte(address: number, store: boolean): number {
    const low = address | 0
    const offset = low & 0xfff
    const slot = (low >>> 12) & (this.#tags.length - 1)
    const tag = ((address - offset) / 4096) * 2 ** TABLE_TAG_SHIFT + this.#implicitFlags
    if (!store && this.#tags[slot] === tag) {
      this.#pteLost = false
      return this.#hostAddress(this.#hostPages[slot] + offset, store)
    }
    const high = (address / 0x1_0000_0000) | 0
    const access = store ? Access.write : Access.read
    const fault = this.#throughGStage(low, high, access, this.#implicitFlags)
    this.#pteLost = fault !== WalkFault.none
    if (this.#pteLost) {
      if (fault === WalkFault.guestPage) {
        this.result.guestLow = low
        this.result.guestHigh = high
        this.result.pseudoinstruction = store ? WRITE_PTE : READ_PTE
      }
      return -fault
    }
    const { page } = this.#g.result
    // Without room for any, a store to a typed array's outside does nothing.
    this.#tags[slot] = tag
    this.#hostPages[slot] = page
    return this.#hostAddress(page + offset, store)
  }

  #hostAddress(physical: number, store: boolean): number {
    return this.#reference === undefined ? physical : this.#reference(physical, store)
  }
}
