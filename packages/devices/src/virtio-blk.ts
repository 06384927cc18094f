import { type BlockBackend, SECTOR_SIZE } from './block-backend.ts'
import type { VirtioDevice, VirtioTransport } from './virtio-device.ts'
import type { DescriptorChain } from './virtqueue.ts'

/** What a block device needs. */
export interface VirtioBlkOptions {
  /** The disk. */
  backend: BlockBackend
  /** What the driver's "get ID" request returns: up to 20 ASCII characters. */
  serial?: string
  /** A backend failed; the guest has got an I/O error. */
  onError?(error: unknown): void
}

const FEATURE = {
  sizeMax: 1n << 1n,
  segMax: 1n << 2n,
  readOnly: 1n << 5n,
  blkSize: 1n << 6n,
  flush: 1n << 9n,
}
const REQUEST = { in: 0, out: 1, flush: 4, getId: 8 } as const
const STATUS = { ok: 0, ioError: 1, unsupported: 2 } as const
type Status = (typeof STATUS)[keyof typeof STATUS]

const HEADER_SIZE = 16
const ID_SIZE = 20
const CONFIG_SIZE = 60
const QUEUE_SIZE = 128
/** A request has a header and a status byte besides its data. */
const SEGMENTS = QUEUE_SIZE - 2
const SEGMENT_SIZE = 0x1_0000
/** The most data of one request; what the driver is told (segments x size) is within it. */
const MOST_DATA = 8 * 2 ** 20
/** No further request is started while the backend works on this much. */
const MOST_IN_FLIGHT = 32 * 2 ** 20
/** What a request without data counts for. */
const REQUEST_OVERHEAD = 4096

/** A request that was found good. */
interface Job {
  /** Bytes that it writes before its status. */
  readonly delivers: number
  /** Bytes of host memory that it holds until it is done. */
  readonly holds: number
  work(): void | Promise<void>
  /** Brings the result to the guest; `false` when that fails. */
  deliver(): boolean
}

/**
 * A disk: read, write, flush and "get ID" over any {@link BlockBackend}.
 *
 * A request outside the disk, of a part of a sector, of more than 8 MiB, or a write to a read-only disk gets an I/O
 * error; an unknown type gets "unsupported"; one without a header or a status byte is malformed, and the device needs a
 * reset. Backends that return promises complete later and in any order; what they complete after a reset reaches
 * neither the guest's memory nor its queue.
 *
 * @see VIRTIO 1.2, section 5.2
 */
export class VirtioBlk implements VirtioDevice {
  readonly id = 2
  readonly features: bigint
  readonly queueSizes = [QUEUE_SIZE]
  readonly config = new Uint8Array(CONFIG_SIZE)

  readonly #backend: BlockBackend
  readonly #serial: Uint8Array
  readonly #onError: (error: unknown) => void
  readonly #header = new Uint8Array(HEADER_SIZE)
  readonly #headerView = new DataView(this.#header.buffer)
  readonly #statusByte = new Uint8Array(1)
  #spare: Uint8Array = new Uint8Array(0)
  #transport: VirtioTransport | undefined
  #inFlight = 0
  #inFlightBytes = 0

  constructor({ backend, serial = 'worldswitch', onError = () => {} }: VirtioBlkOptions) {
    this.#backend = backend
    this.#onError = onError
    this.#serial = new Uint8Array(ID_SIZE)
    this.#serial.set(new TextEncoder().encode(serial).subarray(0, ID_SIZE))
    this.features =
      FEATURE.sizeMax |
      FEATURE.segMax |
      FEATURE.blkSize |
      FEATURE.flush |
      (backend.readOnly ? FEATURE.readOnly : 0n)
    const view = new DataView(this.config.buffer)
    view.setBigUint64(0, BigInt(backend.sectors), true)
    view.setUint32(8, SEGMENT_SIZE, true)
    view.setUint32(12, SEGMENTS, true)
    view.setUint32(20, SECTOR_SIZE, true)
  }

  /** Requests that the backend is working on, those of before a reset included. */
  get inFlight(): number {
    return this.#inFlight
  }

  attach(transport: VirtioTransport): void {
    this.#transport = transport
  }

  notify(): void {
    const queue = this.#transport?.queues[0]
    if (queue === undefined) return
    // At most a queue's worth at a time: a request may write into the ring that it came from.
    for (let left = queue.size; left > 0 && this.#inFlightBytes < MOST_IN_FLIGHT; left--) {
      const chain = queue.pop()
      if (chain === undefined) return
      this.#serve(chain)
    }
  }

  stop(): void {}

  reset(): void {}

