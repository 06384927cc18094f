import { arpOperation, buildArp, parseArp } from './arp.ts'
import type { NetworkBackend, NetworkCard } from './cable.ts'
import { buildDhcp, parseDhcp } from './dhcp-message.ts'
import { DhcpServer } from './dhcp-server.ts'
import { DnsServer, type Resolver } from './dns-server.ts'
import type { Destination, Endpoint } from './endpoint.ts'
import {
  BROADCAST_MAC,
  buildEthernet,
  type EthernetFrame,
  etherType,
  isGroup,
  parseEthernet,
  sameMac,
} from './ethernet.ts'
import { type HostTime, systemTime } from './host-time.ts'
import { buildUnreachable, echoReply, unreachable } from './icmp.ts'
import { buildIpv4, type Ipv4Packet, ipProtocol, parseIpv4 } from './ipv4.ts'
import { BROADCAST_ADDRESS, formatAddress, isPublicAddress, parseAddress } from './ipv4-address.ts'
import { checkPort, NetworkError } from './network-error.ts'
import type { SocketProvider, StreamEvents, StreamSocket } from './sockets.ts'
import { TcpForwarder } from './tcp-forwarder.ts'
import { parseTcp } from './tcp-segment.ts'
import { buildUdp, parseUdp, type UdpDatagram } from './udp.ts'
import { UdpForwarder } from './udp-forwarder.ts'

/** Options of {@link userNetwork}. */
export interface UserNetworkOptions {
  /** Sockets of the host. Without them nothing outside can be reached, and every run is reproducible. */
  readonly sockets?: SocketProvider
  /** Finds addresses of names; without it only `names` and `gateway` exist. */
  readonly resolve?: Resolver
  /**
   * Which destinations outside a guest may reach. Default: addresses of the public Internet, see
   * {@link isPublicAddress}. The guest's own network is never one of them.
   */
  readonly reach?: (destination: Destination) => boolean
  /**
   * TCP ports of the gateway that lead somewhere else, whatever `reach` says: `{ 8080: { address: '127.0.0.1', port:
   * 3000 } }` lets guests use a server on port 3000 of the host as `gateway:8080`.
   */
  readonly services?: Readonly<Record<number, { readonly address: string; readonly port: number }>>
  /** Further names that the DNS server knows, with their addresses. */
  readonly names?: Readonly<Record<string, string>>
  /** The network, of 256 addresses. Default `10.0.2.0`, as on QEMU. */
  readonly network?: string
  /** By which sockets are waited for. Default: the host's. */
  readonly time?: HostTime
}

/** What a network has done with frames of guests. */
export interface UserNetworkCounts {
  /** TCP connections and UDP ports that are open to the outside. */
  readonly flows: number
  /** Packets that were answered by a refusal. */
  readonly refused: number
  /** Frames that could not be read, or were not for this network. */
  readonly ignored: number
}

const GATEWAY = 2
const DNS = 3
const FIRST_CLIENT = 15
const LAST_CLIENT = 254
const MASK = 0xffff_ff00
/** 224.0.0.0: groups, and what is reserved. */
const FIRST_GROUP = 0xe000_0000
const PORT = { dns: 53, dhcpServer: 67, dhcpClient: 68 } as const

/**
 * A network in the host, as a home router makes one: addresses by DHCP, names by DNS, and connections of guests
 * continued by sockets of the host. Guests see
 *
 * ```text
 * 10.0.2.2   gateway: answers ping; `services`
 * 10.0.2.3   DNS
 * 10.0.2.15  the first guest, and so on
 * ```
 *
 * What this network answers by itself (ARP, DHCP, DNS for its own names, ping, refusals) it answers before `send`
 * returns. IPv4 only; packets in fragments are dropped; ping reaches no further than the gateway. Made by
 * {@link userNetwork}.
 */
export class UserNetwork implements NetworkBackend {
  readonly #network: number
  readonly #gateway: number
  readonly #dnsAddress: number
  readonly #mac: Uint8Array
  readonly #dhcp: DhcpServer
  readonly #dns: DnsServer
  readonly #tcp: TcpForwarder
  readonly #udp: UdpForwarder
  readonly #services: ReadonlyMap<number, { readonly address: string; readonly port: number }>
  readonly #reach: (destination: Destination) => boolean
  /** Cards of guests, by address. */
  readonly #neighbours = new Map<number, Uint8Array>()
  #card: NetworkCard | undefined
  #listeners = 0
  #refused = 0
  #ignored = 0

