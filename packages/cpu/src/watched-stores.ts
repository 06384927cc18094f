import { TLB_CONTEXT_SHIFT } from '@worldswitch/mmu'
import { State, WATCH_ARRAY_SIZE, WATCH_BYTES, WATCH_ENTRIES } from './state-layout.ts'

const INVALID = -1
const I_WATCHES = State.watches >> 2

/**
 * Where a hart has the translations for stores to pages that hold predecoded code: by regime an array in the state block, which
 * generated code reads, fills and empties as well.
 */
export class WatchedStores {
  readonly #words: Int32Array
  readonly #watch: Int32Array

  /** @param words - the state block. */
  constructor(words: Int32Array) {
    this.#words = words
    this.#watch = words.subarray(State.watch >> 2, (State.watch + WATCH_BYTES) >> 2)
    this.forgetAll()
  }

  /** @returns the linear address of an address in a known page, or -1. */
  lookup(regime: number, low: number, high: number, context: number): number {
    const at = this.#entry(regime, low)
    if (
      this.#watch[at] !== ((low & ~0xfff) | (context << TLB_CONTEXT_SHIFT)) ||
      this.#watch[at + 1] !== (high | 0)
    ) {
      return -1
    }
    return (this.#watch[at + 2] + low) >>> 0
  }

  /** @param linear - of the address. @param records - of its page. */
  fill(regime: number, low: number, high: number, context: number, linear: number, records: number): void {
    const at = this.#entry(regime, low)
    this.#words[I_WATCHES] = 1
    this.#watch[at] = (low & ~0xfff) | (context << TLB_CONTEXT_SHIFT)
    this.#watch[at + 1] = high
    this.#watch[at + 2] = linear - low
    this.#watch[at + 3] = records
  }

  /** Drops what is there, if anything is. */
  forget(): void {
    if (this.#words[I_WATCHES] !== 0) this.forgetAll()
  }

  /** Drops everything, whatever is there. */
  forgetAll(): void {
    this.#watch.fill(INVALID)
    this.#words[I_WATCHES] = 0
  }

  #entry(regime: number, low: number): number {
    return (regime * WATCH_ARRAY_SIZE + ((low >>> 12) & (WATCH_ENTRIES - 1)) * 16) >> 2
  }
}
