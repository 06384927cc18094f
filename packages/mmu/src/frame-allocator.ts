import { MmuError } from './mmu-error.ts'

/** Where a page-table builder gets memory for its tables. */
export interface FrameAllocator {
  /** @returns the physical base of a free 4 KiB frame, or `undefined` when there is none. Contents do not matter. */
  allocate(): number | undefined
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
    release(frame) {
      released.push(frame)
    },
    get free() {
      return released.length + Math.max(0, end - next) / 4096
    },
  }
}
