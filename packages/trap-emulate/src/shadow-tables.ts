import type { FrameAllocator } from '@worldswitch/hypervisor'
import { type Hpa, type PagingScheme, PteBit, type WalkMemory } from '@worldswitch/mmu'

/** Where the tables take their frames from: each full of zeros. */
export type Frames = Pick<FrameAllocator, 'allocate' | 'release'>

/** A mapping that the shadow tables should hold. */
export interface ShadowMapping {
  /** Host-physical address of the page, a multiple of its size. */
  readonly page: number
  /** log2 of the size of the page: 12, 21 or 30, and not more than `guestShift`. */
  readonly shift: number
  /** PTE permission bits of {@link PteBit}: read, write, execute. */
  readonly permissions: number
  /** log2 of the size of the guest's mapping that this page is part of: 12, 16, 21, 30, 39, 48. */
  readonly guestShift: number
}

/** How much was taken out: what a TLB may still hold of it must go. */
export type Removal =
  /** Nothing. */
  | 'nothing'
  /** The page of the address, whatever its size. */
  | 'page'
  /** More than that. */
  | 'range'

const ENTRIES = 512
const FRAME = 4096
/** RSW bits of a shadow leaf: 0 from a guest page of 4 KiB, else how far the guest's mapping reaches. */
const ORIGIN_SHIFT = 8
const LEAF = PteBit.valid | PteBit.user | PteBit.accessed
const PERMISSIONS = PteBit.read | PteBit.write | PteBit.execute
/** What of an entry's low word says where it came from and leads to. */
const SAME = ~(PERMISSIONS | PteBit.dirty)

interface Table {
  readonly frame: Hpa
  /** The tables below, by index; those of the last level have none. */
  readonly children: (Table | undefined)[] | undefined
  /** Origins (RSW values, as a bit set) of the leaves here and somewhere below. */
  origins: number
}

/** The RSW value for a guest mapping: 1 for up to 2 MiB (a leaf table), 2 for 1 GiB (the level above), 3 beyond. */
const originOf = (guestShift: number): number =>
  guestShift <= 12 ? 0 : guestShift <= 21 ? 1 : guestShift <= 30 ? 2 : 3

/**
 * One shadow page table: what the hart walks while the guest runs in some address space. It maps guest-virtual
 * pages to host frames, as large as both sides are, and is filled on demand. All of it is a cache: removing anything is
 * always correct.
 *
 * The tables live in host frames, where the hart reads them; a tree of objects mirrors their shape, so that the
 * monitor hardly ever reads them back.
 */
export class ShadowTables {
  readonly root: Hpa
  readonly #memory: WalkMemory
  readonly #frames: Frames
  readonly #scheme: PagingScheme
  readonly #tree: Table
  /** Entries of the root that lead to another's tables. */
  readonly #borrowed = new Set<number>()

  /** @returns tables with nothing mapped, or `undefined` when there is no frame for the root. */
  static create(memory: WalkMemory, frames: Frames, scheme: PagingScheme): ShadowTables | undefined {
    const root = emptyTable(frames, scheme.levels - 1)
    return root && new ShadowTables(memory, frames, scheme, root)
  }

  private constructor(memory: WalkMemory, frames: Frames, scheme: PagingScheme, tree: Table) {
    this.#memory = memory
    this.#frames = frames
    this.#scheme = scheme
    this.#tree = tree
    this.root = tree.frame
  }

