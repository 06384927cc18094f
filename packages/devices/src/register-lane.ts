import type { AccessWidth } from './device.ts'

const MASKS = { 1: 0xff, 2: 0xffff, 4: 0xffff_ffff } as const

/** The part of a 32-bit register that a narrow load at `offset` sees. */
export const readLane = (word: number, offset: number, width: AccessWidth): number =>
  ((word >>> ((offset & 3) * 8)) & MASKS[width]) >>> 0

/** A 32-bit register after a narrow store at `offset`. */
export const mergeLane = (word: number, offset: number, width: AccessWidth, value: number): number => {
  const shift = (offset & 3) * 8
  return ((word & ~(MASKS[width] << shift)) | ((value & MASKS[width]) << shift)) >>> 0
}
