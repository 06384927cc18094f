import { type ArpMessage, buildArp, parseArp } from '../src/arp.ts'
import type { NetworkBackend, NetworkCard } from '../src/cable.ts'
import { buildEthernet, etherType, parseEthernet } from '../src/ethernet.ts'
import { buildIpv4, type Ipv4Packet, ipProtocol, parseIpv4 } from '../src/ipv4.ts'
import { parseAddress } from '../src/ipv4-address.ts'
import { buildTcp, parseTcp, type TcpSegment } from '../src/tcp-segment.ts'
import { buildUdp, parseUdp, type UdpDatagram } from '../src/udp.ts'

/** The card of the network. */
export const GATEWAY_MAC = Uint8Array.of(0x52, 0x55, 10, 0, 2, 2)
const GUEST_MAC = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56)

/** A guest with an address, as far as a network sees it. */
export class FakeGuest implements NetworkCard {
  readonly #backend: NetworkBackend
  readonly mac: Uint8Array
  readonly address: number
  /** Frames that were received and not looked at. */
  frames: Uint8Array[] = []
  /** How many frames it has room for. */
  room = Number.POSITIVE_INFINITY

  constructor(backend: NetworkBackend, address = '10.0.2.15', mac = GUEST_MAC) {
    this.#backend = backend
    this.address = parseAddress(address)
    this.mac = mac
    backend.connect(this)
  }

  receive(frame: Uint8Array): boolean {
    if (this.frames.length >= this.room) return false
    this.frames.push(frame.slice())
    return true
  }

  setLink(): void {}

  /** Sends a frame; @returns what came back at once. */
  send(frame: Uint8Array): Uint8Array[] {
    this.#backend.send(frame)
    return this.take()
  }

  take(): Uint8Array[] {
    return this.frames.splice(0)
  }

  frame(payload: Uint8Array, type: number = etherType.ipv4, destination = GATEWAY_MAC): Uint8Array {
    return buildEthernet({ destination, source: this.mac, type, payload })
  }

  arp(message: Partial<ArpMessage> & { targetAddress: number }): ArpMessage[] {
    const whole = {
      operation: 1,
      senderMac: this.mac,
      senderAddress: this.address,
      targetMac: new Uint8Array(6),
      ...message,
    }
    const answers = this.send(this.frame(buildArp(whole), etherType.arp, new Uint8Array(6).fill(0xff)))
    return answers.map((frame) => parseArp(parseEthernet(frame)!.payload)!)
  }

  /** Sends a packet; @returns the packets that came back at once. */
  ip(destination: string, protocol: number, payload: Uint8Array): Ipv4Packet[] {
    const packet = { source: this.address, destination: parseAddress(destination), protocol, payload }
    return this.send(this.frame(buildIpv4(packet))).map(packetOf)
  }

  udp(destination: string, port: number, payload: Uint8Array, sourcePort = 5000): Ipv4Packet[] {
    const datagram = { sourcePort, destinationPort: port, payload }
    return this.ip(
      destination,
      ipProtocol.udp,
      buildUdp(this.address, parseAddress(destination), datagram).payload,
    )
  }

  tcp(destination: string, port: number, segment: Partial<TcpSegment>): TcpSegment[] {
    this.sendTcp(destination, port, segment)
    return this.segments()
  }

  /** Sends a segment, and leaves what comes back where it is. */
  sendTcp(destination: string, port: number, segment: Partial<TcpSegment>): void {
    const whole = {
      sourcePort: 4000,
      destinationPort: port,
      sequence: 0,
      acknowledgment: 0,
      flags: 0,
      window: 65_535,
      payload: new Uint8Array(0),
      ...segment,
    }
    this.#backend.send(this.frame(buildIpv4(buildTcp(this.address, parseAddress(destination), whole))))
  }

  /** Segments that came since the last look. */
  segments(): TcpSegment[] {
    return this.take().map((frame) => parseTcp(packetOf(frame))!)
  }
}

/** The packet in a frame; anything else fails the test. */
export const packetOf = (frame: Uint8Array): Ipv4Packet => parseIpv4(parseEthernet(frame)!.payload)!

export const datagramOf = (packet: Ipv4Packet): UdpDatagram => parseUdp(packet)!

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
