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
  readonly #returned: number[] = []

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

  /** Takes a frame back. It must be one that this allocator handed out and that was not given back since. */
  release(frame: Hpa): void {
    this.#returned.push(frame)
  }
}
