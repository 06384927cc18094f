import { LAST_CONTEXT } from './tlb-layout.ts'

/** A set of TLB context ids, made to be refilled: clearing and testing cost no allocation. */
export class ContextSet {
  /** 1 at the index of every id in the set, for loops that test many. Read only; covers ids that no context has. */
  readonly members = new Uint8Array(512)
  readonly #ids = new Uint16Array(LAST_CONTEXT + 1)
  #size = 0

  constructor(...contexts: readonly number[]) {
    for (const context of contexts) this.add(context)
  }

  /** Number of contexts in the set. */
  get size(): number {
    return this.#size
  }

  /** The context added as number `index`, counted from 0. */
  at(index: number): number {
    return this.#ids[index]
  }

  /** Whether `context` is in the set. */
  has(context: number): boolean {
    return this.members[context] === 1
  }

  /** Adds a context id. */
  add(context: number): void {
    if (this.members[context] !== 0) return
    this.members[context] = 1
    this.#ids[this.#size++] = context
  }

  /** Empties the set. */
  clear(): void {
    for (let i = 0; i < this.#size; i++) this.members[this.#ids[i]] = 0
    this.#size = 0
  }
}
