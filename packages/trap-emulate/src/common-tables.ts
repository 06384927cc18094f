import type { ShadowTables } from './shadow-tables.ts'

/** What is known of an entry of the root: nothing; all under it is the same in every address space; it is not. */
const Part = { unknown: 0, common: 1, separate: 2 } as const
const ENTRIES = 512

/**
 * What the guest's kernel maps alike in all address spaces, which it says by the G bit: kept once, and borrowed by the
 * shadow tables of each. That is decided for each entry of the root: one under which there is, or once was, a page
 * that not all have, is every address space's own from then on.
 *
 * @see Privileged ISA, "Addressing and Memory Protection", on global mappings
 */
export class CommonTables {
  readonly #create: () => ShadowTables | undefined
  readonly #parts = new Uint8Array(ENTRIES)
  #tables: ShadowTables | undefined

  constructor(create: () => ShadowTables | undefined) {
    this.#create = create
  }

  /** The tables; `undefined` when there is no memory for them. */
  obtain(): ShadowTables | undefined {
    this.#tables ??= this.#create()
    return this.#tables
  }

  /** The tables, where there are any. */
  get tables(): ShadowTables | undefined {
    return this.#tables
  }

  /**
   * Whether a page under an entry of the root belongs here.
   *
   * @param isGlobal - whether it is mapped alike in all address spaces.
   * @returns `undefined` when it does not belong to what is here already: drop all tables, those that borrow first.
   */
  takes(slot: number, isGlobal: boolean): boolean | undefined {
    const part = this.#parts[slot]
    if (part === Part.separate) return false
    this.#parts[slot] = isGlobal ? Part.common : Part.separate
    return isGlobal ? true : part === Part.common ? undefined : false
  }

  /** Lends all that is here to the tables of an address space. */
  lend(to: ShadowTables): void {
    if (!this.#tables) return
    for (let slot = 0; slot < ENTRIES; slot++) {
      if (this.#parts[slot] === Part.common) to.borrow(slot, this.#tables)
    }
  }

  /** Gives all frames back. Nothing may borrow of them any more. */
  clear(): void {
    this.#tables?.destroy()
    this.#tables = undefined
  }
}
