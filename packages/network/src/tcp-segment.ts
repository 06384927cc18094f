import { get16, get32, set16, set32 } from './big-endian.ts'
import { transportChecksum } from './checksum.ts'
import { type Ipv4Packet, ipProtocol } from './ipv4.ts'

/** Control bits. */
export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const

/**
 * A segment.
 *
 * @see RFC 9293, 3.1
 */
export interface TcpSegment {
  readonly sourcePort: number
  readonly destinationPort: number
  /** Of the first byte, or of SYN. */
  readonly sequence: number
  readonly acknowledgment: number
  /** Bits of {@link tcpFlag}. */
  readonly flags: number
  readonly window: number
  /** The most bytes that the sender takes in a segment; only with SYN. */
  readonly maximumSegment?: number | undefined
  readonly payload: Uint8Array
}

const HEADER = 20
const OPTION = { end: 0, nothing: 1, maximumSegment: 2 } as const

const maximumSegmentOf = (options: Uint8Array): number | undefined => {
  for (let at = 0; at < options.length; ) {
    const kind = options[at]
    if (kind === OPTION.end) return undefined
    if (kind === OPTION.nothing) {
      at++
      continue
    }
    const length = options[at + 1] ?? 0
    if (length < 2 || at + length > options.length) return undefined
    if (kind === OPTION.maximumSegment && length === 4) return get16(options, at + 2)
    at += length
  }
  return undefined
}

/** Takes the segment out of a packet; `undefined` when it is cut off or its checksum is bad. */
export const parseTcp = ({ source, destination, payload: bytes }: Ipv4Packet): TcpSegment | undefined => {
  if (bytes.length < HEADER) return undefined
  const header = (bytes[12] >>> 4) * 4
  if (header < HEADER || header > bytes.length) return undefined
  if (transportChecksum(source, destination, ipProtocol.tcp, bytes) !== 0) return undefined
  const flags = bytes[13]
  const maximumSegment = flags & tcpFlag.syn ? maximumSegmentOf(bytes.subarray(HEADER, header)) : undefined
  return {
    sourcePort: get16(bytes, 0),
    destinationPort: get16(bytes, 2),
    sequence: get32(bytes, 4),
    acknowledgment: get32(bytes, 8),
    flags,
    window: get16(bytes, 14),
    maximumSegment,
    payload: bytes.subarray(header),
  }
}

/** Makes a packet of a segment. */
export const buildTcp = (source: number, destination: number, segment: TcpSegment): Ipv4Packet => {
  const header = segment.maximumSegment === undefined ? HEADER : HEADER + 4
  const bytes = new Uint8Array(header + segment.payload.length)
  set16(bytes, 0, segment.sourcePort)
  set16(bytes, 2, segment.destinationPort)
  set32(bytes, 4, segment.sequence)
  set32(bytes, 8, segment.acknowledgment)
  bytes[12] = (header / 4) << 4
  bytes[13] = segment.flags
  set16(bytes, 14, segment.window)
  if (segment.maximumSegment !== undefined) {
    bytes[HEADER] = OPTION.maximumSegment
    bytes[HEADER + 1] = 4
    set16(bytes, HEADER + 2, segment.maximumSegment)
  }
  bytes.set(segment.payload, header)
  set16(bytes, 16, transportChecksum(source, destination, ipProtocol.tcp, bytes))
  return { source, destination, protocol: ipProtocol.tcp, payload: bytes }
}
