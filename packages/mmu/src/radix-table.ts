import type { FrameAllocator } from './frame-allocator.ts'
import { HIGH_PPN } from './malformed-pte.ts'
import { MmuError } from './mmu-error.ts'
import { type PagingScheme, pageSize } from './paging-scheme.ts'
import { PteBit } from './pte.ts'
import type { WalkMemory } from './walk-memory.ts'

/** A leaf by page number. */
export interface RadixLeaf {
  /** First page number that it maps. */
  readonly vpn: number
  /** Physical address it leads to. */
  readonly target: number
  /** Bytes. */
  readonly pageSize: number
  /** Low eight bits of the PTE. */
  readonly bits: number
}

const LEAF = PteBit.read | PteBit.write | PteBit.execute
const PERMISSIONS = LEAF | PteBit.user | PteBit.global

/**
 * A radix page table of any scheme in physical memory, in page numbers: what the builders of both stages share. Every
 * operation either succeeds or throws and leaves all translations as they were.
 */
export class RadixTable {
  /** Physical address of the root table. */
  readonly root: number
  readonly #memory: WalkMemory
  readonly #frames: FrameAllocator
  readonly #scheme: PagingScheme
  readonly #describe: (vpn: number) => string
  /** Level of the root. */
  readonly #top: number
  /** Number of pages that the scheme can map. */
  readonly #pages: number

  /**
   * Starts with an empty root table.
   *
   * @param describe - the address of a page, for messages.
   * @throws MmuError `out-of-frames`, `misaligned`, or `outside-memory` when the frame is not in `memory`.
   */
  constructor(
    memory: WalkMemory,
    frames: FrameAllocator,
    scheme: PagingScheme,
    describe: (vpn: number) => string,
  ) {
    this.#memory = memory
    this.#frames = frames
    this.#scheme = scheme
    this.#describe = describe
    this.#top = scheme.levels - 1
    this.#pages = 2 ** (scheme.addressBits - 12)
    this.root = this.#newTable(scheme.rootBits === 11 ? 4 : 1)
  }

  /**
   * Maps `count` pages from page number `first` to physical pages from `ppn` on.
   *
   * @param largest - bytes of the largest page to use.
   * @throws MmuError `misaligned` when `largest` is no page size, `bad-address`, `overlap`, `out-of-frames`,
   *   `outside-memory`.
   */
  map(first: number, count: number, ppn: number, bits: number, largest: number): void {
    if (ppn < 0 || ppn + count > 2 ** 44) {
      throw new MmuError(
        'bad-address',
        `${hex(ppn * 4096)} + ${hex(count * 4096)} leaves the 56-bit physical space`,
      )
    }
    const maxLevel = this.#levelOf(largest)
    const taken = this.#firstLeaf(this.root, this.#top, first, count)
    if (taken !== undefined) {
      throw new MmuError(
        'overlap',
        `${this.#describe(taken)} is mapped already: unmap it first, or protect it`,
      )
    }
    let done = 0
    try {
      while (done < count) {
        let level = maxLevel
        while (!fits(first + done, ppn + done, count - done, 512 ** level)) level--
        this.#install(first + done, level, ppn + done, bits)
        done += 512 ** level
      }
    } catch (error) {
      // One page further than what is mapped: the tables that were to lead to the failing page go as well.
      this.#clear(this.root, this.#top, first, done + 1)
      throw error
    }
  }

  /** Unmaps a range. @throws MmuError `not-mapped`, `out-of-frames` when a split needs a table. */
  unmap(first: number, count: number): void {
    this.#isolate(first, count)
    this.#clear(this.root, this.#top, first, count)
  }

  /** Changes the permissions of a range. @throws MmuError `not-mapped`, `out-of-frames`. */
  protect(first: number, count: number, bits: number): void {
    this.#isolate(first, count)
    for (let vpn = first; vpn < first + count; ) {
      const { slot, level } = this.#leaf(vpn)!
      this.#memory.store32(slot, (this.#low(slot) & ~PERMISSIONS) | bits)
      vpn += 512 ** level
    }
  }

  /** @returns the leaf that maps a page, or `undefined`. */
  find(vpn: number): RadixLeaf | undefined {
    const found = this.#leaf(vpn)
    if (found === undefined) return undefined
    const { slot, level } = found
    return {
      vpn: vpn - (vpn % 512 ** level),
      target: this.#target(slot),
      pageSize: pageSize(level),
      bits: this.#low(slot) & 0xff,
    }
  }

