import type { ClockName } from './machine-options.ts'

const BYTES = 32

/**
 * The entropy that `/chosen/rng-seed` gives the kernel: under the virtual clock always the same for one seed, so that
 * runs can be repeated, under the wall clock unpredictable.
 */
export function rngSeed(clock: ClockName, seed: number): Uint8Array {
  const bytes = new Uint8Array(BYTES)
  if (clock === 'wall') return crypto.getRandomValues(bytes)
  const view = new DataView(bytes.buffer)
  // splitmix64
  let state = BigInt(seed)
  for (let at = 0; at < BYTES; at += 8) {
    state = BigInt.asUintN(64, state + 0x9e37_79b9_7f4a_7c15n)
    let mixed = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58_476d_1ce4_e5b9n)
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn)
    view.setBigUint64(at, mixed ^ (mixed >> 31n))
  }
  return bytes
}
