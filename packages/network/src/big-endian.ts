/** Reads 16 bits in network byte order. */
export const get16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1]

/** Writes 16 bits in network byte order. */
export const set16 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

/** Reads 32 bits in network byte order, unsigned. */
export const get32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0

/** Writes 32 bits in network byte order. */
export const set32 = (bytes: Uint8Array, at: number, value: number): void => {
  set16(bytes, at, value >>> 16)
  set16(bytes, at + 2, value)
}
