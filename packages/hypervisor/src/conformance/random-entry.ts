import type { RandomSource } from '@worldswitch/isa/vectors'

/** Bits of an entry: V R W X U G A D, then the PPN from bit 10. */
const V = 1n
const A = 0x40n
const D = 0x80n

/** Where there is something else than RAM: interrupt priorities, nothing, and what no bus has. */
const OTHERS = [0x0c00_0000, 0x3000_0000, 2 ** 55] as const

/** A page-table entry. @param page - physical address. */
export const entryOf = (page: number, bits: bigint): bigint => (BigInt(page / 4096) << 10n) | bits

/** An entry for a page of the playground: mostly something useful, sometimes nonsense. */
export function randomEntry(source: RandomSource, page: number): bigint {
  const permissions = BigInt(source.below(16) << 1)
  switch (source.below(24)) {
    case 0:
    case 1:
      return 0n
    // W without R.
    case 2:
      return entryOf(page, V | source.of([0x04n, 0x06n, 0x46n, 0xc4n]))
    // Not a leaf, with and without the bits that only leaves have.
    case 3:
      return entryOf(page, V | source.of([0n, 0n, 0x10n, A, D]))
    // Reserved bits; PBMT and N, which are reserved without Svpbmt and Svnapot.
    case 4:
      return entryOf(page, V | A | D | permissions | (1n << BigInt(54 + source.below(10))))
    // What would be 64 KiB with Svnapot.
    case 5:
      return entryOf(page - (page % 0x1_0000) + 0x8000, V | A | D | permissions | (1n << 63n))
    // A superpage that is not aligned; another page where it is none.
    case 6:
      return entryOf(page + 4096, V | A | D | permissions)
    case 7:
      return entryOf(source.of(OTHERS), V | A | D | permissions)
    // Not accessed, not dirty.
    case 8:
    case 9:
      return entryOf(page, V | permissions | source.of([0n, D]))
    case 10:
    case 11:
    case 12:
    case 13:
      return entryOf(page, V | A | permissions)
    default:
      return entryOf(page, V | A | D | permissions)
  }
}