  /** Checks that a range is mapped throughout, and splits superpages that stick out of it. */
  #isolate(first: number, count: number): void {
    for (let vpn = first; vpn < first + count; ) {
      const found = this.#leaf(vpn)
      if (found === undefined) throw new MmuError('not-mapped', `${this.#describe(vpn)} is not mapped`)
      const pages = 512 ** found.level
      vpn += pages - (vpn % pages)
    }
    this.#splitAt(first)
    this.#splitAt(first + count)
  }

  /** Makes a page number the start of a leaf, if it is inside one. */
  #splitAt(vpn: number): void {
    for (;;) {
      const found = vpn < this.#pages ? this.#leaf(vpn) : undefined
      if (found === undefined || vpn % 512 ** found.level === 0) return
      const { slot, level } = found
      const table = this.#newTable(1)
      const low = this.#low(slot) & 0x3ff
      const ppn = this.#target(slot) / 4096
      for (let i = 0; i < 512; i++) this.#store(table + i * 8, ppn + i * 512 ** (level - 1), low)
      this.#store(slot, table / 4096, PteBit.valid)
    }
  }

  #install(vpn: number, level: number, ppn: number, bits: number): void {
    let table: number = this.root
    for (let at = this.#top; at > level; at--) {
      const slot = table + this.#index(vpn, at) * 8
      if ((this.#low(slot) & PteBit.valid) === 0) this.#store(slot, this.#newTable(1) / 4096, PteBit.valid)
      table = this.#target(slot)
    }
    const slot = table + this.#index(vpn, level) * 8
    // Nothing is mapped here, so what may still be here is a table without leaves.
    const empty = (this.#low(slot) & PteBit.valid) === 0 ? undefined : this.#target(slot)
    this.#store(slot, ppn, bits)
    if (empty !== undefined) this.#releaseTree(empty, level - 1)
  }

  /** Gives back a table without leaves and the tables below it. */
  #releaseTree(table: number, level: number): void {
    for (let i = 0; i < 512; i++) {
      const slot = table + i * 8
      if ((this.#low(slot) & PteBit.valid) !== 0) this.#releaseTree(this.#target(slot), level - 1)
    }
    this.#frames.release?.(table)
  }

  /** Clears the leaves of a range that begins and ends at leaves, and gives back tables that became empty. */
  #clear(table: number, level: number, first: number, count: number): void {
    const span = 512 ** level
    for (let vpn = first; vpn < first + count; vpn += span - (vpn % span)) {
      const slot = table + this.#index(vpn, level) * 8
      const low = this.#low(slot)
      if ((low & PteBit.valid) === 0) continue
      if ((low & LEAF) === 0) {
        const below = this.#target(slot)
        this.#clear(below, level - 1, vpn, Math.min(first + count, vpn - (vpn % span) + span) - vpn)
        if (this.#frames.release === undefined || !this.#isEmpty(below)) continue
        this.#frames.release(below)
      }
      this.#store(slot, 0, 0)
    }
  }

  #isEmpty(table: number): boolean {
    for (let i = 0; i < 512; i++) if (this.#low(table + i * 8) !== 0) return false
    return true
  }

  /** First page number in a range that is mapped, skipping what has no table. */
  #firstLeaf(table: number, level: number, first: number, count: number): number | undefined {
    const span = 512 ** level
    for (let vpn = first; vpn < first + count; vpn += span - (vpn % span)) {
      const slot = table + this.#index(vpn, level) * 8
      const low = this.#low(slot)
      if ((low & PteBit.valid) === 0) continue
      if ((low & LEAF) !== 0) return vpn
      const rest = Math.min(first + count, vpn - (vpn % span) + span) - vpn
      const found = this.#firstLeaf(this.#target(slot), level - 1, vpn, rest)
      if (found !== undefined) return found
    }
    return undefined
  }

  #leaf(vpn: number): { slot: number; level: number } | undefined {
    let table: number = this.root
    for (let level = this.#top; level >= 0; level--) {
      const slot = table + this.#index(vpn, level) * 8
      const low = this.#low(slot)
      if ((low & PteBit.valid) === 0) return undefined
      if ((low & LEAF) !== 0) return { slot, level }
      table = this.#target(slot)
    }
    return undefined
  }

  /** @param frames - 1, or 4 for a wide root. */
  #newTable(frames: 1 | 4): number {
    const first = frames === 1 ? this.#frames.allocate() : this.#frames.allocateWideRoot?.()
    if (first === undefined) {
      const lacking = frames === 4 && this.#frames.allocateWideRoot === undefined
      throw new MmuError(
        'out-of-frames',
        lacking
          ? 'the frame allocator has no allocateWideRoot(), which a 16 KiB root table needs'
          : 'the frame allocator has no frame for a page table',
      )
    }
    const bytes = frames * 4096
    if (!Number.isInteger(first / bytes)) {
      throw new MmuError('misaligned', `frame ${hex(first)} is not a multiple of ${bytes}`)
    }
    for (let offset = 0; offset < bytes; offset += 4) {
      if (!this.#memory.store32(first + offset, 0)) {
        throw new MmuError(
          'outside-memory',
          `the allocator handed out frame ${hex(first)}, which is not in the memory`,
        )
      }
    }
    return first
  }

  #low(slot: number): number {
    const low = this.#memory.load32(slot)
    if (low < 0) throw new MmuError('outside-memory', `page-table entry at ${hex(slot)} is not in the memory`)
    return low
  }

  /** Address in a PTE: of the page or of the next table. */
  #target(slot: number): number {
    return ((this.#low(slot) >>> 10) + (this.#memory.load32(slot + 4) & HIGH_PPN) * 0x40_0000) * 4096
  }

  /** The word with V is written last when it appears and first when it goes. */
  #store(slot: number, ppn: number, bits: number): void {
    if (bits === 0) this.#memory.store32(slot, 0)
    this.#memory.store32(slot + 4, Math.floor(ppn / 0x40_0000))
    this.#memory.store32(slot, (ppn % 0x40_0000) * 1024 + bits)
  }

  #index(vpn: number, level: number): number {
    const index = Math.floor(vpn / 512 ** level)
    // The root may be wider than other tables, and nothing is above it.
    return level === this.#top ? index : index % 512
  }

  #levelOf(size: number): number {
    for (let level = 0; level <= this.#top; level++) if (pageSize(level) === size) return level
    const sizes = Array.from({ length: this.#scheme.levels }, (_, level) => pageSize(level)).join(', ')
    throw new MmuError(
      'misaligned',
      `largestPage ${size} is not a page size of ${this.#scheme.name}: ${sizes}`,
    )
  }
}

/** Whether a page of `pages` 4 KiB units can start here. */
const fits = (vpn: number, ppn: number, rest: number, pages: number): boolean =>
  rest >= pages && vpn % pages === 0 && ppn % pages === 0

const hex = (value: number): string => `0x${value.toString(16)}`
