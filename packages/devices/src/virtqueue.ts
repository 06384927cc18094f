import type { DmaMemory } from './device.ts'

/** What a queue needs of its transport. */
export interface VirtqueueHost {
  /** Guest memory. */
  readonly memory: DmaMemory
  /** Whether the driver may use indirect descriptors (VIRTIO_F_INDIRECT_DESC was negotiated). */
  readonly indirect: boolean
  /** The device is running: DRIVER_OK is set and nothing has failed. */
  readonly running: boolean
  /** A buffer was used: interrupt the driver. */
  used(): void
  /** The queue is malformed: the device needs a reset. */
  fail(): void
}

/** A run of guest memory, as a descriptor says it; nothing about it has been checked. */
interface Segment {
  readonly address: number
  readonly length: number
}

const DESCRIPTOR_SIZE = 16
const FLAG = { next: 1, write: 2, indirect: 4 } as const
const NO_INTERRUPT = 1
/** VIRTIO 1.2, 2.7.5: a chain is never longer than this. */
const LONGEST_CHAIN = 2 ** 32

/** Descriptor area, driver area and device area: guest-physical addresses. */
export interface VirtqueueAddresses {
  /** Descriptor table, 16 bytes each; a multiple of 16. */
  descriptors: number
  /** Available ring; a multiple of 2. */
  driver: number
  /** Used ring; a multiple of 4. */
  device: number
}

/**
 * A request of the driver: a chain of buffers, first those to read from and then those to write to. How they are cut
 * into descriptors means nothing (VIRTIO 1.2, 2.7.4).
 */
export class DescriptorChain {
  /** Bytes the device may read, at most 2^32. */
  readonly readableLength: number
  /** Bytes the device may write, at most 2^32. */
  readonly writableLength: number
  /** Index of the first descriptor. */
  readonly head: number
  readonly #memory: DmaMemory
  readonly #readable: readonly Segment[]
  readonly #writable: readonly Segment[]
  readonly #isLive: () => boolean

  constructor(
    head: number,
    memory: DmaMemory,
    readable: readonly Segment[],
    writable: readonly Segment[],
    isLive: () => boolean,
  ) {
    this.head = head
    this.#memory = memory
    this.#readable = readable
    this.#writable = writable
    this.#isLive = isLive
    this.readableLength = total(readable)
    this.writableLength = total(writable)
  }

  /** Whether the queue still waits for it: not completed, not reset since, and nothing failed. */
  get live(): boolean {
    return this.#isLive()
  }

  /**
   * Reads from the readable buffers, `offset` bytes from their start.
   *
   * @returns `false`, with `target` undefined in parts, when they end before `target` does or are not RAM.
   */
  read(offset: number, target: Uint8Array): boolean {
    return this.#transfer(this.#readable, offset, target, (address, bytes) =>
      this.#memory.read(address, bytes),
    )
  }

  /**
   * Writes into the writable buffers, `offset` bytes from their start.
   *
   * @returns `false`, with a part possibly written, when they end before `source` does, are not RAM, or the chain is no
   *   longer live.
   */
  write(offset: number, source: Uint8Array): boolean {
    return (
      this.live &&
      this.#transfer(this.#writable, offset, source, (address, bytes) => this.#memory.write(address, bytes))
    )
  }

  #transfer(
    segments: readonly Segment[],
    offset: number,
    bytes: Uint8Array,
    move: (address: number, bytes: Uint8Array) => boolean,
  ): boolean {
    let skip = offset
    let done = 0
    for (const { address, length } of segments) {
      if (done === bytes.length) break
      if (skip >= length) {
        skip -= length
        continue
      }
      const count = Math.min(length - skip, bytes.length - done)
      if (!move(address + skip, bytes.subarray(done, done + count))) return false
      done += count
      skip = 0
    }
    return done === bytes.length
  }
}

const total = (segments: readonly Segment[]): number =>
  segments.reduce((sum, segment) => sum + segment.length, 0)

/**
 * The device's side of a split virtqueue. Whatever the driver wrote into the rings is checked as it is read: an index
 * outside the table, a chain that loops or is longer than the queue, a readable buffer after a writable one, a ring
 * outside RAM make {@link Virtqueue.pop} report failure to the transport, once, and the queue then stands still until
 * it is reset. Work and memory per request are bounded by the size of the queue.
 *
 * @see VIRTIO 1.2, section 2.7
 */
export class Virtqueue {
  /** The most descriptors the driver may ask for. */
  readonly maxSize: number
  readonly #host: VirtqueueHost
  readonly #bytes = new Uint8Array(DESCRIPTOR_SIZE)
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #live = new Set<DescriptorChain>()
  #size = 0
  #addresses: VirtqueueAddresses | undefined
  #nextAvailable = 0
  #nextUsed = 0

  /** @param maxSize - a power of two. */
  constructor(maxSize: number, host: VirtqueueHost) {
    this.maxSize = maxSize
    this.#host = host
  }