  /** @internal */
  constructor(options: UserNetworkOptions) {
    const { sockets, resolve, services = {}, names = {}, network = '10.0.2.0', time = systemTime } = options
    this.#network = parseAddress(network)
    if ((this.#network & ~MASK) !== 0)
      throw new NetworkError('bad-address', `network is ${network}: give an address that ends in .0`)
    this.#gateway = this.#network + GATEWAY
    this.#dnsAddress = this.#network + DNS
    // As QEMU's: locally administered, with the address behind it.
    this.#mac = Uint8Array.of(0x52, 0x55, ...[24, 16, 8, 0].map((shift) => (this.#gateway >>> shift) & 0xff))
    this.#reach = (destination) => options.reach?.(destination) ?? isPublicAddress(destination.address)
    this.#services = new Map(Object.entries(services).map(([port, to]) => [Number(port), to]))
    for (const [port, { address, port: there }] of this.#services) {
      checkPort(port, 1, 'A port of services')
      checkPort(there, 1, `The port behind ${port} of services`)
      parseAddress(address)
    }
    this.#dhcp = new DhcpServer({
      server: this.#gateway,
      router: this.#gateway,
      dns: this.#dnsAddress,
      mask: MASK >>> 0,
      first: this.#network + FIRST_CLIENT,
      last: this.#network + LAST_CLIENT,
    })
    const known = Object.entries(names).map(
      ([name, address]) => [name.toLowerCase(), parseAddress(address)] as const,
    )
    this.#dns = new DnsServer(new Map([['gateway', this.#gateway], ...known]), resolve)
    const emit = (packet: Ipv4Packet): boolean => this.#emit(packet)
    this.#tcp = new TcpForwarder({
      emit,
      sockets,
      time,
      gateway: this.#gateway,
      route: (to) => this.#route('tcp', to),
    })
    this.#udp = new UdpForwarder({ emit, sockets, time, route: (to) => this.#route('udp', to) })
  }

  connect(card: NetworkCard): void {
    if (this.#card) {
      throw new NetworkError(
        'second-card',
        'This network takes one card: put a learningSwitch() between it and several.',
      )
    }
    this.#card = card
  }

  disconnect(): void {
    this.#card = undefined
  }

  send(frame: Uint8Array): void {
    const parts = parseEthernet(frame)
    const ours = parts && (isGroup(parts.destination) || sameMac(parts.destination, this.#mac))
    if (!ours || isGroup(parts.source)) this.#ignored++
    else if (parts.type === etherType.arp) this.#receiveArp(parts.payload)
    else if (parts.type === etherType.ipv4) this.#receiveIpv4(parts)
    else this.#ignored++
  }

  drained(): void {
    this.#tcp.drained()
  }

  get awaiting(): boolean {
    return this.#listeners > 0 || this.#tcp.count > 0 || this.#dns.pending > 0 || this.#udp.awaiting
  }

  /** Forgets leases, connections and guests. */
  reset(): void {
    this.#dhcp.reset()
    this.#dns.reset()
    this.#tcp.reset()
    this.#udp.reset()
    this.#neighbours.clear()
    this.#refused = 0
    this.#ignored = 0
  }

  /** Counts since it was made or reset. */
  get counts(): UserNetworkCounts {
    return { flows: this.#tcp.count + this.#udp.count, refused: this.#refused, ignored: this.#ignored }
  }

  /**
   * A connection from outside for a guest.
   *
   * @param port - of the guest.
   * @param address - of the guest; the first client if absent.
   * @returns what the socket must tell its events, or `undefined` when there are too many connections: destroy it then.
   */
  accept(
    socket: StreamSocket,
    port: number,
    address = formatAddress(this.#network + FIRST_CLIENT),
  ): StreamEvents | undefined {
    return this.#tcp.accept({ address: parseAddress(address), port }, socket)
  }

  /** Somebody listens for connections from outside; @returns what says that nobody does any more. */
  listening(): () => void {
    this.#listeners++
    let over = false
    return () => {
      if (!over) this.#listeners--
      over = true
    }
  }

  #receiveArp(payload: Uint8Array): void {
    const message = parseArp(payload)
    if (message === undefined) {
      this.#ignored++
      return
    }
    const { operation, senderMac, senderAddress, targetAddress } = message
    this.#learn(senderAddress, senderMac)
    const asked = targetAddress === this.#gateway || targetAddress === this.#dnsAddress
    if (operation !== arpOperation.request || !asked) return
    const reply = buildArp({
      operation: arpOperation.reply,
      senderMac: this.#mac,
      senderAddress: targetAddress,
      targetMac: senderMac,
      targetAddress: senderAddress,
    })
    this.#give(senderMac, etherType.arp, reply)
  }

  /** Remembers a guest's card, unless the address is none of a guest. */
  #learn(address: number, mac: Uint8Array): void {
    const host = address - this.#network
    if (host < 1 || host > LAST_CLIENT || host === GATEWAY || host === DNS || isGroup(mac)) return
    const known = this.#neighbours.get(address)
    if (known && sameMac(known, mac)) return
    this.#neighbours.set(address, mac.slice())
    // Connections from outside may have waited for it.
    this.#tcp.drained()
  }

  #receiveIpv4({ source, destination, payload }: EthernetFrame): void {
    const packet = parseIpv4(payload)
    if (packet === undefined) {
      this.#ignored++
      return
    }
    this.#learn(packet.source, source)
    // Of what is sent to many, only DHCP is for this network; the rest gets no errors either (RFC 1122, 3.2.2).
    if (isGroup(destination) || packet.destination >= FIRST_GROUP) this.#receiveGroup(packet)
    else if (packet.protocol === ipProtocol.udp) this.#receiveUdp(packet)
    else if (packet.protocol === ipProtocol.tcp) this.#receiveTcp(packet)
    else if (packet.protocol === ipProtocol.icmp) this.#receiveIcmp(packet)
    else this.#refuse(packet, unreachable.prohibited)
  }

  #receiveGroup(packet: Ipv4Packet): void {
    const datagram = packet.protocol === ipProtocol.udp ? parseUdp(packet) : undefined
    if (datagram?.destinationPort === PORT.dhcpServer) this.#receiveDhcp(datagram)
    else this.#ignored++
  }

  #receiveTcp(packet: Ipv4Packet): void {
    const segment = parseTcp(packet)
    if (segment === undefined) this.#ignored++
    else this.#tcp.receive(packet, segment)
  }

  #receiveIcmp(packet: Ipv4Packet): void {
    const { source, destination, payload } = packet
    const ours = destination === this.#gateway || destination === this.#dnsAddress
    const reply = echoReply(payload)
    // Errors are not answered by errors.
    if (reply === undefined) this.#ignored++
    else if (ours)
      this.#emit({ source: destination, destination: source, protocol: ipProtocol.icmp, payload: reply })
    else this.#refuse(packet, unreachable.prohibited)
  }

  #receiveUdp(packet: Ipv4Packet): void {
    const datagram = parseUdp(packet)
    if (datagram === undefined) {
      this.#ignored++
      return
    }
    const { destination } = packet
    const ours = destination === this.#gateway || destination === this.#dnsAddress
    if (ours && datagram.destinationPort === PORT.dhcpServer) this.#receiveDhcp(datagram)
    else if (ours && datagram.destinationPort === PORT.dns) this.#receiveDns(packet, datagram)
    else if (!this.#udp.receive(packet, datagram))
      this.#refuse(packet, ours ? unreachable.port : unreachable.prohibited)
  }

  #receiveDhcp({ payload }: UdpDatagram): void {
    const request = parseDhcp(payload)
    const reply = request && this.#dhcp.answer(request)
    if (!request || !reply) {
      this.#ignored++
      return
    }
    // A client without an address hears what is sent to its card, or to everybody if it says so (RFC 2131, 4.1).
    const refused = reply.address === 0 && request.clientAddress === 0
    const everybody = request.broadcast || refused
    const address = everybody ? BROADCAST_ADDRESS : request.clientAddress || reply.address
    const datagram = {
      sourcePort: PORT.dhcpServer,
      destinationPort: PORT.dhcpClient,
      payload: buildDhcp(reply),
    }
    const packet = buildIpv4(buildUdp(this.#gateway, address, datagram))
    this.#give(everybody ? BROADCAST_MAC : request.clientMac, etherType.ipv4, packet)
  }

  #receiveDns({ source, destination }: Ipv4Packet, { sourcePort, payload }: UdpDatagram): void {
    this.#dns.ask(payload, (answer) =>
      this.#emit(
        buildUdp(destination, source, { sourcePort: PORT.dns, destinationPort: sourcePort, payload: answer }),
      ),
    )
  }

  /** Where a destination is; `undefined` when guests may not go there. */
  #route(
    protocol: 'tcp' | 'udp',
    { address, port }: Endpoint,
  ): { address: string; port: number } | undefined {
    if (protocol === 'tcp' && address === this.#gateway) return this.#services.get(port)
    const destination = { protocol, address: formatAddress(address), port }
    const own = (address & MASK) >>> 0 === this.#network
    return port !== 0 && !own && this.#reach(destination) ? destination : undefined
  }

  #refuse(packet: Ipv4Packet, code: number): void {
    this.#refused++
    this.#emit({
      source: this.#gateway,
      destination: packet.source,
      protocol: ipProtocol.icmp,
      payload: buildUnreachable(code, packet),
    })
  }

  /** Sends a packet to a guest; `false` when its card has no room, or is not known: then it is asked for. */
  #emit(packet: Ipv4Packet): boolean {
    const mac = this.#neighbours.get(packet.destination)
    if (mac) return this.#give(mac, etherType.ipv4, buildIpv4(packet))
    if ((packet.destination & MASK) >>> 0 !== this.#network) return true
    const question = buildArp({
      operation: arpOperation.request,
      senderMac: this.#mac,
      senderAddress: this.#gateway,
      targetMac: new Uint8Array(6),
      targetAddress: packet.destination,
    })
    this.#give(BROADCAST_MAC, etherType.arp, question)
    return false
  }

  #give(destination: Uint8Array, type: number, payload: Uint8Array): boolean {
    return this.#card?.receive(buildEthernet({ destination, source: this.#mac, type, payload })) ?? false
  }
}

/**
 * Makes a {@link UserNetwork}: give it to a network card as `backend`.
 *
 * @throws NetworkError `bad-address` when `network` or one of `names` or `services` is no address; `bad-port` when one
 *   of `services` is no port.
 */
export const userNetwork = (options: UserNetworkOptions = {}): UserNetwork => new UserNetwork(options)
