import { ContextSet } from './context-set.ts'
import { FIRST_CONTEXT, LAST_CONTEXT } from './tlb-layout.ts'

/** The VMID argument of a context outside any virtual machine (V=0). */
export const NO_VMID = -1

/** What a {@link ContextTable} tells its owner. */
export interface ContextTableEvents {
  /**
   * All ids are taken. The table is empty again when this is called: flush every TLB that was tagged with its ids
   * and select anew every context that is still in use; selecting from inside the call is allowed.
   */
  exhausted(): void
  /**
   * An id was handed out for a context with a first stage.
   *
   * @param asid - -1 for one that {@link ContextTable.shared} gives. @param sum - only S-mode's data has it. @param vmid - may be
   *   {@link NO_VMID}.
   */
  added?(id: number, asid: number, sum: boolean, vmid: number): void
  /** Ids were given up. */
  retired?(contexts: ContextSet): void
}

const SLOTS = 1024
/** In the place of an id that was given up. */
const RETIRED = 0
const BUCKETS = 64
const ASID_SPAN = 0x1_0000
const VMID_SPAN = 0x8000
const MODE_SPAN = 16
/** In the place of an ASID: all of them. */
const SHARED = -1
/** Above all keys of other contexts. */
const SHARED_KEY = 2 ** 48

/**
 * Names address spaces by small numbers for TLB tags. A context is everything a cached translation depends on
 * apart from regime and access kind: ASID, VMID, translation modes, SUM and MXR. The root page numbers are not part
 * of it: as in hardware, software that reuses an ASID or a VMID for other tables must fence.
 *
 * Selecting a known context costs one hash probe, so `satp` and `sstatus` writes can do it each time.
 *
 * @see Privileged ISA, "Supervisor Memory-Management Fence Instruction"
 */
export class ContextTable {
  readonly #events: ContextTableEvents
  readonly #slotKey = new Float64Array(SLOTS).fill(-1)
  readonly #slotId = new Uint16Array(SLOTS)
  readonly #asid = new Uint16Array(LAST_CONTEXT + 1)
  readonly #vmid = new Int16Array(LAST_CONTEXT + 1)
  /** 0 for bare contexts and for those that are retired. */
  readonly #mode = new Uint8Array(LAST_CONTEXT + 1)
  /** Where {@link ContextTable.select} finds an id. */
  readonly #slot = new Uint16Array(LAST_CONTEXT + 1)
  /** Chains of ids whose ASIDs share a bucket; 0 ends a chain. */
  readonly #chain = new Uint16Array(LAST_CONTEXT + 1)
  readonly #bucket = new Uint16Array(BUCKETS)
  /** When an id was selected last. */
  readonly #selected = new Float64Array(LAST_CONTEXT + 1)
  readonly #found = new ContextSet()
  #selections = 0
  #live = 0
  #next = FIRST_CONTEXT
  #generation = 0

  constructor(events: ContextTableEvents) {
    this.#events = events
  }

  /** Counts restarts: an id is only meaningful within the generation that handed it out. */
  get generation(): number {
    return this.#generation
  }

  /** Number of ids handed out in this generation, retired ones included. */
  get size(): number {
    return this.#next - FIRST_CONTEXT
  }

  /** Number of ids that a fence may have to look at: neither retired nor bare. */
  get live(): number {
    return this.#live
  }

  /**
   * The id of a context, handed out on first use. What a translation does not depend on is ignored: without a first
   * stage (Bare) ASID, SUM and `mxr` are, outside virtual machines the last two arguments are.
   *
   * @param mode - MODE field of `satp` (`vsatp` with a VMID).
   * @param asid - 16 bits.
   * @param sum - SUM of the first stage: `sstatus` (`vsstatus` with a VMID).
   * @param mxr - MXR as the first stage sees it: `sstatus` (with a VMID, `vsstatus` or `sstatus`).
   * @param vmid - 14 bits, or {@link NO_VMID}.
   * @param gStageMode - MODE field of `hgatp`.
   * @param gStageMxr - MXR as the G-stage sees it: that of `sstatus` alone.
   * @returns `FIRST_CONTEXT` to `LAST_CONTEXT`.
   */
  select(
    mode: number,
    asid: number,
    sum: boolean,
    mxr: boolean,
    vmid: number = NO_VMID,
    gStageMode = 0,
    gStageMxr = false,
  ): number {
    const bare = (mode & 15) === 0
    const guest = vmid !== NO_VMID
    const space = bare ? 0 : asid & 0xffff
    const flags = (bare ? 0 : (sum ? 1 : 0) | (mxr ? 2 : 0)) | (guest && gStageMxr ? 4 : 0)
    const second = guest ? gStageMode & 15 : 0
    const modes = (flags * MODE_SPAN + second) * MODE_SPAN + (mode & 15)
    const hash = space ^ (modes << 16) ^ (vmid << 13)
    const key = (modes * VMID_SPAN + (vmid + 1)) * ASID_SPAN + space
    return this.#take(key, hash, space, vmid, mode, !bare && sum)
  }

  /**
   * The context of mappings that are there in every address space, as the G bit says: for copies of entries that any
   * of them may be filled from. A fence that names an ASID leaves it alone.
   *
   * @param mode - MODE field of `satp` (`vsatp` with a VMID), not Bare.
   * @param vmid - 14 bits, or {@link NO_VMID}: a virtual machine's mappings are its own.
   * @param gStageMode - MODE field of `hgatp`.
   */
  shared(mode: number, vmid: number = NO_VMID, gStageMode = 0): number {
    const second = vmid === NO_VMID ? 0 : gStageMode & 15
    const key = ((vmid + 1) * MODE_SPAN + second) * MODE_SPAN + mode
    return this.#take(SHARED_KEY + key, mode ^ (vmid << 13), SHARED, vmid, mode, false)
  }

