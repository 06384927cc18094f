import { get16, get32, set16, set32 } from './big-endian.ts'
import { checksum } from './checksum.ts'

/** Protocols over IPv4 (IANA protocol numbers). */
export const ipProtocol = { icmp: 1, tcp: 6, udp: 17 } as const

/**
 * A packet without options and not in fragments.
 *
 * @see RFC 791
 */
export interface Ipv4Packet {
  readonly source: number
  readonly destination: number
  readonly protocol: number
  readonly payload: Uint8Array
}

const HEADER = 20
const DONT_FRAGMENT = 0x4000
/** More fragments, or not the first one. */
const FRAGMENT = 0x3fff
const TIME_TO_LIVE = 64

/**
 * Takes a packet apart; options are skipped.
 *
 * @returns `undefined` when it is not version 4, cut off, has a bad header checksum, or is a fragment: those are not put
 *   together here.
 */
export const parseIpv4 = (bytes: Uint8Array): Ipv4Packet | undefined => {
  if (bytes.length < HEADER || bytes[0] >>> 4 !== 4) return undefined
  const header = (bytes[0] & 15) * 4
  const length = get16(bytes, 2)
  if (header < HEADER || length < header || length > bytes.length) return undefined
  if (checksum(bytes.subarray(0, header)) !== 0 || (get16(bytes, 6) & FRAGMENT) !== 0) return undefined
  return {
    source: get32(bytes, 12),
    destination: get32(bytes, 16),
    protocol: bytes[9],
    payload: bytes.subarray(header, length),
  }
}

/** Makes a packet that must not be cut into fragments; its identification is 0, as RFC 6864 allows for those. */
export const buildIpv4 = ({ source, destination, protocol, payload }: Ipv4Packet): Uint8Array => {
  const bytes = new Uint8Array(HEADER + payload.length)
  bytes[0] = 0x45
  set16(bytes, 2, bytes.length)
  set16(bytes, 6, DONT_FRAGMENT)
  bytes[8] = TIME_TO_LIVE
  bytes[9] = protocol
  set32(bytes, 12, source)
  set32(bytes, 16, destination)
  set16(bytes, 10, checksum(bytes.subarray(0, HEADER)))
  bytes.set(payload, HEADER)
  return bytes
}
