import { get16, set16 } from './big-endian.ts'
import { transportChecksum } from './checksum.ts'
import { type Ipv4Packet, ipProtocol } from './ipv4.ts'

/**
 * A datagram.
 *
 * @see RFC 768
 */
export interface UdpDatagram {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly payload: Uint8Array
}

const HEADER = 8

/** Takes the datagram out of a packet; `undefined` when it is cut off or its checksum, if it has one, is bad. */
export const parseUdp = ({ source, destination, payload: bytes }: Ipv4Packet): UdpDatagram | undefined => {
  if (bytes.length < HEADER) return undefined
  const length = get16(bytes, 4)
  if (length < HEADER || length > bytes.length) return undefined
  const datagram = bytes.subarray(0, length)
  const summed = get16(bytes, 6) !== 0
  if (summed && transportChecksum(source, destination, ipProtocol.udp, datagram) !== 0) return undefined
  return {
    sourcePort: get16(bytes, 0),
    destinationPort: get16(bytes, 2),
    payload: datagram.subarray(HEADER),
  }
}

/** Makes a packet of a datagram. */
export const buildUdp = (source: number, destination: number, datagram: UdpDatagram): Ipv4Packet => {
  const bytes = new Uint8Array(HEADER + datagram.payload.length)
  set16(bytes, 0, datagram.sourcePort)
  set16(bytes, 2, datagram.destinationPort)
  set16(bytes, 4, bytes.length)
  bytes.set(datagram.payload, HEADER)
  // A sum of 0 is sent as all ones: 0 says that there is none.
  set16(bytes, 6, transportChecksum(source, destination, ipProtocol.udp, bytes) || 0xffff)
  return { source, destination, protocol: ipProtocol.udp, payload: bytes }
}
