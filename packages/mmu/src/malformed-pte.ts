import { PteBit } from './pte.ts'
import { reasonNumber, WalkFlag } from './walk-result.ts'

/** The part of the PPN in a PTE's upper word. */
export const HIGH_PPN = 0x003f_ffff
/** PTE bits 63..54 in the upper word: reserved, PBMT and N. All zero in an ordinary PTE. */
const HIGH_SPECIAL = 0xffc0_0000
const HIGH_RESERVED = 0x1fc0_0000

// Per level: the bits of the PTE's two words that must be zero in an aligned superpage.
const UNALIGNED_LOW = [0, 0x1ff << 10, 0x3ffff << 10, ~0x3ff, ~0x3ff]
const UNALIGNED_HIGH = [0, 0, 0, 0x1f, 0x3fff]

/** Whether a valid PTE that points to a table has a reserved bit set: D, A, U, PBMT and N always are, there. */
export function malformedPointer(low: number, high: number): boolean {
  return (low & (PteBit.dirty | PteBit.accessed | PteBit.user)) !== 0 || (high & HIGH_SPECIAL) !== 0
}

/**
 * Checks the form of a valid leaf, apart from permissions.
 *
 * @param flags - `WalkFlag` bits; Svpbmt and Svnapot matter.
 * @returns the number of a `walkReasons`, 0 when well-formed.
 */
export function malformedLeaf(level: number, low: number, high: number, flags: number): number {
  if ((high & HIGH_SPECIAL) !== 0) {
    const memoryType = (high >>> 29) & 3
    const typed = memoryType === 0 || ((flags & WalkFlag.svpbmt) !== 0 && memoryType !== 3)
    // The one NAPOT size: 64 KiB, spelled by 0b1000 in the low bits of the PPN.
    const sized =
      high >>> 31 === 0 || ((flags & WalkFlag.svnapot) !== 0 && level === 0 && ((low >>> 10) & 0xf) === 0x8)
    if ((high & HIGH_RESERVED) !== 0 || !typed || !sized) return reasonNumber['reserved-bits']
  }
  if ((low & UNALIGNED_LOW[level]) !== 0 || (high & UNALIGNED_HIGH[level]) !== 0) {
    return reasonNumber['misaligned-superpage']
  }
  return 0
}