  /** Descriptors in the table; 0 while the queue is not enabled. */
  get size(): number {
    return this.#size
  }

  /** Whether the driver enabled it. */
  get ready(): boolean {
    return this.#addresses !== undefined
  }

  /**
   * Starts it.
   *
   * @returns `false`, unchanged, when the size is no power of two up to `maxSize` or an area is misaligned.
   */
  enable(size: number, addresses: VirtqueueAddresses): boolean {
    if (size < 1 || size > this.maxSize || (size & (size - 1)) !== 0) return false
    const { descriptors, driver, device } = addresses
    if (descriptors % 16 !== 0 || driver % 2 !== 0 || device % 4 !== 0) return false
    this.disable()
    this.#size = size
    this.#addresses = { descriptors, driver, device }
    return true
  }

  /** Stops it; requests under way are dead. */
  disable(): void {
    this.#size = 0
    this.#addresses = undefined
    this.#nextAvailable = 0
    this.#nextUsed = 0
    this.#live.clear()
  }

  /**
   * Takes the next request.
   *
   * @returns `undefined` when there is none, the queue is not running, or it is malformed (then the device needs a
   *   reset).
   */
  pop(): DescriptorChain | undefined {
    const areas = this.#addresses
    if (areas === undefined || !this.#host.running) return undefined
    const index = this.#read16(areas.driver + 2)
    if (index < 0) return this.fail()
    const waiting = (index - this.#nextAvailable) & 0xffff
    if (waiting === 0) return undefined
    if (waiting > this.#size || this.#live.size >= this.#size) return this.fail()
    const head = this.#read16(areas.driver + 4 + 2 * (this.#nextAvailable % this.#size))
    if (head < 0) return this.fail()
    const chain = this.#walk(areas.descriptors, head)
    if (chain === undefined) return this.fail()
    this.#nextAvailable = (this.#nextAvailable + 1) & 0xffff
    this.#live.add(chain)
    return chain
  }

  /**
   * Returns a request to the driver. Nothing happens when the queue was reset since.
   *
   * @param written - how many bytes, from the first writable one, the device wrote.
   */
  complete(chain: DescriptorChain, written: number): void {
    const areas = this.#addresses
    if (!this.#live.delete(chain) || areas === undefined || !this.#host.running) return
    const { memory } = this.#host
    this.#view.setUint32(0, chain.head, true)
    this.#view.setUint32(4, written, true)
    const slot = areas.device + 4 + 8 * (this.#nextUsed % this.#size)
    this.#nextUsed = (this.#nextUsed + 1) & 0xffff
    const listed = memory.write(slot, this.#bytes.subarray(0, 8))
    this.#view.setUint16(0, this.#nextUsed, true)
    if (!listed || !memory.write(areas.device + 2, this.#bytes.subarray(0, 2))) this.fail()
    else if ((this.#read16(areas.driver) & NO_INTERRUPT) === 0) this.#host.used()
  }

  /** Gives up on a request, or on the queue: the driver is told that the device needs a reset. */
  fail(): undefined {
    this.#live.clear()
    this.#host.fail()
    return undefined
  }

  /** @returns a little-endian 16-bit word of guest memory, or -1 when it is not RAM. */
  #read16(address: number): number {
    return this.#host.memory.read(address, this.#bytes.subarray(0, 2)) ? this.#view.getUint16(0, true) : -1
  }

  #walk(table: number, head: number): DescriptorChain | undefined {
    const readable: Segment[] = []
    const writable: Segment[] = []
    let base = table
    let entries = this.#size
    let index = head
    let inTable = false
    let bytes = 0
    // Every turn visits one descriptor, so a loop runs into this bound; the one extra is the way into a table.
    for (let visited = 0; visited <= this.maxSize; visited++) {
      if (index >= entries) return undefined
      if (!this.#host.memory.read(base + index * DESCRIPTOR_SIZE, this.#bytes)) return undefined
      const address = this.#view.getUint32(0, true) + this.#view.getUint32(4, true) * 2 ** 32
      const length = this.#view.getUint32(8, true)
      const flags = this.#view.getUint16(12, true)
      const next = this.#view.getUint16(14, true)
      if (flags & FLAG.indirect) {
        if (inTable || !this.#host.indirect || flags & FLAG.next || length % DESCRIPTOR_SIZE !== 0)
          return undefined
        inTable = true
        base = address
        entries = length / DESCRIPTOR_SIZE
        index = 0
        continue
      }
      bytes += length
      if (bytes > LONGEST_CHAIN || readable.length + writable.length === this.maxSize) return undefined
      if (flags & FLAG.write) writable.push({ address, length })
      else if (writable.length > 0) return undefined
      else readable.push({ address, length })
      if ((flags & FLAG.next) === 0) {
        const chain: DescriptorChain = new DescriptorChain(head, this.#host.memory, readable, writable, () =>
          this.#live.has(chain),
        )
        return chain
      }
      index = next
    }
    return undefined
  }
}
