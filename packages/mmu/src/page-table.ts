import { type Gpa, type Gva, gpa, gva } from './address.ts'
import type { FrameAllocator } from './frame-allocator.ts'
import { HIGH_PPN } from './malformed-pte.ts'
import { MmuError } from './mmu-error.ts'
import { type PagingScheme, pageSize, schemes } from './paging-scheme.ts'
import { parsePermissions } from './permissions.ts'
import { PteBit } from './pte.ts'
import { encodeSatp } from './satp.ts'
import type { WalkMemory } from './walk-memory.ts'

/** A range of virtual addresses. Both numbers are multiples of 4096. */
export interface VirtualRange {
  /** First address. */
  readonly va: Gva
  /** Bytes. */
  readonly size: number
}

/** What {@link PageTable.map} maps where. */
export interface Mapping extends VirtualRange {
  /** Physical address of the first byte, a multiple of 4096. */
  readonly pa: Gpa
  /** Letters of `rwxug`, see `parsePermissions`. */
  readonly permissions: string
  /** Largest page to use where alignment and size allow it, in bytes. Default 4096: no superpages. */
  readonly largestPage?: number
  /** Whether A and D start set, so that neither hardware nor a fault handler has to. Default `true`. */
  readonly touched?: boolean
}

/** A leaf that {@link PageTable.find} found. */
export interface Leaf {
  /** First virtual address that the leaf maps. */
  readonly va: Gva
  /** Physical address it leads to. */
  readonly pa: Gpa
  /** Bytes. */
  readonly pageSize: number
  /** Low eight bits of the PTE, see `PteBit`. */
  readonly bits: number
}

const LEAF = PteBit.read | PteBit.write | PteBit.execute
const TOUCHED = PteBit.accessed | PteBit.dirty
const PERMISSIONS = LEAF | PteBit.user | PteBit.global

/**
 * Builds and changes a page table in physical memory. Every operation either succeeds or throws and leaves all
 * translations as they were. TLBs are the caller's to fence.
 *
 * The table is trusted: it is for tables that the embedder owns. To look at a table that a guest wrote, use
 * `translate` or `mappedRanges`.
 */
export class PageTable {
  /** Mode whose tables these are. */
  readonly mode: 'sv39' | 'sv48' | 'sv57'
  /** Physical address of the root table. */
  readonly root: Gpa
  readonly #memory: WalkMemory
  readonly #frames: FrameAllocator
  readonly #scheme: PagingScheme

