/** Pseudo-random 32-bit numbers from a seed (xorshift32), the same on every run. */
export const random32 = (seed: number): (() => number) => {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }
}
