/**
 * Physical memory as a page-table walk sees it. Addresses are bytes, multiples of 4, in `[0, 2^56)`; a guest can
 * make the walk ask for any of them.
 */
export interface WalkMemory {
  /** @returns the little-endian 32-bit word, unsigned, or `-1` when the address is not main memory. */
  load32(address: number): number
  /**
   * Stores a word.
   *
   * @param value - 32 bits, signed or unsigned.
   * @returns `false` when the address is not writable main memory; nothing is stored then.
   */
  store32(address: number, value: number): boolean
}