  #serve(chain: DescriptorChain): void {
    if (chain.writableLength < 1 || !chain.read(0, this.#header)) {
      this.#transport?.queues[0].fail()
      return
    }
    const job = this.#plan(chain)
    if (typeof job === 'number') this.#finish(chain, job, 0)
    else this.#run(chain, job)
  }

  /** What a request asks for, or the status that refuses it. */
  #plan(chain: DescriptorChain): Job | Status {
    const type = this.#headerView.getUint32(0, true)
    const sector = this.#headerView.getUint32(8, true) + this.#headerView.getUint32(12, true) * 2 ** 32
    if (type === REQUEST.in) return this.#planRead(chain, sector)
    if (type === REQUEST.out) return this.#planWrite(chain, sector)
    if (type === REQUEST.flush)
      return { delivers: 0, holds: 0, work: () => this.#backend.flush(), deliver: () => true }
    if (type !== REQUEST.getId) return STATUS.unsupported
    const id = this.#serial.subarray(0, Math.min(ID_SIZE, chain.writableLength - 1))
    return { delivers: id.length, holds: 0, work() {}, deliver: () => chain.write(0, id) }
  }

  #planRead(chain: DescriptorChain, sector: number): Job | Status {
    const length = chain.writableLength - 1
    if (!this.#inRange(sector, length)) return STATUS.ioError
    const data = this.#borrow(length)
    return {
      delivers: length,
      holds: length,
      work: () => this.#backend.read(sector, data),
      deliver: () => {
        const written = chain.write(0, data)
        this.#giveBack(data)
        return written
      },
    }
  }

  #planWrite(chain: DescriptorChain, sector: number): Job | Status {
    const length = chain.readableLength - HEADER_SIZE
    if (this.#backend.readOnly || !this.#inRange(sector, length)) return STATUS.ioError
    const data = this.#borrow(length)
    if (!chain.read(HEADER_SIZE, data)) return STATUS.ioError
    return {
      delivers: 0,
      holds: length,
      work: () => this.#backend.write(sector, data),
      deliver: () => {
        this.#giveBack(data)
        return true
      },
    }
  }

  /** Sectors beyond 2^53 lose their low bits as numbers, and are outside of any disk all the same. */
  #inRange(sector: number, length: number): boolean {
    return (
      length % SECTOR_SIZE === 0 &&
      length <= MOST_DATA &&
      sector + length / SECTOR_SIZE <= this.#backend.sectors
    )
  }

  /** A buffer that an earlier request gave back, or a new one. */
  #borrow(length: number): Uint8Array {
    const spare = this.#spare
    if (spare.length < length) return new Uint8Array(length)
    this.#spare = new Uint8Array(0)
    return spare.subarray(0, length)
  }

  #giveBack(data: Uint8Array): void {
    this.#spare = new Uint8Array(data.buffer)
  }

  /** Lets the backend work, and finishes the request at once or when the promise settles. */
  #run(chain: DescriptorChain, { delivers, holds, work, deliver }: Job): void {
    const failed = (error: unknown): void => {
      this.#onError(error)
      this.#finish(chain, STATUS.ioError, 0)
    }
    const succeeded = (): void => {
      const delivered = deliver()
      this.#finish(chain, delivered ? STATUS.ok : STATUS.ioError, delivered ? delivers : 0)
    }
    let working: void | Promise<void>
    try {
      working = work()
    } catch (error) {
      failed(error)
      return
    }
    if (working === undefined) {
      succeeded()
      return
    }
    this.#inFlight++
    this.#inFlightBytes += holds + REQUEST_OVERHEAD
    void working.then(succeeded, failed).finally(() => {
      this.#inFlight--
      this.#inFlightBytes -= holds + REQUEST_OVERHEAD
      // Requests that had to wait for memory can go on.
      this.notify()
    })
  }

  /** Writes the status byte, the last writable one, and returns the request. */
  #finish(chain: DescriptorChain, status: Status, delivered: number): void {
    const queue = this.#transport?.queues[0]
    if (queue === undefined || !chain.live) return
    this.#statusByte[0] = status
    if (!chain.write(chain.writableLength - 1, this.#statusByte)) {
      queue.fail()
      return
    }
    // The length counts bytes from the first on: an error with room for data before the status wrote none of them.
    queue.complete(chain, chain.writableLength === delivered + 1 ? delivered + 1 : delivered)
  }
}

/** Makes a {@link VirtioBlk}: put it into a slot with {@link virtioMmio}. */
export const virtioBlk = (options: VirtioBlkOptions): VirtioBlk => new VirtioBlk(options)
