import { MmuError } from './mmu-error.ts'

/** Translation regimes, each with arrays of its own, so that a change of privilege flushes nothing. */
export const Regime = { M: 0, S: 1, U: 2, VS: 3, VU: 4 } as const
/** Names of the regimes. */
export type RegimeName = keyof typeof Regime

/** Number of translation regimes. */
export const REGIMES = 5
/** Number of access kinds, numbered by `Access`: read, write, execute. */
export const KINDS = 3

/** Bytes of one TLB entry. */
export const TLB_ENTRY_SIZE = 16
/** Offset of the 64-bit tag in an entry. */
export const TLB_TAG_OFFSET = 0
/** Offset of the 32-bit addend: linear address = addend + low 32 bits of the virtual address, wrapping. */
export const TLB_ADDEND_OFFSET = 8
/** Offset of the 32-bit word that generated code does not read: log2 of the size of the page behind the entry. */
export const TLB_SHIFT_OFFSET = 12
/** Position of the context id in a tag, below the page number and above the three alignment bits. */
export const TLB_CONTEXT_SHIFT = 3
/** Tag of an entry that matches nothing. */
export const TLB_INVALID_TAG = 0xffff_ffff_ffff_ffffn
/**
 * Smallest context id. Id 0 is left out so that zeroed memory can never be a hit on page zero.
 */
export const FIRST_CONTEXT = 1
/**
 * Largest context id. Not 511: a misaligned 8-byte access to the very last page in context 511 would compare
 * equal to the invalid tag.
 */
export const LAST_CONTEXT = 510

/**
 * What the index of an entry is exclusive-ored with: address spaces that use the same addresses, as all programs and
 * all copies of a kernel's mappings do, come to lie beside each other instead of in each other's place.
 *
 * An entry of a page is at `((va >> 12) & indexMask) ^ contextHash(context, indexMask)` of its array. Code that keeps
 * arrays aligned to their size can have that for nothing: the hash is part of the base, and the index is
 * exclusive-ored instead of added.
 */
export const contextHash = (context: number, indexMask: number): number =>
  Math.imul(context, 0x65) & indexMask

/**
 * From an entry's place to its second one: half the array away, so that two pages that are wanted in turn do not drive
 * each other out. Generated code looks there after a miss. An entry is at one of the two places, never at both.
 *
 * @param arraySize - of {@link TlbLayout}.
 * @returns bytes to exclusive-or the place with.
 */
export const secondPlace = (arraySize: number): number => arraySize / 2

/**
 * How a TLB knows of the mappings larger than 4 KiB of which it may have entries: that of `2 ** shift` bytes at an address
 * has the bit `((low32(va >> shift) ^ shift) * SUPERPAGE_HASH) >>> SUPERPAGE_HASH_SHIFT` of a filter, and one of
 * {@link SUPERPAGE_FILTER_BITS} further in the upper half of the address space.
 */
export const SUPERPAGE_HASH = 0x9e37_79b1
/** What the product, 32 bits, is shifted by. */
export const SUPERPAGE_HASH_SHIFT = 21
/** Bits of the filter for each half of the address space. */
export const SUPERPAGE_FILTER_BITS = 2 ** (32 - SUPERPAGE_HASH_SHIFT)
/** Words of 32 bits: the filter, and the sizes of what is in there, bit 0 for mappings up to 2 MiB, 1 to 1 GiB, and so on. */
export const SUPERPAGE_FILTER_WORDS = (2 * SUPERPAGE_FILTER_BITS) / 32 + 1

/** Where the arrays of a TLB lie, relative to its base. */
export interface TlbLayout {
  /** Entries per array: a power of two. */
  readonly entries: number
  /** Mask that turns a virtual page number into an index. */
  readonly indexMask: number
  /** Bytes of one array, `entries * 16`. */
  readonly arraySize: number
  /** Bytes of the three arrays of one regime. */
  readonly regimeSize: number
  /** Bytes of the whole. */
  readonly byteSize: number
  /** Offset of the array of a regime and an access kind. */
  arrayOffset(regime: number, kind: number): number
}

/**
 * Lays out the arrays, one per (regime, kind).
 *
 * @param entries - per array: a power of two from 16 to 65536.
 * @throws MmuError `bad-layout` for another number.
 */
export function tlbLayout(entries = 512): TlbLayout {
  if (!Number.isInteger(entries) || entries < 16 || entries > 65536 || (entries & (entries - 1)) !== 0) {
    throw new MmuError('bad-layout', `${entries} TLB entries: choose a power of two from 16 to 65536`)
  }
  const arraySize = entries * TLB_ENTRY_SIZE
  const regimeSize = arraySize * KINDS
  return {
    entries,
    indexMask: entries - 1,
    arraySize,
    regimeSize,
    byteSize: regimeSize * REGIMES,
    arrayOffset: (regime, kind) => regime * regimeSize + kind * arraySize,
  }
}
