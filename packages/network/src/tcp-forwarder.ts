import { type Endpoint, flowKey } from './endpoint.ts'
import type { HostTime } from './host-time.ts'
import type { Ipv4Packet } from './ipv4.ts'
import type { SocketProvider, StreamEvents, StreamSocket } from './sockets.ts'
import { refusal, TcpConnection, type TcpConnectionOptions, type TcpOutput } from './tcp-connection.ts'
import { buildTcp, type TcpSegment, tcpFlag } from './tcp-segment.ts'

/** What the forwarder needs. */
export interface TcpForwarderOptions {
  /** Brings a packet to the guest; @returns `false` when there is no room, or the guest's card is not known yet. */
  emit(packet: Ipv4Packet): boolean
  readonly sockets: SocketProvider | undefined
  /** Where a connection to this destination leads; `undefined` refuses it. */
  route(destination: Endpoint): { readonly address: string; readonly port: number } | undefined
  readonly time: HostTime
  /** The address from which forwarded connections come to the guest. */
  readonly gateway: number
}

/** A connection of the guest and the one outside that continues it. */
interface Pair {
  readonly key: string
  readonly connection: TcpConnection
  socket: StreamSocket | undefined
}

/** The most connections at a time, those included that the host is still finishing. */
const MOST_CONNECTIONS = 256
/** Ports from which forwarded connections come to the guest. */
const FIRST_PORT = 49_152
const LAST_PORT = 65_535
/** First numbers of connections are this far apart. */
const SEQUENCE_STEP = 64_021

/** TCP connections of guests, continued by sockets of the host, in both directions. */
export class TcpForwarder {
  readonly #options: TcpForwarderOptions
  /** Connections of the guest, by both ends. */
  readonly #pairs = new Map<string, Pair>()
  /** Sockets that are not closed. */
  readonly #open = new Set<Pair>()
  #sequence = 0
  #port = FIRST_PORT

  constructor(options: TcpForwarderOptions) {
    this.#options = options
  }

  /** Connections at the moment. */
  get count(): number {
    return this.#open.size
  }

  /** A segment of the guest. */
  receive(packet: Ipv4Packet, segment: TcpSegment): void {
    const guest = { address: packet.source, port: segment.sourcePort }
    const remote = { address: packet.destination, port: segment.destinationPort }
    const pair = this.#pairs.get(flowKey(guest, remote))
    if (pair) pair.connection.receive(segment)
    else if ((segment.flags & (tcpFlag.syn | tcpFlag.ack | tcpFlag.rst)) === tcpFlag.syn)
      this.#ask(guest, remote, segment)
    else this.#refuse(guest, remote, segment)
  }

  /**
   * A connection from outside for a guest.
   *
   * @returns what the socket tells its events, or `undefined` when there are too many.
   */
  accept(guest: Endpoint, socket: StreamSocket): StreamEvents | undefined {
    const remote = { address: this.#options.gateway, port: this.#freePort(guest) }
    const key = flowKey(guest, remote)
    if (this.#pairs.has(key) || this.#isFull) return undefined
    const pair: Pair = this.#pair(key, (options) => TcpConnection.ask(options), guest, remote)
    pair.socket = socket
    return this.#eventsOf(pair)
  }

  /** There is room for frames again, or a guest's card has become known. */
  drained(): void {
    for (const { connection } of [...this.#pairs.values()]) connection.pump()
  }

  /** Ends all connections; the guest is not told. */
  reset(): void {
    for (const { connection } of this.#pairs.values()) connection.forget()
    for (const { socket } of this.#open) socket?.destroy()
    this.#pairs.clear()
    this.#open.clear()
    this.#sequence = 0
    this.#port = FIRST_PORT
  }

  get #isFull(): boolean {
    return Math.max(this.#open.size, this.#pairs.size) >= MOST_CONNECTIONS
  }

  #ask(guest: Endpoint, remote: Endpoint, syn: TcpSegment): void {
    const { sockets } = this.#options
    const target = sockets && this.#options.route(remote)
    if (target === undefined || this.#isFull) {
      this.#refuse(guest, remote, syn)
      return
    }
    const make = (options: TcpConnectionOptions): TcpConnection => TcpConnection.asked(syn, options)
    const pair = this.#pair(flowKey(guest, remote), make, guest, remote)
    pair.socket = sockets!.connect(target.address, target.port, this.#eventsOf(pair))
  }

  #refuse(guest: Endpoint, remote: Endpoint, segment: TcpSegment): void {
    const answer = refusal(segment)
    if (answer) this.#emit(guest, remote, answer)
  }

  #emit(guest: Endpoint, remote: Endpoint, output: TcpOutput): boolean {
    const segment = { ...output, sourcePort: remote.port, destinationPort: guest.port }
    return this.#options.emit(buildTcp(remote.address, guest.address, segment))
  }

  /** Makes a connection that passes on to its socket what it hears. */
  #pair(
    key: string,
    make: (options: TcpConnectionOptions) => TcpConnection,
    guest: Endpoint,
    remote: Endpoint,
  ): Pair {
    this.#sequence = (this.#sequence + SEQUENCE_STEP) >>> 0
    const connection = make({
      initialSequence: this.#sequence,
      emit: (output) => this.#emit(guest, remote, output),
      opened: () => pair.socket?.resume(),
      data: (bytes) => pair.socket?.write(bytes, () => connection.consumed(bytes.length)),
      finished: () => pair.socket?.end(),
      writable: () => pair.socket?.resume(),
      over: (how) => {
        this.#pairs.delete(key)
        // After a good end the socket may still have something to send, and closes by itself.
        if (how === 'lost') this.#drop(pair)
      },
      after: (milliseconds, act) => this.#options.time.after(milliseconds, act),
    })
    const pair: Pair = { key, connection, socket: undefined }
    this.#pairs.set(key, pair)
    this.#open.add(pair)
    return pair
  }

  /** What a socket says, for the guest. */
  #eventsOf(pair: Pair): StreamEvents {
    const { connection } = pair
    return {
      connected: () => connection.accept(),
      data: (bytes) => connection.send(bytes),
      ended: () => connection.finish(),
      closed: () => {
        this.#open.delete(pair)
        if (connection.isOver) return
        // Only the guest's last acknowledgments are still to come.
        if (connection.isClosing) return
        this.#pairs.delete(pair.key)
        connection.abort()
      },
    }
  }

  #drop(pair: Pair): void {
    this.#open.delete(pair)
    pair.socket?.destroy()
  }

  #freePort(guest: Endpoint): number {
    for (let tries = 0; tries <= MOST_CONNECTIONS; tries++) {
      this.#port = this.#port === LAST_PORT ? FIRST_PORT : this.#port + 1
      const remote = { address: this.#options.gateway, port: this.#port }
      if (!this.#pairs.has(flowKey(guest, remote))) break
    }
    return this.#port
  }
}
