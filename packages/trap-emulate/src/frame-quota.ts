import type { FrameAllocator } from '@worldswitch/hypervisor'
import type { Hpa } from '@worldswitch/mmu'

/** A part of the host's frames: no more than so many at a time. */
export class FrameQuota {
  readonly #frames: FrameAllocator
  readonly #most: number
  #used = 0

  constructor(frames: FrameAllocator, most: number) {
    this.#frames = frames
    this.#most = most
  }

  /** @returns a frame, or `undefined` when the quota is used up or the host has none left. */
  allocate(): Hpa | undefined {
    if (this.#used >= this.#most) return undefined
    const frame = this.#frames.allocate()
    if (frame !== undefined) this.#used++
    return frame
  }

  /** Takes back a frame that came from here. */
  release(frame: Hpa): void {
    this.#used--
    this.#frames.release(frame)
  }
}
