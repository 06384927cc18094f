/** Where random bytes come from. */
export interface EntropySource {
  /** Fills all of `target`. */
  fill(target: Uint8Array): void
  /** The machine was switched on again: a source that repeats itself starts over. */
  reset?(): void
}

/** Most bytes that `crypto.getRandomValues` gives at once. */
const MOST_AT_ONCE = 65_536

/** The host's own entropy, `crypto.getRandomValues`: unpredictable, so a run that uses it does not repeat. */
export const hostEntropy = (): EntropySource => ({
  fill(target) {
    for (let at = 0; at < target.length; at += MOST_AT_ONCE)
      crypto.getRandomValues(target.subarray(at, at + MOST_AT_ONCE))
  },
})

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/**
 * Numbers that only look random, the same for one seed, for runs that repeat: whoever knows the seed knows every key
 * that the guest makes of them.
 *
 * @param seed - an unsigned 32-bit number.
 * @see Blackman and Vigna, "Scrambled linear pseudorandom number generators" (xoshiro128**)
 */
export const seededEntropy = (seed: number): EntropySource => {
  const state = new Int32Array(4)
  const reset = (): void => {
    // The seed is spread over the state by splitmix32, as the authors advise.
    let counter = seed
    for (let i = 0; i < 4; i++) {
      counter = (counter + 0x9e37_79b9) | 0
      let mixed = Math.imul(counter ^ (counter >>> 16), 0x21f0_aaad)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97)
      state[i] = mixed ^ (mixed >>> 15)
    }
  }
  const next = (): number => {
    const value = Math.imul(rotate(Math.imul(state[1], 5), 7), 9)
    const shifted = state[1] << 9
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = rotate(state[3], 11)
    return value
  }
  reset()
  return {
    fill(target) {
      for (let at = 0; at < target.length; at += 4) {
        const word = next()
        for (let i = 0; i < 4 && at + i < target.length; i++) target[at + i] = word >>> (8 * i)
      }
    },
    reset,
  }
}
