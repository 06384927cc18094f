import type { EntropySource } from './entropy.ts'
import type { VirtioDevice, VirtioTransport } from './virtio-device.ts'

/** What an entropy device needs. */
export interface VirtioRngOptions {
  /** Where the bytes come from. */
  source: EntropySource
}

const QUEUE_SIZE = 64
/** The most bytes of one request; the driver asks again for more (VIRTIO 1.2, 5.4.6.1 lets the device give fewer). */
const MOST_BYTES = 1024

/**
 * An entropy device: fills the buffers that the driver hands to it.
 *
 * A buffer without room is malformed, and the device needs a reset. Bytes that the driver offers for reading mean
 * nothing here and are not looked at.
 *
 * @see VIRTIO 1.2, section 5.4
 */
export class VirtioRng implements VirtioDevice {
  readonly id = 4
  readonly features = 0n
  readonly queueSizes = [QUEUE_SIZE]
  readonly config = new Uint8Array(0)

  readonly #source: EntropySource
  readonly #bytes = new Uint8Array(MOST_BYTES)
  #transport: VirtioTransport | undefined

  constructor({ source }: VirtioRngOptions) {
    this.#source = source
  }

  attach(transport: VirtioTransport): void {
    this.#transport = transport
  }

  notify(): void {
    const queue = this.#transport?.queues[0]
    if (queue === undefined) return
    // At most a queue's worth at a time: a buffer may lie in the ring that it came from.
    for (let left = queue.size; left > 0; left--) {
      const chain = queue.pop()
      if (chain === undefined) return
      const bytes = this.#bytes.subarray(0, Math.min(MOST_BYTES, chain.writableLength))
      this.#source.fill(bytes)
      if (bytes.length > 0 && chain.write(0, bytes)) queue.complete(chain, bytes.length)
      else queue.fail()
    }
  }

  stop(): void {}

  reset(): void {
    this.#source.reset?.()
  }
}

/** Makes a {@link VirtioRng}: put it into a slot with {@link virtioMmio}. */
export const virtioRng = (options: VirtioRngOptions): VirtioRng => new VirtioRng(options)
