import type { Device } from '../src/device.ts'
import type { GuestRam } from './guest-ram.ts'

/** A buffer of a request: bytes for the device to read, or room for it to write. */
export type Buffer = { out: Uint8Array } | { room: number }

/** What the device returned. */
export interface Used {
  readonly head: number
  readonly length: number
}

/** A queue as the driver sees it. */
export interface DriverQueue {
  readonly index: number
  readonly size: number
  readonly descriptors: number
  readonly available: number
  readonly used: number
  /** Next free descriptor: those before it are taken to be free again when the table is at its end. */
  free: number
  added: number
  seen: number
}

const VERSION_1 = 1n << 32n

/**
 * A virtio driver written from the specification's side for drivers (VIRTIO 1.2, 3.1, 2.7 and 4.2.3) and from nothing
 * in the device: register offsets are the specification's numbers.
 */
export class SmallDriver {
  readonly device: Device
  readonly ram: GuestRam

  constructor(device: Device, ram: GuestRam) {
    this.device = device
    this.ram = ram
  }

  get(offset: number): number {
    return this.device.read(offset, 4)
  }

  set(offset: number, value: number): void {
    this.device.write(offset, 4, value >>> 0)
  }

  /** The features on offer. */
  offered(): bigint {
    this.set(0x14, 0)
    const low = BigInt(this.get(0x10))
    this.set(0x14, 1)
    return low | (BigInt(this.get(0x10)) << 32n)
  }

  /** Reset, acknowledge, negotiate; `false` when the device does not accept the features. */
  negotiate(features: bigint = VERSION_1): boolean {
    this.set(0x70, 0)
    this.set(0x70, 1)
    this.set(0x70, 3)
    this.set(0x24, 0)
    this.set(0x20, Number(features & 0xffff_ffffn))
    this.set(0x24, 1)
    this.set(0x20, Number(features >> 32n))
    this.set(0x70, 11)
    return (this.get(0x70) & 8) !== 0
  }

  /** Places and enables a queue. */
  addQueue(index: number, size: number): DriverQueue {
    const queue = {
      index,
      size,
      descriptors: this.ram.allocate(16 * size, 16),
      available: this.ram.allocate(6 + 2 * size, 2),
      used: this.ram.allocate(6 + 8 * size, 4),
      free: 0,
      added: 0,
      seen: 0,
    }
    this.enable(queue)
    return queue
  }

  /** Writes the registers of a queue; the rings start from zero. */
  enable(queue: DriverQueue): void {
    this.set(0x30, queue.index)
    this.set(0x38, queue.size)
    for (const [offset, address] of [
      [0x80, queue.descriptors],
      [0x90, queue.available],
      [0xa0, queue.used],
    ]) {
      this.set(offset, address % 2 ** 32)
      this.set(offset + 4, Math.floor(address / 2 ** 32))
    }
    this.set(0x44, 1)
  }

  /** DRIVER_OK. */
  go(): void {
    this.set(0x70, 15)
  }

  /** Negotiates version 1 (and more), sets up the given queues, and starts. */
  start(sizes: readonly number[], features: bigint = VERSION_1): DriverQueue[] {
    if (!this.negotiate(features | VERSION_1)) throw new Error('the device refused the features')
    const queues = sizes.map((size, index) => this.addQueue(index, size))
    this.go()
    return queues
  }

  /** Writes one descriptor. */
  describe(table: number, index: number, address: bigint, length: number, flags: number, next = 0): void {
    const entry = table + 16 * index
    this.ram.set64(entry, address)
    this.ram.set32(entry + 8, length)
    this.ram.set16(entry + 12, flags)
    this.ram.set16(entry + 14, next)
  }

  /** Makes a chain available without notifying; returns its head and where its buffers are. */
  add(queue: DriverQueue, buffers: readonly Buffer[], indirect = false): { head: number; at: number[] } {
    const at = buffers.map((buffer) => {
      if ('room' in buffer) return this.ram.allocate(buffer.room)
      const address = this.ram.allocate(buffer.out.length)
      this.ram.write(address, buffer.out)
      return address
    })
    const table = indirect ? this.ram.allocate(16 * buffers.length) : queue.descriptors
    const head = queue.free
    const first = indirect ? 0 : head
    buffers.forEach((buffer, i) => {
      const last = i === buffers.length - 1
      const length = 'room' in buffer ? buffer.room : buffer.out.length
      const flags = ('room' in buffer ? 2 : 0) | (last ? 0 : 1)
      const place = (k: number): number => (indirect ? k : (first + k) % queue.size)
      this.describe(table, place(i), BigInt(at[i]), length, flags, last ? 0 : place(i + 1))
    })
    if (indirect) this.describe(queue.descriptors, head, BigInt(table), 16 * buffers.length, 4)
    queue.free = (head + (indirect ? 1 : buffers.length)) % queue.size
    this.offer(queue, head)
    return { head, at }
  }

  /** Puts a head into the available ring. */
  offer(queue: DriverQueue, head: number): void {
    this.ram.set16(queue.available + 4 + 2 * (queue.added % queue.size), head)
    queue.added = (queue.added + 1) & 0xffff
    this.ram.set16(queue.available + 2, queue.added)
  }

  notify(queue: DriverQueue): void {
    this.set(0x50, queue.index)
  }

  /** What the device has returned since the last call. */
  collect(queue: DriverQueue): Used[] {
    const used: Used[] = []
    while (queue.seen !== this.ram.get16(queue.used + 2)) {
      const entry = queue.used + 4 + 8 * (queue.seen % queue.size)
      used.push({ head: this.ram.get32(entry), length: this.ram.get32(entry + 4) })
      queue.seen = (queue.seen + 1) & 0xffff
    }
    return used
  }

  /** Adds, notifies, and returns what came back with the places of the buffers. */
  request(queue: DriverQueue, buffers: readonly Buffer[], indirect = false): { at: number[]; used: Used[] } {
    const { at } = this.add(queue, buffers, indirect)
    this.notify(queue)
    return { at, used: this.collect(queue) }
  }

  get status(): number {
    return this.get(0x70)
  }

  get needsReset(): boolean {
    return (this.status & 64) !== 0
  }
}
