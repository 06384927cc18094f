import type { FrameAllocator } from '@worldswitch/hypervisor'
import { type Hpa, type PagingScheme, PteBit, type WalkMemory } from '@worldswitch/mmu'

/** Where the tables take their frames from. */
export type Frames = Pick<FrameAllocator, 'allocate' | 'release'>

/** A mapping that the shadow tables should hold. */
export interface ShadowMapping {
  /** Host-physical address of the 4 KiB page. */
  readonly page: number
  /** PTE permission bits of {@link PteBit}: read, write, execute. */
  readonly permissions: number
  /** log2 of the size of the guest's mapping that this page is part of: 12, 16, 21, 30, 39, 48. */
  readonly guestShift: number
}

/** How much a removal took out. */
export type Removal =
  /** Nothing: the page was not mapped. */
  | 'nothing'
  /** The page of the address. */
  | 'page'
  /** More than that. */
  | 'range'

const ENTRIES = 512
const FRAME = 4096
/** RSW bits of a shadow leaf: 0 from a guest page of 4 KiB, else how far the guest's mapping reaches. */
const ORIGIN_SHIFT = 8
const LEAF = PteBit.valid | PteBit.user | PteBit.accessed

interface Table {
  readonly frame: Hpa
  /** Children by index; leaf tables have none. */
  readonly children: (Table | undefined)[] | undefined
  /** Origins (RSW values, as a bit set) of the leaves somewhere below. */
  origins: number
}

/** The RSW value for a guest mapping: 1 for up to 2 MiB (a leaf table), 2 for 1 GiB (the level above), 3 beyond. */
const originOf = (guestShift: number): number =>
  guestShift <= 12 ? 0 : guestShift <= 21 ? 1 : guestShift <= 30 ? 2 : 3

/**
 * One shadow page table: what the hart walks while the guest runs in some address space. It maps guest-virtual
 * pages to host frames, 4 KiB at a time, and is filled on demand. All of it is a cache: removing anything is
 * always correct.
 *
 * The tables live in host frames, where the hart reads them; a tree of objects mirrors their shape, so that the
 * monitor never reads them back.
 */
export class ShadowTables {
  readonly root: Hpa
  readonly #memory: WalkMemory
  readonly #frames: Frames
  readonly #scheme: PagingScheme
  readonly #tree: Table

  /** @returns tables with nothing mapped, or `undefined` when there is no frame for the root. */
  static create(memory: WalkMemory, frames: Frames, scheme: PagingScheme): ShadowTables | undefined {
    const root = emptyTable(memory, frames, scheme.levels - 1)
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
   * @returns `false`, with nothing mapped, when there is no frame left for a table.
   */
  map(vaLow: number, vaHigh: number, mapping: ShadowMapping): boolean {
    const origin = originOf(mapping.guestShift)
    let table = this.#tree
    for (let level = this.#scheme.levels - 1; level > 0; level--) {
      table.origins |= 1 << origin
      const index = indexAt(level, vaLow, vaHigh)
      let child = table.children![index]
      if (!child) {
        child = emptyTable(this.#memory, this.#frames, level - 1)
        if (!child) return false
        table.children![index] = child
        this.#store(table, index, child.frame / FRAME, PteBit.valid)
      }
      table = child
    }
    table.origins |= 1 << origin
    const dirty = (mapping.permissions & PteBit.write) !== 0 ? PteBit.dirty : 0
    const bits = LEAF | mapping.permissions | dirty | (origin << ORIGIN_SHIFT)
    this.#store(table, indexAt(0, vaLow, vaHigh), mapping.page / FRAME, bits)
    return true
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
    let table = this.#tree
    let range = this.#removeOrigin(table, 3)
    for (let level = this.#scheme.levels - 1; ; level--) {
      if (level < 2 && this.#removeOrigin(table, level + 1)) range = true
      if (level === 0) break
      const child = table.children![indexAt(level, vaLow, vaHigh)]
      if (!child) return range ? 'range' : 'nothing'
      table = child
    }
    const index = indexAt(0, vaLow, vaHigh)
    const mapped = this.#memory.load32(table.frame + index * 8) !== 0
    if (mapped) this.#store(table, index, 0, 0)
    return range ? 'range' : mapped ? 'page' : 'nothing'
  }

  /** Gives all frames back. The tables must not be used any more, nor be in any hart's `satp`. */
  destroy(): void {
    this.#destroy(this.#tree)
  }

  #destroy(table: Table): void {
    for (const child of table.children ?? []) if (child) this.#destroy(child)
    this.#frames.release(table.frame)
  }

  /** Removes the leaves of one origin below a table; says whether there may have been any. */
  #removeOrigin(table: Table, origin: number): boolean {
    if ((table.origins & (1 << origin)) === 0) return false
    table.origins &= ~(1 << origin)
    if (table.children) {
      for (const child of table.children) if (child) this.#removeOrigin(child, origin)
      return true
    }
    for (let index = 0; index < ENTRIES; index++) {
      const low = this.#memory.load32(table.frame + index * 8)
      if ((low & PteBit.valid) !== 0 && ((low >>> ORIGIN_SHIFT) & 3) === origin)
        this.#store(table, index, 0, 0)
    }
    return true
  }

  #store(table: Table, index: number, ppn: number, bits: number): void {
    const address = table.frame + index * 8
    this.#memory.store32(address, ((ppn & 0x3f_ffff) << 10) | bits)
    this.#memory.store32(address + 4, Math.floor(ppn / 0x40_0000))
  }
}

function emptyTable(memory: WalkMemory, frames: Frames, level: number): Table | undefined {
  const frame = frames.allocate()
  if (frame === undefined) return undefined
  for (let offset = 0; offset < FRAME; offset += 4) memory.store32(frame + offset, 0)
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
