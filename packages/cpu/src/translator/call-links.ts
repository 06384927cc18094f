import type { MachineMemory } from '../machine-memory.ts'
import { FIRST_LINK } from './module-table.ts'
import { CallLinkCells } from './region-links.ts'

/** How functions of a module call a place that is not theirs. */
export interface CallLink {
  /** Index in the module's table. */
  readonly index: number
  /**
   * Linear address of a word: while a region is entered at the place, the address of the records of the place's page;
   * otherwise 0.
   */
  readonly cell: number
}

/** What a module calls by links. */
export interface ModuleLinks {
  /** The functions, as far as there are any. */
  readonly table: WebAssembly.Table
  /** By linear address of the place. */
  readonly links: ReadonlyMap<number, CallLink>
}

/**
 * Connects modules with the regions that they call, whichever of them comes first. Regions come and go, and where in RAM a
 * page is may change: so a caller asks the TLB for the page, and the link's cell whether this is the one that is meant.
 */
export class CallLinks {
  readonly #bytes: DataView
  readonly #memory: MachineMemory
  /** Cells that no module has. */
  readonly #free: number[] = []
  /** Who calls a place, by linear address. */
  readonly #calling = new Map<number, Map<ModuleLinks, CallLink>>()

  constructor(memory: MachineMemory) {
    this.#memory = memory
    this.#bytes = new DataView(memory.memory.buffer)
    for (let at = CallLinkCells.size - 4; at >= 0; at -= 4) this.#free.push(memory.callLinkCells + at)
  }

  /** Links for places, as far as they are in RAM and there is room. @param places - linear addresses, each once. */
  take(places: Iterable<number>): Map<number, CallLink> {
    const { ramOffset, ramBytes } = this.#memory
    const links = new Map<number, CallLink>()
    for (const place of places) {
      if (place < ramOffset || place >= ramOffset + ramBytes) continue
      const cell = this.#free.pop()
      if (cell === undefined) break
      links.set(place, { index: FIRST_LINK + links.size, cell })
    }
    return links
  }

  /** A module is there. @param entered - the function of the region that is entered at a linear address. */
  add(module: ModuleLinks, entered: (linear: number) => WebAssembly.ExportValue | undefined): void {
    for (const [place, link] of module.links) {
      let calling = this.#calling.get(place)
      if (calling === undefined) {
        calling = new Map()
        this.#calling.set(place, calling)
      }
      calling.set(module, link)
      const run = entered(place)
      if (run !== undefined) this.#set(module, link, place, run)
    }
  }

  /** A module is gone. */
  remove(module: ModuleLinks): void {
    for (const [place, link] of module.links) {
      const calling = this.#calling.get(place)!
      calling.delete(module)
      if (calling.size === 0) this.#calling.delete(place)
      this.#clear(module, link)
      this.#free.push(link.cell)
    }
  }

  /** A region is entered at a linear address. @param run - its function. */
  connect(place: number, run: WebAssembly.ExportValue): void {
    for (const [module, link] of this.#calling.get(place) ?? []) this.#set(module, link, place, run)
  }

  /** No region is entered any more at a linear address. */
  disconnect(place: number): void {
    for (const [module, link] of this.#calling.get(place) ?? []) this.#clear(module, link)
  }

  #set({ table }: ModuleLinks, { index, cell }: CallLink, place: number, run: WebAssembly.ExportValue): void {
    table.set(index, run)
    this.#bytes.setInt32(cell, this.#memory.code.recordsAt(place), true)
  }

  #clear({ table }: ModuleLinks, { index, cell }: CallLink): void {
    table.set(index, null)
    this.#bytes.setInt32(cell, 0, true)
  }
}
