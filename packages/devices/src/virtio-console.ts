import { InputQueue } from './input-queue.ts'
import type { VirtioDevice, VirtioTransport } from './virtio-device.ts'
import type { DescriptorChain } from './virtqueue.ts'

/** What a console needs. */
export interface VirtioConsoleOptions {
  /** Bytes that the guest wrote; called while the guest's notification executes. The array is the callee's to keep. */
  output(bytes: Uint8Array): void
  /** Characters of the terminal, until {@link VirtioConsole.resize}; 80 by 25 if absent. */
  size?: { columns: number; rows: number }
  /** The most bytes {@link VirtioConsole.receive} keeps for the guest; 65536 if absent. */
  queueLimit?: number
  /** Called when `receive` refused bytes before and half of the queue is free again. */
  drained?(): void
}

const FEATURE = { size: 1n << 0n, emergencyWrite: 1n << 2n }
const QUEUE = { receive: 0, transmit: 1 } as const
const QUEUE_SIZE = 64
const CONFIG_SIZE = 12
const EMERGENCY_WRITE = 8
/** The most bytes of one buffer that are put out; a longer one is cut. */
const MOST_OUTPUT = 2 ** 20
const CHUNK = 0x1_0000

/**
 * A console with one port: a queue in each direction, the size of the terminal, and emergency write (a byte stored to
 * the configuration space, which needs no set-up).
 *
 * @see VIRTIO 1.2, section 5.3
 */
export class VirtioConsole implements VirtioDevice {
  readonly id = 3
  readonly features = FEATURE.size | FEATURE.emergencyWrite
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE]
  readonly config = new Uint8Array(CONFIG_SIZE)

  readonly #output: (bytes: Uint8Array) => void
  readonly #drained: (() => void) | undefined
  readonly #input: InputQueue
  readonly #queueLimit: number
  readonly #initialSize: { columns: number; rows: number }
  #transport: VirtioTransport | undefined
  #refused = false

  constructor({
    output,
    size = { columns: 80, rows: 25 },
    queueLimit = 65_536,
    drained,
  }: VirtioConsoleOptions) {
    this.#output = output
    this.#drained = drained
    this.#queueLimit = queueLimit
    this.#input = new InputQueue(queueLimit)
    this.#initialSize = size
    this.#setSize(size.columns, size.rows)
  }

  /**
   * Input from the host: what the guest has no buffer for yet waits, in order.
   *
   * @returns how many of the bytes, from the first, were taken; offer the others again after `drained`.
   */
  receive(bytes: Uint8Array): number {
    let taken = this.#input.push(bytes)
    this.#deliver()
    if (taken < bytes.length) {
      taken += this.#input.push(bytes.subarray(taken))
      this.#deliver()
    }
    this.#refused ||= taken < bytes.length
    return taken
  }

  /** Bytes of the host that the guest has not got. */
  get waiting(): number {
    return this.#input.length
  }

  /** The terminal changed its size; the driver is told. */
  resize(columns: number, rows: number): void {
    this.#setSize(columns, rows)
    this.#transport?.configChanged()
  }

  attach(transport: VirtioTransport): void {
    this.#transport = transport
  }

  notify(queue: number): void {
    if (queue === QUEUE.transmit) this.#transmit()
    else this.#deliver()
    this.#announceRoom()
  }

  writeConfig(offset: number, _width: number, value: number): void {
    if (offset === EMERGENCY_WRITE) this.#output(Uint8Array.of(value & 0xff))
  }

  /** Input that waits is the host's, and outlives a driver. */
  stop(): void {}

  /** Also forgets input that the guest has not got. */
  reset(): void {
    this.#input.clear()
    this.#setSize(this.#initialSize.columns, this.#initialSize.rows)
    this.#announceRoom()
  }

  #setSize(columns: number, rows: number): void {
    const view = new DataView(this.config.buffer)
    view.setUint16(0, columns, true)
    view.setUint16(2, rows, true)
  }

  #announceRoom(): void {
    if (!this.#refused || this.#input.length > this.#queueLimit / 2) return
    this.#refused = false
    this.#drained?.()
  }

  /** Fills the guest's receive buffers, a queue's worth at most: a buffer may lie in the ring that it came from. */
  #deliver(): void {
    const queue = this.#transport?.queues[QUEUE.receive]
    if (queue === undefined) return
    for (let left = queue.size; left > 0 && this.#input.length > 0; left--) {
      const chain = queue.pop()
      if (chain === undefined) return
      const bytes = this.#input.take(chain.writableLength)
      if (chain.write(0, bytes)) queue.complete(chain, bytes.length)
      else queue.fail()
    }
  }

  #transmit(): void {
    const queue = this.#transport?.queues[QUEUE.transmit]
    if (queue === undefined) return
    for (let left = queue.size; left > 0; left--) {
      const chain = queue.pop()
      if (chain === undefined) return
      if (this.#putOut(chain)) queue.complete(chain, 0)
      else queue.fail()
    }
  }

  #putOut(chain: DescriptorChain): boolean {
    const end = Math.min(chain.readableLength, MOST_OUTPUT)
    for (let offset = 0; offset < end; offset += CHUNK) {
      const bytes = new Uint8Array(Math.min(CHUNK, end - offset))
      if (!chain.read(offset, bytes)) return false
      this.#output(bytes)
    }
    return true
  }
}

/** Makes a {@link VirtioConsole}: put it into a slot with {@link virtioMmio}. */
export const virtioConsole = (options: VirtioConsoleOptions): VirtioConsole => new VirtioConsole(options)
