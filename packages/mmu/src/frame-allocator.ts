import { MmuError } from './mmu-error.ts'

/** Bytes of the root of a G-stage table, and its alignment. */
const WIDE_ROOT = 16384

/** Where a page-table builder gets memory for its tables. */
export interface FrameAllocator {
  /** @returns the physical base of a free 4 KiB frame, or `undefined` when there is none. Contents do not matter. */
  allocate(): number | undefined
  /**
   * For the root of a G-stage table.
   *
   * @returns the physical base of four free frames in a row, a multiple of 16 KiB, or `undefined` when there are none.
   */
  allocateWideRoot?(): number | undefined
  /** Takes a frame back. Without this method tables that became empty stay in place. */
  release?(frame: number): void
}

/** What {@link frameRange} makes: an allocator that takes frames back and knows what is left. */
export interface FrameRange extends Required<FrameAllocator> {
  /** Frames that can still be allocated. */
  readonly free: number
}

/**
 * Hands out the frames of `[start, end)`, released ones first.
 *
 * @throws MmuError `misaligned` when a bound is not a multiple of 4096.
 */
export function frameRange(start: number, end: number): FrameRange {
  if (start % 4096 !== 0 || end % 4096 !== 0) {
    throw new MmuError('misaligned', `frames from ${start} to ${end}: both must be multiples of 4096`)
  }
  const released: number[] = []
  let next = start
  return {
    allocate() {
      const again = released.pop()
      if (again !== undefined) return again
      if (next >= end) return undefined
      next += 4096
      return next - 4096
    },
    allocateWideRoot() {
      const first = Math.ceil(next / WIDE_ROOT) * WIDE_ROOT
      if (first + WIDE_ROOT > end) return undefined
      // What is skipped for alignment serves as single frames.
      for (; next < first; next += 4096) released.push(next)
      next += WIDE_ROOT
      return first
    },
    release(frame) {
      released.push(frame)
    },
    get free() {
      return released.length + Math.max(0, end - next) / 4096
    },
  }
}
