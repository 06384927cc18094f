import { FRAME_SIZE, type Host } from '@worldswitch/hypervisor'
import type { Hpa } from '@worldswitch/mmu'

const ZEROES = new Uint8Array(FRAME_SIZE)

/** A part of the host's frames: no more than so many at a time, each full of zeros. */
export class FrameQuota {
  readonly #host: Host
  readonly #most: number
  #used = 0

  constructor(host: Host, most: number) {
    this.#host = host
    this.#most = most
  }

  /** @returns a frame, or `undefined` when the quota is used up or the host has none left. */
  allocate(): Hpa | undefined {
    if (this.#used >= this.#most) return undefined
    const frame = this.#host.frames.allocate()
    if (frame === undefined) return undefined
    this.#used++
    this.#host.memory.writeRam(frame, ZEROES)
    return frame
  }

  /** Takes back a frame that came from here. */
  release(frame: Hpa): void {
    this.#used--
    this.#host.frames.release(frame)
  }
}
