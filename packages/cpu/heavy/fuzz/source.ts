/** Seeded random choices (mulberry32), the same on every machine. */
export class Source {
  #state: number
  constructor(seed: number) {
    this.#state = (seed ^ 0x9e37_79b9) >>> 0
  }
  /** An integer in `[0, below)`. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * below)
  }
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]
  }
  chance(percent: number): boolean {
    return this.below(100) < percent
  }
  bits64(): bigint {
    return (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32))
  }
  /** 64 bits, often at an edge of something. */
  value(): bigint {
    const roll = this.below(10)
    if (roll < 3) return this.of(EDGES)
    if (roll < 5) return BigInt(this.below(256))
    if (roll < 6) return BigInt.asUintN(64, BigInt.asIntN(32, this.bits64()))
    return this.bits64()
  }
  /** Raw bits of a floating-point register: boxed singles, doubles, and neither. */
  float(): bigint {
    const roll = this.below(12)
    const sign = BigInt(this.below(2))
    if (roll < 2) return this.bits64()
    if (roll < 7) {
      const exponent = BigInt(this.of([0, 1, 2, 127, 126, 128, 150, 254, 255, this.below(256)]))
      const fraction = this.of([0n, 1n, 0x40_0000n, 0x7f_ffffn, BigInt(this.below(0x80_0000))])
      return (0xffff_ffffn << 32n) | (sign << 31n) | (exponent << 23n) | fraction
    }
    const exponent = BigInt(this.of([0, 1, 2, 1023, 1022, 1024, 1075, 2046, 2047, this.below(2048)]))
    const fraction = this.of([0n, 1n, 1n << 51n, (1n << 52n) - 1n, this.bits64() & ((1n << 52n) - 1n)])
    return (sign << 63n) | (exponent << 52n) | fraction
  }
}

const EDGES = [
  0n,
  1n,
  2n,
  0xffff_ffff_ffff_ffffn,
  1n << 63n,
  (1n << 63n) - 1n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0xffff_ffff_8000_0000n,
]
