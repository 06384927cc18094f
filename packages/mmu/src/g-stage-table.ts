import { aligned, type Gpa, gpa, type Hpa, hpa } from './address.ts'
import type { FrameAllocator } from './frame-allocator.ts'
import { encodeHgatp } from './hgatp.ts'
import { MmuError } from './mmu-error.ts'
import { gStageSchemes, type HgatpMode, type PagingScheme } from './paging-scheme.ts'
import { leafBits, parsePermissions } from './permissions.ts'
import { PteBit } from './pte.ts'
import { RadixTable } from './radix-table.ts'
import type { WalkMemory } from './walk-memory.ts'

/** A range of guest-physical addresses. Both numbers are multiples of 4096. */
export interface GuestRange {
  /** First address. */
  readonly gpa: Gpa
  /** Bytes. */
  readonly size: number
}

/** What {@link GStageTable.map} maps where. */
export interface GuestMapping extends GuestRange {
  /** Host-physical address of the first byte, a multiple of 4096. */
  readonly hpa: Hpa
  /** Letters of `rwx`. The G-stage checks every access as one of U-mode, so U is always set. */
  readonly permissions: string
  /** Largest page to use where alignment and size allow it, in bytes. Default 4096: no superpages. */
  readonly largestPage?: number
  /** Whether A and D start set. Without them, and without `menvcfg.ADUE`, the first use of a page faults. Default `true`. */
  readonly touched?: boolean
}

/** A leaf that {@link GStageTable.find} found. */
export interface GuestLeaf {
  /** First guest-physical address that the leaf maps. */
  readonly gpa: Gpa
  /** Host-physical address it leads to. */
  readonly hpa: Hpa
  /** Bytes. */
  readonly pageSize: number
  /** Low eight bits of the PTE, see `PteBit`. */
  readonly bits: number
}

/**
 * Builds and changes the G-stage page table of a virtual machine: what `PageTable` is for the first stage. Every
 * operation either succeeds or throws and leaves all translations as they were. TLBs are the caller's to fence.
 *
 * @see Privileged ISA, "Guest Physical Address Translation"
 */
export class GStageTable {
  /** Mode whose tables these are. */
  readonly mode: Exclude<HgatpMode, 'bare'>
  /** Physical address of the 16 KiB root table. */
  readonly root: Hpa
  readonly #scheme: PagingScheme
  readonly #table: RadixTable

  /**
   * Starts with an empty root table.
   *
   * @param frames - must have `allocateWideRoot`.
   * @throws MmuError `out-of-frames`, `misaligned`, or `outside-memory` when a frame is not in `memory`.
   */
  constructor(memory: WalkMemory, frames: FrameAllocator, mode: Exclude<HgatpMode, 'bare'>) {
    this.mode = mode
    this.#scheme = gStageSchemes[mode]
    this.#table = new RadixTable(memory, frames, this.#scheme, (page) => hex(page * 4096))
    this.root = hpa(this.#table.root)
  }

  /** The `hgatp` that selects this table. @throws MmuError `bad-field` when the VMID has more than 14 bits. */
  hgatp(vmid = 0): bigint {
    return encodeHgatp({ mode: this.mode, vmid, ppn: this.root / 4096 })
  }

  /**
   * Maps a range that is not mapped yet.
   *
   * @throws MmuError `misaligned`, `bad-address`, `bad-permissions`, `overlap` when a page of the range is mapped
   *   already, `out-of-frames`, `outside-memory`.
   */
  map(mapping: GuestMapping): void {
    const { first, count } = this.#range(mapping)
    const ppn = aligned('hpa', mapping.hpa) / 4096
    this.#table.map(first, count, ppn, leafBits(mapping) | PteBit.user, mapping.largestPage ?? 4096)
  }

  /**
   * Unmaps a range, all of which must be mapped. A superpage that sticks out of it is split first.
   *
   * @throws MmuError `misaligned`, `bad-address`, `not-mapped`, `out-of-frames` when a split needs a table.
   */
  unmap(range: GuestRange): void {
    const { first, count } = this.#range(range)
    this.#table.unmap(first, count)
  }

  /**
   * Changes the permissions of a range, all of which must be mapped; A and D stay. A superpage that sticks out of
   * it is split first.
   *
   * @throws MmuError `misaligned`, `bad-address`, `bad-permissions`, `not-mapped`, `out-of-frames`.
   */
  protect(range: GuestRange & { readonly permissions: string }): void {
    const bits = parsePermissions(range.permissions) | PteBit.user
    const { first, count } = this.#range(range)
    this.#table.protect(first, count, bits)
  }

  /** @returns the leaf that maps an address, or `undefined`. */
  find(address: Gpa): GuestLeaf | undefined {
    if (address >= 2 ** this.#scheme.addressBits) return undefined
    const found = this.#table.find(Math.floor(address / 4096))
    if (found === undefined) return undefined
    const { vpn, target, pageSize, bits } = found
    return { gpa: gpa(vpn * 4096), hpa: hpa(target), pageSize, bits }
  }

  /** Range in page numbers, checked. */
  #range(range: GuestRange): { first: number; count: number } {
    const first = aligned('gpa', range.gpa) / 4096
    const count = aligned('size', range.size) / 4096
    if (count <= 0) throw new MmuError('misaligned', `size ${range.size} is not a positive multiple of 4096`)
    if (first + count > 2 ** (this.#scheme.addressBits - 12)) {
      throw new MmuError(
        'bad-address',
        `${hex(range.gpa)} + ${hex(range.size)} leaves the ${this.#scheme.addressBits} bits of ${this.mode}`,
      )
    }
    return { first, count }
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`
