import type { HartState } from './hart-state.ts'
import { ACROSS_ENTRIES, ACROSS_HASH, ACROSS_SHIFT, ACROSS_SIZE, Across, State } from './state-layout.ts'

/** The entries of {@link State.across}, which generated code finds by itself; see `across-code.ts`. */
export class AcrossEntries {
  readonly #words: Int32Array
  readonly #start: number
  #turn = 0

  constructor(state: HartState) {
    this.#words = state.words
    this.#start = state.base + State.across
  }

  /**
   * @param from - the record where the instruction begins.
   * @returns the linear address of its entry: its own, or one of its two places in turn.
   */
  placeOf(from: number): number {
    const hash = Math.imul(from, ACROSS_HASH) >>> ACROSS_SHIFT
    const offset = hash & ((ACROSS_ENTRIES - 2) * ACROSS_SIZE)
    for (const at of [offset, offset ^ ACROSS_SIZE]) {
      if (this.#words[(State.across + at + Across.from) >> 2] === from) return this.#start + at
    }
    this.#turn ^= ACROSS_SIZE
    return this.#start + (offset ^ this.#turn)
  }
}

/** Empties the entries: their places follow from records, which other pages will have. */
export function forgetAcross({ words }: HartState): void {
  words.fill(0, State.across >> 2, (State.across + ACROSS_ENTRIES * ACROSS_SIZE) >> 2)
}
