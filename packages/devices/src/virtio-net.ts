import { DeviceError } from './device-error.ts'
import type { NetworkBackend, NetworkCard } from './network-backend.ts'
import type { VirtioDevice, VirtioTransport } from './virtio-device.ts'
import type { DescriptorChain } from './virtqueue.ts'

/** What a network card needs. */
export interface VirtioNetOptions {
  /** What the card is plugged into. */
  backend: NetworkBackend
  /** Its address, six hexadecimal bytes with colons; `52:54:00:12:34:56` if absent, as on QEMU. */
  mac?: string
  /** Most bytes of a packet inside a frame, 68 to 9000, announced to the guest; 1500 if absent. */
  mtu?: number
}

/** What a card has done since power-on, in frames. */
export interface NetworkCounts {
  /** From the guest to the backend. */
  readonly sent: number
  /** From the backend into the guest's memory. */
  readonly received: number
  /** Frames of either side that went nowhere: too long, too short, no room, no link. */
  readonly dropped: number
}

const FEATURE = { mtu: 1n << 3n, mac: 1n << 5n, status: 1n << 16n }
const QUEUE = { receive: 0, transmit: 1 } as const
const QUEUE_SIZE = 256
const CONFIG_SIZE = 12
const CONFIG = { status: 6, mtu: 10 } as const
const LINK_UP = 1
/** `virtio_net_hdr`: all zero but the number of buffers, which is the last field. */
const HEADER_SIZE = 12
const HEADER_BUFFERS = 10
const ETHERNET_HEADER = 14
const VLAN_TAG = 4
/** The most frames that wait for the guest. */
const MOST_WAITING = 512
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i
const GROUP_BIT = 1

/**
 * Reads an Ethernet address.
 *
 * @throws {@link DeviceError} `bad-option` when it is not six bytes with colons, or that of a group.
 */
const parseMac = (text: string): Uint8Array => {
  const bytes = Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16))
  if (MAC.test(text) && (bytes[0] & GROUP_BIT) === 0) return bytes
  throw new DeviceError(
    'bad-option',
    `mac is ${JSON.stringify(text)}: give six hexadecimal bytes with colons, the first one even, such as 52:54:00:12:34:56`,
  )
}

/**
 * A network card with one pair of queues, an address, a link state and an MTU. No offload is offered: frames pass as
 * they are, and the guest computes and checks what sums it likes.
 *
 * Frames for the guest wait, up to 512 of them, until it has room; those beyond are dropped, and the backend is told when
 * there is room again. A frame of the guest that is shorter than an Ethernet header or longer than the MTU allows
 * is dropped. A transmitted buffer without the 12-byte header, and a receive buffer that is too small for a frame (the
 * driver must give 1526 bytes, VIRTIO 1.2, 5.1.6.3.1), are malformed, and the device needs a reset.
 *
 * @see VIRTIO 1.2, section 5.1
 */
export class VirtioNet implements VirtioDevice, NetworkCard {
  readonly id = 1
  readonly features = FEATURE.mtu | FEATURE.mac | FEATURE.status
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE]
  readonly config = new Uint8Array(CONFIG_SIZE)

  readonly #backend: NetworkBackend
  readonly #longest: number
  #transport: VirtioTransport | undefined
  /** Frames with their headers before them. */
  #waiting: Uint8Array[] = []
  #refused = false
  #linkUp = true
  #delivering = false
  #sent = 0
  #received = 0
  #dropped = 0

  /** @throws {@link DeviceError} `bad-option` for an address or an MTU that is none. */
  constructor({ backend, mac = '52:54:00:12:34:56', mtu = 1500 }: VirtioNetOptions) {
    if (!Number.isInteger(mtu) || mtu < 68 || mtu > 9000)
      throw new DeviceError('bad-option', `mtu is ${mtu}: give 68 to 9000 bytes`)
    this.#backend = backend
    this.#longest = ETHERNET_HEADER + VLAN_TAG + mtu
    this.config.set(parseMac(mac))
    const view = new DataView(this.config.buffer)
    view.setUint16(CONFIG.status, LINK_UP, true)
    view.setUint16(CONFIG.mtu, mtu, true)
    backend.connect(this)
  }

  /** Whether something outside may send frames at any time. */
  get awaiting(): boolean {
    return this.#backend.awaiting ?? false
  }

  /** Counts since power-on. */
  get counts(): NetworkCounts {
    return { sent: this.#sent, received: this.#received, dropped: this.#dropped }
  }

  receive(frame: Uint8Array): boolean {
    const { length } = frame
    const wanted = this.#linkUp && length >= ETHERNET_HEADER && length <= this.#longest
    const room = this.#waiting.length < MOST_WAITING
    if (!wanted || !room || !this.#transport?.queues[QUEUE.receive].ready) {
      this.#dropped++
      this.#refused = true
      return false
    }
    const packet = new Uint8Array(HEADER_SIZE + length)
    packet[HEADER_BUFFERS] = 1
    packet.set(frame, HEADER_SIZE)
    this.#waiting.push(packet)
    this.#deliver()
    return true
  }

  setLink(up: boolean): void {
    if (up === this.#linkUp) return
    this.#linkUp = up
    this.config[CONFIG.status] = up ? LINK_UP : 0
    this.#transport?.configChanged()
  }

  /** Takes the card out of its machine, for good: frames for it are lost, and connections that it had are closed. */
  remove(): void {
    this.setLink(false)
    this.reset()
    this.#backend.disconnect?.()
  }

  attach(transport: VirtioTransport): void {
    this.#transport = transport
  }

  notify(queue: number): void {
    if (queue === QUEUE.transmit) this.#transmit()
    else this.#deliver()
    this.#announceRoom()
  }

  /** Frames that wait were for the driver that is gone. */
  stop(): void {
    this.#waiting = []
  }

  /** The cable stays as it is. */
  reset(): void {
    this.stop()
    this.#refused = false
    this.#sent = 0
    this.#received = 0
    this.#dropped = 0
    this.#backend.reset?.()
  }

  #announceRoom(): void {
    if (!this.#refused || this.#waiting.length > MOST_WAITING / 2) return
    this.#refused = false
    this.#backend.drained?.()
  }

  /** Fills the guest's receive buffers, a queue's worth at most: a buffer may lie in the ring that it came from. */
  #deliver(): void {
    const queue = this.#transport?.queues[QUEUE.receive]
    // A backend that answers in `drained` comes back here.
    if (queue === undefined || this.#delivering) return
    this.#delivering = true
    let done = 0
    for (let left = queue.size; left > 0 && done < this.#waiting.length; left--) {
      const chain = queue.pop()
      if (chain === undefined) break
      const packet = this.#waiting[done]
      if (!chain.write(0, packet)) {
        queue.fail()
        break
      }
      queue.complete(chain, packet.length)
      done++
    }
    this.#waiting.splice(0, done)
    this.#received += done
    this.#delivering = false
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

  /** Sends a frame, if it is one; `false` when the buffer is malformed. */
  #putOut(chain: DescriptorChain): boolean {
    const length = chain.readableLength - HEADER_SIZE
    if (length < 0) return false
    if (!this.#linkUp || length < ETHERNET_HEADER || length > this.#longest) {
      this.#dropped++
      return true
    }
    const frame = new Uint8Array(length)
    if (!chain.read(HEADER_SIZE, frame)) return false
    this.#sent++
    this.#backend.send(frame)
    return true
  }
}

/** Makes a {@link VirtioNet}: put it into a slot with {@link virtioMmio}. */
export const virtioNet = (options: VirtioNetOptions): VirtioNet => new VirtioNet(options)