  #take(key: number, hash: number, space: number, vmid: number, mode: number, sum: boolean): number {
    let slot = this.#probe(key, hash)
    if (this.#slotKey[slot] === key && this.#slotId[slot] !== RETIRED) {
      const known = this.#slotId[slot]
      this.#selected[known] = ++this.#selections
      return known
    }
    if (this.#next > LAST_CONTEXT) {
      this.reset()
      this.#events.exhausted()
      // The owner may have selected contexts meanwhile, this one too.
      slot = this.#probe(key, hash)
      if (this.#slotKey[slot] === key) return this.#slotId[slot]
    }
    const id = this.#next++
    this.#slotKey[slot] = key
    this.#slotId[slot] = id
    this.#slot[id] = slot
    this.#vmid[id] = vmid
    this.#mode[id] = mode
    this.#selected[id] = ++this.#selections
    if (mode !== 0) {
      this.#live++
      this.#events.added?.(id, space, sum, vmid)
    }
    if (space === SHARED) return id
    this.#asid[id] = space
    const bucket = space & (BUCKETS - 1)
    this.#chain[id] = this.#bucket[bucket]
    this.#bucket[bucket] = id
    return id
  }

  /**
   * The contexts that `sfence.vma` (`hfence.vvma` with a VMID) names with a non-zero ASID register: all SUM, MXR and
   * mode variants of that ASID, except Bare.
   *
   * @returns a set that the next call on this table reuses.
   */
  ofAsid(asid: number, vmid: number = NO_VMID): ContextSet {
    const found = this.#found
    found.clear()
    const space = asid & 0xffff
    for (let id = this.#bucket[space & (BUCKETS - 1)]; id !== 0; id = this.#chain[id]) {
      if (this.#asid[id] === space && this.#vmid[id] === vmid && this.#mode[id] !== 0) found.add(id)
    }
    return found
  }

  /**
   * The contexts that `sfence.vma` (`hfence.vvma` with a VMID) without an ASID names: every first-stage translation
   * outside virtual machines, or of that one. Bare contexts have none and are left alone.
   *
   * @returns a set that the next call on this table reuses.
   */
  ofAllAsids(vmid: number = NO_VMID): ContextSet {
    const found = this.#found
    found.clear()
    for (let id = FIRST_CONTEXT; id < this.#next; id++) {
      if (this.#vmid[id] === vmid && this.#mode[id] !== 0) found.add(id)
    }
    return found
  }

  /**
   * Every context of one virtual machine, whatever its first stage: what a second-stage fence names.
   *
   * @returns a set that the next call on this table reuses.
   */
  ofVmid(vmid: number): ContextSet {
    const found = this.#found
    found.clear()
    for (let id = FIRST_CONTEXT; id < this.#next; id++) if (this.#vmid[id] === vmid) found.add(id)
    return found
  }

  /**
   * Every context of every virtual machine: what a second-stage fence without a VMID names.
   *
   * @returns a set that the next call on this table reuses.
   */
  ofAllVmids(): ContextSet {
    const found = this.#found
    found.clear()
    for (let id = FIRST_CONTEXT; id < this.#next; id++) if (this.#vmid[id] !== NO_VMID) found.add(id)
    return found
  }

  /**
   * Gives up the ids of contexts: nothing that is tagged with them is meant any more, and who selects one of the
   * contexts gets another id. A fence that names no address needs no look at any entry for this.
   *
   * @param contexts - ids of this generation; whoever holds one has to select it anew.
   */
  retire(contexts: ContextSet): void {
    for (let i = 0; i < contexts.size; i++) {
      const id = contexts.at(i)
      if (this.#mode[id] !== 0) this.#live--
      this.#slotId[this.#slot[id]] = RETIRED
      this.#mode[id] = 0
      this.#vmid[id] = NO_VMID
    }
    this.#events.retired?.(contexts)
  }

  /**
   * The live contexts, but for those that were selected last: address spaces that nobody may come back to, which every
   * fence of an address in all of them has to look at.
   *
   * @param keep - how many are left out.
   * @returns a set that the next call on this table reuses.
   */
  stale(keep: number): ContextSet {
    const live: number[] = []
    for (let id = FIRST_CONTEXT; id < this.#next; id++) if (this.#mode[id] !== 0) live.push(id)
    live.sort((a, b) => this.#selected[b] - this.#selected[a])
    const found = this.#found
    found.clear()
    for (const id of live.slice(keep)) found.add(id)
    return found
  }

  /** Forgets all contexts and starts a generation. TLBs tagged with the old ids must be flushed. */
  reset(): void {
    this.#slotKey.fill(-1)
    this.#bucket.fill(0)
    this.#next = FIRST_CONTEXT
    this.#live = 0
    this.#generation++
  }

  /** The slot that holds `key`, or the free one where it belongs: at most half of the slots are ever taken. */
  #probe(key: number, hash: number): number {
    let slot = Math.imul(hash, 0x9e37_79b1) >>> 22
    while (this.#slotKey[slot] !== key && this.#slotKey[slot] !== -1) slot = (slot + 1) & (SLOTS - 1)
    return slot
  }
}