  /**
   * Starts with an empty root table.
   *
   * @throws MmuError `out-of-frames`, or `outside-memory` when the frame is not in `memory`.
   */
  constructor(memory: WalkMemory, frames: FrameAllocator, mode: 'sv39' | 'sv48' | 'sv57') {
    this.mode = mode
    this.#memory = memory
    this.#frames = frames
    this.#scheme = schemes[mode]
    this.root = gpa(this.#newTable())
  }

  /** The `satp` that selects this table. @throws MmuError `bad-field` when the ASID has more than 16 bits. */
  satp(asid = 0): bigint {
    return encodeSatp({ mode: this.mode, asid, ppn: this.root / 4096 })
  }

  /**
   * Maps a range that is not mapped yet.
   *
   * @throws MmuError `misaligned`, `not-canonical`, `bad-address`, `bad-permissions`, `overlap` when a page of the
   *   range is mapped already, `out-of-frames`, `outside-memory`.
   */
  map(mapping: Mapping): void {
    const { first, count } = this.#range(mapping)
    const bits =
      parsePermissions(mapping.permissions) | (mapping.touched === false ? 0 : TOUCHED) | PteBit.valid
    const firstPpn = aligned('pa', mapping.pa) / 4096
    if (firstPpn < 0 || firstPpn + count > 2 ** 44) {
      throw new MmuError(
        'bad-address',
        `pa ${hex(mapping.pa)} + ${hex(mapping.size)} leaves the 56-bit physical space`,
      )
    }
    const maxLevel = this.#levelOf(mapping.largestPage ?? 4096)
    const taken = this.#firstLeaf(this.root, this.#scheme.levels - 1, first, count)
    if (taken !== undefined) {
      throw new MmuError(
        'overlap',
        `${hex(this.#address(taken))} is mapped already: unmap it first, or protect it`,
      )
    }
    let done = 0
    try {
      while (done < count) {
        let level = maxLevel
        while (!fits(first + done, firstPpn + done, count - done, 512 ** level)) level--
        this.#install(first + done, level, firstPpn + done, bits)
        done += 512 ** level
      }
    } catch (error) {
      // One page further than what is mapped: the tables that were to lead to the failing page go as well.
      this.#clear(this.root, this.#scheme.levels - 1, first, done + 1)
      throw error
    }
  }

  /**
   * Unmaps a range, all of which must be mapped. A superpage that sticks out of it is split first.
   *
   * @throws MmuError `misaligned`, `not-canonical`, `not-mapped`, `out-of-frames` when a split needs a table.
   */
  unmap(range: VirtualRange): void {
    const { first, count } = this.#mapped(range)
    this.#clear(this.root, this.#scheme.levels - 1, first, count)
  }

  /**
   * Changes the permissions of a range, all of which must be mapped; A and D stay. A superpage that sticks out of
   * it is split first.
   *
   * @throws MmuError `misaligned`, `not-canonical`, `bad-permissions`, `not-mapped`, `out-of-frames`.
   */
  protect(range: VirtualRange & { readonly permissions: string }): void {
    const bits = parsePermissions(range.permissions)
    const { first, count } = this.#mapped(range)
    for (let vpn = first; vpn < first + count; ) {
      const { slot, level } = this.#leaf(vpn)!
      this.#memory.store32(slot, (this.#low(slot) & ~PERMISSIONS) | bits)
      vpn += 512 ** level
    }
  }

  /** @returns the leaf that maps an address, or `undefined`. */
  find(va: Gva): Leaf | undefined {
    if (!this.#canonical(va)) return undefined
    const vpn = this.#vpn(va)
    const found = this.#leaf(vpn)
    if (found === undefined) return undefined
    const { slot, level } = found
    return {
      va: this.#address(vpn - (vpn % 512 ** level)),
      pa: gpa(this.#target(slot)),
      pageSize: pageSize(level),
      bits: this.#low(slot) & 0xff,
    }
  }

  /** Range in page numbers, checked. */
  #range(range: VirtualRange): { first: number; count: number } {
    const count = aligned('size', range.size) / 4096
    if (count <= 0) throw new MmuError('misaligned', `size ${range.size} is not a positive multiple of 4096`)
    if (range.va % 4096n !== 0n)
      throw new MmuError('misaligned', `va ${hex(range.va)} is not a multiple of 4096`)
    const last = range.va + BigInt(range.size) - 1n
    const half = BigInt(this.#scheme.addressBits - 1)
    if (!this.#canonical(range.va) || !this.#canonical(last) || range.va >> half !== last >> half) {
      throw new MmuError(
        'not-canonical',
        `${hex(range.va)} to ${hex(last)} is not inside one half of the ${this.mode} address space`,
      )
    }
    return { first: this.#vpn(range.va), count }
  }

  /** A range that is mapped throughout and whose ends are not inside a superpage: those are split here. */
  #mapped(range: VirtualRange): { first: number; count: number } {
    const checked = this.#range(range)
    const { first, count } = checked
    for (let vpn = first; vpn < first + count; ) {
      const found = this.#leaf(vpn)
      if (found === undefined) throw new MmuError('not-mapped', `${hex(this.#address(vpn))} is not mapped`)
      const pages = 512 ** found.level
      vpn += pages - (vpn % pages)
    }
    this.#splitAt(first)
    this.#splitAt(first + count)
    return checked
  }

  /** Makes a page number the start of a leaf, if it is inside one. */
  #splitAt(vpn: number): void {
    for (;;) {
      const found = vpn < 512 ** this.#scheme.levels ? this.#leaf(vpn) : undefined
      if (found === undefined || vpn % 512 ** found.level === 0) return
      const { slot, level } = found
      const table = this.#newTable()
      const low = this.#low(slot) & 0x3ff
      const ppn = this.#target(slot) / 4096
      for (let i = 0; i < 512; i++) this.#store(table + i * 8, ppn + i * 512 ** (level - 1), low)
      this.#store(slot, table / 4096, PteBit.valid)
    }
  }

  #install(vpn: number, level: number, ppn: number, bits: number): void {
    let table: number = this.root
    for (let at = this.#scheme.levels - 1; at > level; at--) {
      const slot = table + indexOf(vpn, at) * 8
      if ((this.#low(slot) & PteBit.valid) === 0) this.#store(slot, this.#newTable() / 4096, PteBit.valid)
      table = this.#target(slot)
    }
    const slot = table + indexOf(vpn, level) * 8
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
      const slot = table + indexOf(vpn, level) * 8
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
      const slot = table + indexOf(vpn, level) * 8
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
    for (let level = this.#scheme.levels - 1; level >= 0; level--) {
      const slot = table + indexOf(vpn, level) * 8
      const low = this.#low(slot)
      if ((low & PteBit.valid) === 0) return undefined
      if ((low & LEAF) !== 0) return { slot, level }
      table = this.#target(slot)
    }
    return undefined
  }

  #newTable(): number {
    const frame = this.#frames.allocate()
    if (frame === undefined)
      throw new MmuError('out-of-frames', 'the frame allocator has no frame for a page table')
    for (let offset = 0; offset < 4096; offset += 4) {
      if (!this.#memory.store32(aligned('frame', frame) + offset, 0)) {
        throw new MmuError(
          'outside-memory',
          `the allocator handed out frame ${hex(frame)}, which is not in the memory`,
        )
      }
    }
    return frame
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

  #levelOf(size: number): number {
    for (let level = 0; level < this.#scheme.levels; level++) if (pageSize(level) === size) return level
    const sizes = Array.from({ length: this.#scheme.levels }, (_, level) => pageSize(level)).join(', ')
    throw new MmuError('misaligned', `largestPage ${size} is not a page size of ${this.mode}: ${sizes}`)
  }

  #canonical(va: bigint): boolean {
    return BigInt.asUintN(64, BigInt.asIntN(this.#scheme.addressBits, va)) === va
  }

  #vpn(va: bigint): number {
    return Number(BigInt.asUintN(this.#scheme.addressBits, va) >> 12n)
  }

  #address(vpn: number): Gva {
    return gva(BigInt.asIntN(this.#scheme.addressBits, BigInt(vpn) << 12n))
  }
}

/** Whether a page of `pages` 4 KiB units can start here. */
const fits = (vpn: number, ppn: number, rest: number, pages: number): boolean =>
  rest >= pages && vpn % pages === 0 && ppn % pages === 0

const indexOf = (vpn: number, level: number): number => Math.floor(vpn / 512 ** level) % 512

function aligned(what: string, value: number): number {
  if (!Number.isInteger(value / 4096))
    throw new MmuError('misaligned', `${what} ${value} is not a multiple of 4096`)
  return value
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`