  /**
   * Maps the page of an address, in place of what was there.
   *
   * @param vaLow - bits 31..0 of the guest-virtual address; `vaHigh` - bits 63..32.
   * @returns what was taken out for it; `undefined`, with nothing mapped, when there is no frame left for a table.
   */
  map(vaLow: number, vaHigh: number, mapping: ShadowMapping): Removal | undefined {
    const origin = originOf(mapping.guestShift)
    const leaf = Math.floor((mapping.shift - 12) / 9)
    let removal: Removal = 'nothing'
    let table = this.#tree
    for (let level = this.#scheme.levels - 1; level > leaf; level--) {
      table.origins |= 1 << origin
      const index = indexAt(level, vaLow, vaHigh)
      let child = table.children![index]
      if (!child) {
        child = emptyTable(this.#frames, level - 1)
        if (!child) return undefined
        if (this.#entry(table, index) !== 0) removal = 'page'
        table.children![index] = child
        this.#store(table, index, child.frame / FRAME, PteBit.valid)
      }
      table = child
    }
    table.origins |= 1 << origin
    const dirty = (mapping.permissions & PteBit.write) !== 0 ? PteBit.dirty : 0
    const bits = LEAF | mapping.permissions | dirty | (origin << ORIGIN_SHIFT)
    const index = indexAt(leaf, vaLow, vaHigh)
    if (this.#removeChild(table, index)) removal = 'range'
    const ppn = mapping.page / FRAME
    const old = this.#entry(table, index)
    this.#store(table, index, ppn, bits)
    // What only gained permissions is not found with too many of them anywhere.
    const gained = ((old ^ this.#entry(table, index)) & SAME) === 0 && (old & ~bits & PERMISSIONS) === 0
    return removal === 'nothing' && old !== 0 && !gained ? 'page' : removal
  }

  /**
   * Removes every entry that the guest's mapping of an address may have given rise to: the page itself, and
   * all that came from a superpage which could contain it.
   *
   * @see Privileged ISA, "Supervisor Memory-Management Fence Instruction"
   */
  remove(vaLow: number, vaHigh: number): Removal {
    const unused = 64 - this.#scheme.addressBits
    // No mapping has such an address; its index would be that of another.
    if ((vaHigh << unused) >> unused !== (vaHigh | 0)) return 'nothing'
    if (this.#borrowed.has(this.slotOf(vaLow, vaHigh))) return 'nothing'
    let table = this.#tree
    let level = this.#scheme.levels - 1
    let range = this.#removeOrigin(table, 3)
    for (;;) {
      if (level < 2 && this.#removeOrigin(table, level + 1)) range = true
      const child = table.children?.[indexAt(level, vaLow, vaHigh)]
      if (!child) break
      table = child
      level--
    }
    const index = indexAt(level, vaLow, vaHigh)
    const mapped = this.#entry(table, index) !== 0
    if (mapped) this.#store(table, index, 0, 0)
    return range ? 'range' : mapped ? 'page' : 'nothing'
  }

  /** The entry of the root under which an address is. */
  slotOf(vaLow: number, vaHigh: number): number {
    return indexAt(this.#scheme.levels - 1, vaLow, vaHigh)
  }

  /**
   * Has all addresses under an entry of the root translated by another's tables, which stay the other's: to map and
   * remove there is to do so in the other. Here nothing is mapped under it.
   */
  borrow(slot: number, lender: ShadowTables): void {
    const table = lender.#tree.children![slot]
    if (!table || this.#borrowed.has(slot)) return
    this.#borrowed.add(slot)
    this.#store(this.#tree, slot, table.frame / FRAME, PteBit.valid)
  }

  /** Removes all that is mapped here; what is borrowed stays. */
  clear(): void {
    for (let slot = 0; slot < ENTRIES; slot++) {
      if (this.#borrowed.has(slot)) continue
      if (this.#removeChild(this.#tree, slot) || this.#entry(this.#tree, slot) !== 0)
        this.#store(this.#tree, slot, 0, 0)
    }
    this.#tree.origins = 0
  }

  /** Gives all frames back. The tables must not be used any more, nor be in any hart's `satp`. */
  destroy(): void {
    this.#destroy(this.#tree)
  }

  #destroy(table: Table): void {
    for (const child of table.children ?? []) if (child) this.#destroy(child)
    this.#frames.release(table.frame)
  }

  /** Gives back the tables below an entry, which still leads there. */
  #removeChild({ children }: Table, index: number): boolean {
    const child = children?.[index]
    if (!child) return false
    children![index] = undefined
    this.#destroy(child)
    return true
  }

  /** Removes the leaves of one origin below a table; says whether there may have been any. */
  #removeOrigin(table: Table, origin: number): boolean {
    if ((table.origins & (1 << origin)) === 0) return false
    table.origins &= ~(1 << origin)
    for (let index = 0; index < ENTRIES; index++) {
      const child = table.children?.[index]
      if (child) this.#removeOrigin(child, origin)
      else if (((this.#entry(table, index) >>> ORIGIN_SHIFT) & 3) === origin) this.#store(table, index, 0, 0)
    }
    return true
  }

  /** The low word of an entry. */
  #entry(table: Table, index: number): number {
    return this.#memory.load32(table.frame + index * 8)
  }

  #store(table: Table, index: number, ppn: number, bits: number): void {
    const address = table.frame + index * 8
    this.#memory.store32(address, ((ppn & 0x3f_ffff) << 10) | bits)
    this.#memory.store32(address + 4, Math.floor(ppn / 0x40_0000))
  }
}

function emptyTable(frames: Frames, level: number): Table | undefined {
  const frame = frames.allocate()
  if (frame === undefined) return undefined
  return { frame, children: level > 0 ? new Array(ENTRIES).fill(undefined) : undefined, origins: 0 }
}

/** The index into a table of `level` for an address given as two 32-bit halves. */
function indexAt(level: number, vaLow: number, vaHigh: number): number {
  switch (level) {
    case 0:
      return (vaLow >>> 12) & 511
    case 1:
      return (vaLow >>> 21) & 511
    case 2:
      return ((vaLow >>> 30) | (vaHigh << 2)) & 511
    case 3:
      return (vaHigh >>> 7) & 511
    default:
      return (vaHigh >>> 16) & 511
  }
}
