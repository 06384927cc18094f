import type { Virtqueue } from './virtqueue.ts'

/**
 * What a virtio device is, whatever the transport: an identity, features, a configuration space and queues. The
 * transport owns registers, negotiation, queues and interrupts; the device sees requests.
 *
 * @see Virtual I/O Device (VIRTIO) 1.2, chapter 2
 */
export interface VirtioDevice {
  /** Device ID: 2 for a block device, 3 for a console (VIRTIO 1.2, chapter 5). */
  readonly id: number
  /** Features of the device's own kind, bits 0 to 23 and 50 and above; the transport adds its own. */
  readonly features: bigint
  /** The most descriptors of each queue: powers of two up to 32768. */
  readonly queueSizes: readonly number[]
  /** The configuration space, little-endian; the transport reads it whenever the driver does. */
  readonly config: Uint8Array
  /** Something outside may wake the guest through it, without being asked again; it takes real time. */
  readonly awaiting?: boolean
  /** Connects it, once, before anything else. */
  attach(transport: VirtioTransport): void
  /** The driver made buffers available in a queue; the queue is ready and the driver, too. */
  notify(queue: number): void
  /** A store of the driver into the configuration space; without this method they are ignored. */
  writeConfig?(offset: number, width: number, value: number): void
  /** The driver reset the device: requests under way are dead, and completing them does nothing. */
  stop(): void
  /** Back to the state after power-on. */
  reset(): void
}

/** What a transport offers a device. */
export interface VirtioTransport {
  /** The device's queues, in the order of its `queueSizes`. */
  readonly queues: readonly Virtqueue[]
  /** The device changed its configuration space: tells the driver. */
  configChanged(): void
}
