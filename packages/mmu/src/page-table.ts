import { aligned, type Gpa, type Gva, gpa, gva } from './address.ts'
import type { FrameAllocator } from './frame-allocator.ts'
import { MmuError } from './mmu-error.ts'
import { type PagingScheme, schemes } from './paging-scheme.ts'
import { leafBits, parsePermissions } from './permissions.ts'
import { RadixTable } from './radix-table.ts'
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
  readonly #scheme: PagingScheme
  readonly #table: RadixTable

  /**
   * Starts with an empty root table.
   *
   * @throws MmuError `out-of-frames`, or `outside-memory` when the frame is not in `memory`.
   */
  constructor(memory: WalkMemory, frames: FrameAllocator, mode: 'sv39' | 'sv48' | 'sv57') {
    this.mode = mode
    this.#scheme = schemes[mode]
    this.#table = new RadixTable(memory, frames, this.#scheme, (vpn) => hex(this.#address(vpn)))
    this.root = gpa(this.#table.root)
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
    const ppn = aligned('pa', mapping.pa) / 4096
    this.#table.map(first, count, ppn, leafBits(mapping), mapping.largestPage ?? 4096)
  }

  /**
   * Unmaps a range, all of which must be mapped. A superpage that sticks out of it is split first.
   *
   * @throws MmuError `misaligned`, `not-canonical`, `not-mapped`, `out-of-frames` when a split needs a table.
   */
  unmap(range: VirtualRange): void {
    const { first, count } = this.#range(range)
    this.#table.unmap(first, count)
  }

  /**
   * Changes the permissions of a range, all of which must be mapped; A and D stay. A superpage that sticks out of
   * it is split first.
   *
   * @throws MmuError `misaligned`, `not-canonical`, `bad-permissions`, `not-mapped`, `out-of-frames`.
   */
  protect(range: VirtualRange & { readonly permissions: string }): void {
    const bits = parsePermissions(range.permissions)
    const { first, count } = this.#range(range)
    this.#table.protect(first, count, bits)
  }

  /** @returns the leaf that maps an address, or `undefined`. */
  find(va: Gva): Leaf | undefined {
    if (!this.#canonical(va)) return undefined
    const found = this.#table.find(this.#vpn(va))
    if (found === undefined) return undefined
    const { vpn, target, pageSize, bits } = found
    return { va: this.#address(vpn), pa: gpa(target), pageSize, bits }
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

const hex = (value: number | bigint): string => `0x${value.toString(16)}`
