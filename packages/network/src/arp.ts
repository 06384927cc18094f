import { get16, get32, set16, set32 } from './big-endian.ts'

/** What an ARP message asks or says. */
export const arpOperation = { request: 1, reply: 2 } as const

/**
 * An ARP message for IPv4 over Ethernet.
 *
 * @see RFC 826
 */
export interface ArpMessage {
  readonly operation: number
  readonly senderMac: Uint8Array
  readonly senderAddress: number
  readonly targetMac: Uint8Array
  readonly targetAddress: number
}

const SIZE = 28
const ETHERNET = 1
const IPV4 = 0x0800

/** Reads a message; `undefined` when it is not IPv4 over Ethernet, or cut off. */
export const parseArp = (bytes: Uint8Array): ArpMessage | undefined => {
  if (bytes.length < SIZE || get16(bytes, 0) !== ETHERNET || get16(bytes, 2) !== IPV4) return undefined
  if (bytes[4] !== 6 || bytes[5] !== 4) return undefined
  return {
    operation: get16(bytes, 6),
    senderMac: bytes.subarray(8, 14),
    senderAddress: get32(bytes, 14),
    targetMac: bytes.subarray(18, 24),
    targetAddress: get32(bytes, 24),
  }
}

/** Writes a message. */
export const buildArp = (message: ArpMessage): Uint8Array => {
  const bytes = new Uint8Array(SIZE)
  set16(bytes, 0, ETHERNET)
  set16(bytes, 2, IPV4)
  bytes[4] = 6
  bytes[5] = 4
  set16(bytes, 6, message.operation)
  bytes.set(message.senderMac, 8)
  set32(bytes, 14, message.senderAddress)
  bytes.set(message.targetMac, 18)
  set32(bytes, 24, message.targetAddress)
  return bytes
}
