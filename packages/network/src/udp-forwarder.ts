import type { Endpoint } from './endpoint.ts'
import type { HostTime } from './host-time.ts'
import type { Ipv4Packet } from './ipv4.ts'
import { tryParseAddress } from './ipv4-address.ts'
import type { DatagramSocket, SocketProvider } from './sockets.ts'
import { buildUdp, type UdpDatagram } from './udp.ts'

/** What the forwarder needs. */
export interface UdpForwarderOptions {
  /** Brings a packet to the guest, or loses it. */
  emit(packet: Ipv4Packet): void
  readonly sockets: SocketProvider | undefined
  /** Where datagrams for this destination go; `undefined` refuses them. */
  route(destination: Endpoint): { readonly address: string; readonly port: number } | undefined
  readonly time: HostTime
}

/** A port of a guest, and the socket that stands for it outside. */
interface Flow {
  readonly guest: Endpoint
  socket: DatagramSocket | undefined
  /** Whom the guest has sent to: only they are heard. */
  readonly remotes: Set<string>
  /** When the guest last sent something. */
  lastSent: number
  cancelTimer: () => void
}

/** The most flows; the one that was silent for the longest time makes room for another. */
const MOST_FLOWS = 64
/** The most correspondents of a flow; the oldest is forgotten. */
const MOST_REMOTES = 64
/** Milliseconds after the last datagram of the guest at which a flow ends. */
const IDLE_TIME = 60_000
/** Milliseconds for which an answer is expected. */
const ANSWER_TIME = 5000
/** The most bytes of a datagram in an Ethernet frame of 1500 bytes; larger ones from outside are lost. */
const LARGEST = 1472

/** Datagrams of guests, sent by sockets of the host: one for each port of a guest. */
export class UdpForwarder {
  readonly #options: UdpForwarderOptions
  /** By address and port of the guest, the one that was silent for the longest time first. */
  readonly #flows = new Map<string, Flow>()

  constructor(options: UdpForwarderOptions) {
    this.#options = options
  }

  /** Sockets at the moment. */
  get count(): number {
    return this.#flows.size
  }

  /** Whether a guest has sent something a short time ago that may be answered. */
  get awaiting(): boolean {
    const since = this.#options.time.now() - ANSWER_TIME
    for (const { lastSent } of this.#flows.values()) if (lastSent >= since) return true
    return false
  }

  /** A datagram of a guest; @returns `false` when it is not allowed to go there. */
  receive(packet: Ipv4Packet, datagram: UdpDatagram): boolean {
    const { sockets } = this.#options
    const target =
      sockets && this.#options.route({ address: packet.destination, port: datagram.destinationPort })
    if (target === undefined) return false
    const flow = this.#flowOf({ address: packet.source, port: datagram.sourcePort }, sockets!)
    const remote = `${target.address}:${target.port}`
    flow.remotes.delete(remote)
    flow.remotes.add(remote)
    if (flow.remotes.size > MOST_REMOTES) {
      const [oldest] = flow.remotes
      flow.remotes.delete(oldest)
    }
    flow.socket?.send(datagram.payload, target.address, target.port)
    return true
  }

  /** Ends all flows. */
  reset(): void {
    for (const flow of [...this.#flows.values()]) this.#end(flow)
  }

  #flowOf(guest: Endpoint, sockets: SocketProvider): Flow {
    const { time } = this.#options
    const key = keyOf(guest)
    let flow = this.#flows.get(key)
    if (flow === undefined) {
      if (this.#flows.size === MOST_FLOWS) {
        const [oldest] = this.#flows.values()
        this.#end(oldest)
      }
      flow = this.#newFlow(guest, sockets)
    }
    flow.lastSent = time.now()
    // To the end of the map: it was not silent.
    this.#flows.delete(key)
    this.#flows.set(key, flow)
    return flow
  }

  #newFlow(guest: Endpoint, sockets: SocketProvider): Flow {
    const flow: Flow = { guest, socket: undefined, remotes: new Set(), lastSent: 0, cancelTimer() {} }
    flow.socket = sockets.datagrams({
      message: (bytes, address, port) => this.#answer(flow, bytes, address, port),
      closed: () => {
        flow.socket = undefined
        this.#end(flow)
      },
    })
    this.#watch(flow, IDLE_TIME)
    return flow
  }

  /** Looks at a flow again when it may have been idle for long enough. */
  #watch(flow: Flow, milliseconds: number): void {
    const { time } = this.#options
    flow.cancelTimer = time.after(milliseconds, () => {
      const left = flow.lastSent + IDLE_TIME - time.now()
      if (left <= 0) this.#end(flow)
      else this.#watch(flow, left)
    })
  }

  #answer({ guest, remotes }: Flow, bytes: Uint8Array, address: string, port: number): void {
    const source = tryParseAddress(address)
    if (source === undefined || bytes.length > LARGEST || !remotes.has(`${address}:${port}`)) return
    this.#options.emit(
      buildUdp(source, guest.address, { sourcePort: port, destinationPort: guest.port, payload: bytes }),
    )
  }

  #end(flow: Flow): void {
    flow.cancelTimer()
    flow.socket?.close()
    this.#flows.delete(keyOf(flow.guest))
  }
}

const keyOf = ({ address, port }: Endpoint): string => `${address}:${port}`
