import { get16 } from './big-endian.ts'

/** Adds 16-bit words to a sum that is folded later; an odd last byte counts as the upper half of a word. */
const add = (sum: number, bytes: Uint8Array): number => {
  let total = sum
  const even = bytes.length & ~1
  for (let at = 0; at < even; at += 2) total += get16(bytes, at)
  return even < bytes.length ? total + (bytes[even] << 8) : total
}

const fold = (sum: number): number => {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000)
  return ~folded & 0xffff
}

/**
 * The Internet checksum: of bytes whose checksum field is 0, what belongs there; of bytes with a good one, 0.
 *
 * @see RFC 1071
 */
export const checksum = (bytes: Uint8Array): number => fold(add(0, bytes))

/**
 * The checksum of a TCP segment or UDP datagram, with the pseudo-header.
 *
 * @see RFC 9293, 3.1; RFC 768
 */
export const transportChecksum = (
  source: number,
  destination: number,
  protocol: number,
  bytes: Uint8Array,
): number =>
  fold(
    add(
      (source >>> 16) +
        (source & 0xffff) +
        (destination >>> 16) +
        (destination & 0xffff) +
        protocol +
        bytes.length,
      bytes,
    ),
  )
