import { MmuError } from './mmu-error.ts'

/** Bits 7..0 of a page-table entry. Privileged ISA, "Sv39 page table entry". */
export const PteBit = {
  valid: 1,
  read: 2,
  write: 4,
  execute: 8,
  user: 16,
  global: 32,
  accessed: 64,
  dirty: 128,
} as const

/** Svpbmt memory types in the order of their encoding. Privileged ISA, "Svpbmt". */
export const memoryTypes = ['pma', 'nc', 'io'] as const
/** Memory type of a mapping: as the platform says, non-cacheable, or strongly ordered I/O. */
export type MemoryType = (typeof memoryTypes)[number]

/** A page-table entry, taken apart. */
export interface Pte {
  /** Physical page number, `[0, 2^44)`. */
  readonly ppn: number
  /** V, bit 0: everything else means something only when it is set. */
  readonly valid: boolean
  /** R, bit 1. With W and X clear as well the entry points to a table. */
  readonly read: boolean
  /** W, bit 2; reserved without R. */
  readonly write: boolean
  /** X, bit 3. */
  readonly execute: boolean
  /** U, bit 4: for U-mode, and for S-mode with SUM. */
  readonly user: boolean
  /** G, bit 5: in every address space. */
  readonly global: boolean
  /** A, bit 6: was read, written or executed. */
  readonly accessed: boolean
  /** D, bit 7: was written. */
  readonly dirty: boolean
  /** RSW, bits 9..8: for software. */
  readonly software: number
  /** Reserved bits 60..54: zero in every well-formed entry. */
  readonly reserved: number
  /** PBMT, bits 62..61: an index into {@link memoryTypes}; 3 is reserved. */
  readonly memoryType: number
  /** N, bit 63: one of a naturally aligned power-of-two group. */
  readonly napot: boolean
}

/** @returns the fields of a 64-bit entry; total: every value decodes. */
export function decodePte(entry: bigint): Pte {
  const low = Number(entry & 0xffn)
  return {
    ppn: Number((entry >> 10n) & 0xfff_ffff_ffffn),
    valid: (low & PteBit.valid) !== 0,
    read: (low & PteBit.read) !== 0,
    write: (low & PteBit.write) !== 0,
    execute: (low & PteBit.execute) !== 0,
    user: (low & PteBit.user) !== 0,
    global: (low & PteBit.global) !== 0,
    accessed: (low & PteBit.accessed) !== 0,
    dirty: (low & PteBit.dirty) !== 0,
    software: Number((entry >> 8n) & 3n),
    reserved: Number((entry >> 54n) & 0x7fn),
    memoryType: Number((entry >> 61n) & 3n),
    napot: ((entry >> 63n) & 1n) === 1n,
  }
}

/**
 * Builds a 64-bit entry; absent fields are zero or false. Nonsense such as W without R is encoded as asked:
 * tests need it.
 *
 * @throws MmuError `bad-field` when a number does not fit its field.
 */
export function encodePte(pte: Partial<Pte>): bigint {
  const bits =
    (pte.valid ? PteBit.valid : 0) |
    (pte.read ? PteBit.read : 0) |
    (pte.write ? PteBit.write : 0) |
    (pte.execute ? PteBit.execute : 0) |
    (pte.user ? PteBit.user : 0) |
    (pte.global ? PteBit.global : 0) |
    (pte.accessed ? PteBit.accessed : 0) |
    (pte.dirty ? PteBit.dirty : 0)
  return (
    BigInt(bits) |
    (field('software', pte.software, 2) << 8n) |
    (field('ppn', pte.ppn, 44) << 10n) |
    (field('reserved', pte.reserved, 7) << 54n) |
    (field('memoryType', pte.memoryType, 2) << 61n) |
    (pte.napot ? 1n << 63n : 0n)
  )
}

function field(name: string, value: number | undefined, width: number): bigint {
  if (value === undefined) return 0n
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** width) {
    throw new MmuError('bad-field', `PTE field ${name} is ${value}; it holds ${width} bits`)
  }
  return BigInt(value)
}
