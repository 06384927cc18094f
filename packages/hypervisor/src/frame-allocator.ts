import { type Hpa, hpa } from '@worldswitch/mmu'
import { HypervisorError } from './hypervisor-error.ts'

/** Bytes of a frame. */
export const FRAME_SIZE = 4096

/**
 * Hands out the 4 KiB frames of a stretch of host memory. Frames come out in ascending order until some were
 * given back, so that equal runs get equal addresses.
 */
export class FrameAllocator {
  readonly #base: number
  readonly #total: number
  #fresh = 0
  #returned: number[] = []
  /** So many frames in a row are not to be had, until some are given back. */
  #lacking = Number.POSITIVE_INFINITY

  /**
   * @param base - host-physical address of the first frame, a multiple of 4096.
   * @param bytes - length, a multiple of 4096.
   * @throws HypervisorError `host-memory` when either is not.
   */
  constructor(base: number, bytes: number) {
    if (base % FRAME_SIZE !== 0 || bytes % FRAME_SIZE !== 0 || bytes <= 0) {
      throw new HypervisorError('host-memory', `frames need 4 KiB alignment: base ${base}, ${bytes} bytes`)
    }
    this.#base = base
    this.#total = bytes / FRAME_SIZE
  }

  /** Frames that there are. */
  get total(): number {
    return this.#total
  }

  /** Frames that can still be handed out. */
  get available(): number {
    return this.#total - this.#fresh + this.#returned.length
  }

  /** Frames handed out now. */
  get used(): number {
    return this.#total - this.available
  }

  /** @returns a frame with whatever contents its last owner left, or `undefined` when none is left. */
  allocate(): Hpa | undefined {
    const returned = this.#returned.pop()
    if (returned !== undefined) return hpa(returned)
    if (this.#fresh === this.#total) return undefined
    return hpa(this.#base + this.#fresh++ * FRAME_SIZE)
  }

  /**
   * Hands out frames in a row, aligned to the length of all of them.
   *
   * @param count - a power of two.
   * @returns the first one, contents as of {@link allocate}; `undefined` when there are no such frames.
   */
  allocateRun(count: number): Hpa | undefined {
    if (count >= this.#lacking) return undefined
    const bytes = count * FRAME_SIZE
    const next = this.#base + this.#fresh * FRAME_SIZE
    const first = Math.ceil(next / bytes) * bytes
    const skipped = (first - next) / FRAME_SIZE
    if (this.#fresh + skipped + count <= this.#total) {
      for (let frame = next; frame < first; frame += FRAME_SIZE) this.#returned.push(frame)
      this.#fresh += skipped + count
      return hpa(first)
    }
    const again = this.#returnedRun(bytes)
    if (again === undefined) this.#lacking = count
    return again
  }

  /** Takes a frame back. It must be one that this allocator handed out and that was not given back since. */
  release(frame: Hpa): void {
    this.#returned.push(frame)
    this.#lacking = Number.POSITIVE_INFINITY
  }

  #returnedRun(bytes: number): Hpa | undefined {
    let length = 0
    let previous = 0
    for (const frame of [...this.#returned].sort((a, b) => a - b)) {
      const goesOn = length > 0 && frame === previous + FRAME_SIZE
      length = goesOn ? length + FRAME_SIZE : frame % bytes === 0 ? FRAME_SIZE : 0
      previous = frame
      if (length < bytes) continue
      const first = frame + FRAME_SIZE - bytes
      this.#returned = this.#returned.filter((other) => other < first || other > frame)
      return hpa(first)
    }
    return undefined
  }
}
