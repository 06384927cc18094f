/** A range of physical addresses. */
export interface RamRange {
  /** First byte. */
  readonly base: number
  /** Bytes. */
  readonly size: number
}

/** One piece of an image: `bytes` go to `address`, and zeros after them up to `size` bytes. */
export interface ImageSegment {
  /** Physical address. */
  readonly address: number
  /** Contents; views of the image, not copies. */
  readonly bytes: Uint8Array
  /** Bytes in memory, at least `bytes.length`. */
  readonly size: number
}

/** An image taken apart: what goes where, and where execution begins. */
export interface LoadedImage {
  /** How it was recognized. */
  readonly format: 'elf' | 'linux-image' | 'raw'
  readonly segments: readonly ImageSegment[]
  /** Physical address of the first instruction. */
  readonly entry: number
  /** First physical address of the image. */
  readonly start: number
  /** First physical address after the image, memory that it claims beyond its file included. */
  readonly end: number
}

/** `true` when `[address, address + size)` lies in `range`. */
export const contains = (range: RamRange, address: number, size: number): boolean =>
  address >= range.base && size <= range.size && address - range.base <= range.size - size
