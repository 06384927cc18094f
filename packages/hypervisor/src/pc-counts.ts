/** One PC and how often it was counted. */
export interface PcCount {
  readonly pc: bigint
  readonly count: number
}

const FIRST_SIZE = 256
const GOLDEN = 0x9e37_79b1

/** Counts by PC, of a bounded number of PCs: those that come first. It is added to at every exit. */
export class PcCounts {
  readonly #most: number
  #known = 0
  /** A hash table, at most half full: two words of each key, and its count, which is 0 where there is none. */
  #keys = new Uint32Array(2 * FIRST_SIZE)
  #counts = new Float64Array(FIRST_SIZE)
  readonly #pc = new BigUint64Array(1)
  readonly #pcWords = new Uint32Array(this.#pc.buffer)

  /** @param most - PCs that are told apart at most. */
  constructor(most: number) {
    this.#most = most
  }

  /** Counts a PC, if it is one of those that are told apart. */
  add(pc: bigint): void {
    this.#pc[0] = pc
    const first = this.#pcWords[0]
    const second = this.#pcWords[1]
    const at = this.#find(first, second)
    if (this.#counts[at] === 0) {
      if (this.#known === this.#most) return
      this.#known++
      this.#keys[2 * at] = first
      this.#keys[2 * at + 1] = second
    }
    this.#counts[at]++
    if (2 * this.#known > this.#counts.length) this.#grow()
  }

  /** All that were counted, in no order. */
  entries(): PcCount[] {
    const entries: PcCount[] = []
    for (const [at, count] of this.#counts.entries()) {
      if (count === 0) continue
      this.#pcWords[0] = this.#keys[2 * at]
      this.#pcWords[1] = this.#keys[2 * at + 1]
      entries.push({ pc: this.#pc[0], count })
    }
    return entries
  }

  /** Where a key is, or belongs. */
  #find(first: number, second: number): number {
    const mask = this.#counts.length - 1
    const hash = Math.imul(first ^ Math.imul(second, GOLDEN), GOLDEN)
    let at = (hash ^ (hash >>> 16)) & mask
    while (this.#counts[at] !== 0 && (this.#keys[2 * at] !== first || this.#keys[2 * at + 1] !== second))
      at = (at + 1) & mask
    return at
  }

  #grow(): void {
    const [keys, counts] = [this.#keys, this.#counts]
    this.#keys = new Uint32Array(2 * keys.length)
    this.#counts = new Float64Array(2 * counts.length)
    for (const [old, count] of counts.entries()) {
      if (count === 0) continue
      const at = this.#find(keys[2 * old], keys[2 * old + 1])
      this.#keys[2 * at] = keys[2 * old]
      this.#keys[2 * at + 1] = keys[2 * old + 1]
      this.#counts[at] = count
    }
  }
}
