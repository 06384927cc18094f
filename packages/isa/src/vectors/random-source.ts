/**
 * Seeded pseudo-random choices (mulberry32), the same on every machine: random programs are written with them.
 *
 * @example
 * ```ts
 * import { RandomSource } from '@worldswitch/isa/vectors'
 *
 * const source = new RandomSource(1)
 * console.log(source.of(['add', 'sub', 'xor']), source.below(32)) // the same every time
 * ```
 */
export class RandomSource {
  #state: number

  /** @param seed - an integer, of which 32 bits count. Equal seeds give equal choices. */
  constructor(seed: number) {
    this.#state = (seed ^ 0x9e37_79b9) >>> 0
  }

  /** @param below - an integer from 1 to 2³². @returns an integer in `[0, below)`. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * below)
  }

  /** @returns one of the choices, of which there is at least one. */
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]
  }

  /** @returns true in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  /** @returns 64 bits, as an unsigned integer. */
  bits64(): bigint {
    return (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32))
  }
}
