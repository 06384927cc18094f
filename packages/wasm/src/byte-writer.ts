const floats = new DataView(new ArrayBuffer(8))
const utf8 = new TextEncoder()

/**
 * A byte array that grows, and the encodings that WebAssembly's binary format is made of.
 *
 * The methods that write a whole instruction (`op...`) make room once, and write a number of one byte themselves: they
 * are what emission spends its time in.
 */
export class ByteWriter {
  /** The bytes written are the first {@link length} of these. */
  bytes: Uint8Array<ArrayBuffer>
  length = 0
  #capacity: number

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity)
    this.#capacity = capacity
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count > this.#capacity) this.#grow(count)
  }

  #grow(count: number): void {
    this.#capacity = Math.max(2 * this.#capacity, this.length + count)
    const larger = new Uint8Array(this.#capacity)
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  u8(value: number): void {
    const at = this.length
    if (at === this.#capacity) this.#grow(1)
    this.bytes[at] = value
    this.length = at + 1
  }

  u8Pair(first: number, second: number): void {
    const at = this.length
    if (at + 2 > this.#capacity) this.#grow(2)
    const { bytes } = this
    bytes[at] = first
    bytes[at + 1] = second
    this.length = at + 2
  }

  /** Unsigned LEB128 of the low 32 bits. */
  u32(value: number): void {
    this.reserve(5)
    this.length = putUnsigned(this.bytes, this.length, value)
  }

  /** Signed LEB128 of the low 32 bits. */
  s32(value: number): void {
    this.reserve(5)
    this.length = putSigned(this.bytes, this.length, value)
  }

  /** Signed LEB128 of the 64-bit value `high * 2^32 + low` (low 32 bits of each count). */
  s64(low: number, high: number): void {
    this.reserve(10)
    const { bytes } = this
    let l = low | 0
    let h = high | 0
    while (h !== l >> 31 || l < -0x40 || l >= 0x40) {
      bytes[this.length++] = l | 0x80
      l = (l >>> 7) | (h << 25)
      h >>= 7
    }
    bytes[this.length++] = l & 0x7f
  }

  /** An opcode of one byte and an unsigned number. */
  opUnsigned(opcode: number, value: number): void {
    const at = this.length
    if (at + 6 > this.#capacity) this.#grow(6)
    const { bytes } = this
    bytes[at] = opcode
    if (value < 0 || value >= 0x80) {
      this.length = putUnsigned(bytes, at + 1, value)
      return
    }
    bytes[at + 1] = value
    this.length = at + 2
  }

  /** An opcode of one byte and a signed number of 32 bits. */
  opSigned(opcode: number, value: number): void {
    const at = this.length
    if (at + 6 > this.#capacity) this.#grow(6)
    const { bytes } = this
    bytes[at] = opcode
    if (value < -0x40 || value >= 0x40) {
      this.length = putSigned(bytes, at + 1, value)
      return
    }
    bytes[at + 1] = value & 0x7f
    this.length = at + 2
  }

  /** An opcode of one byte, an alignment below 2^7 and an offset. */
  opAccess(opcode: number, alignLog2: number, offset: number): void {
    const at = this.length
    if (at + 7 > this.#capacity) this.#grow(7)
    const { bytes } = this
    bytes[at] = opcode
    bytes[at + 1] = alignLog2
    this.length = putUnsigned(bytes, at + 2, offset)
  }

  /** IEEE 754 single, little-endian. Every NaN is written as the canonical one. */
  f32(value: number): void {
    this.reserve(4)
    floats.setFloat32(0, value, true)
    if (Number.isNaN(value)) floats.setUint32(0, 0x7fc0_0000, true)
    for (let i = 0; i < 4; i++) this.bytes[this.length++] = floats.getUint8(i)
  }

  /** IEEE 754 double, little-endian. Every NaN is written as the canonical one. */
  f64(value: number): void {
    this.reserve(8)
    floats.setFloat64(0, value, true)
    if (Number.isNaN(value)) floats.setBigUint64(0, 0x7ff8_0000_0000_0000n, true)
    for (let i = 0; i < 8; i++) this.bytes[this.length++] = floats.getUint8(i)
  }

  /** The first `length` bytes of `source`, as they are. */
  append(source: Uint8Array, length = source.length): void {
    this.reserve(length)
    this.bytes.set(length === source.length ? source : source.subarray(0, length), this.length)
    this.length += length
  }

  /** UTF-8 with its length in front. */
  name(text: string): void {
    if (isAscii(text)) {
      this.u32(text.length)
      this.reserve(text.length)
      for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i)
      return
    }
    const encoded = utf8.encode(text)
    this.u32(encoded.length)
    this.append(encoded)
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length)
  }
}

/** Most names are, and are short: to ask the encoder takes longer. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}

/** Unsigned LEB128 at `at`; the position behind it. */
const putUnsigned = (bytes: Uint8Array, at: number, value: number): number => {
  let next = at
  let rest = value >>> 0
  while (rest >= 0x80) {
    bytes[next++] = rest | 0x80
    rest >>>= 7
  }
  bytes[next++] = rest
  return next
}

/** Signed LEB128 at `at`; the position behind it. */
const putSigned = (bytes: Uint8Array, at: number, value: number): number => {
  let next = at
  let rest = value | 0
  while (rest < -0x40 || rest >= 0x40) {
    bytes[next++] = rest | 0x80
    rest >>= 7
  }
  bytes[next++] = rest & 0x7f
  return next
}

/** How many bytes {@link ByteWriter.u32} takes for `value`. */
export const u32Size = (value: number): number => {
  let size = 1
  for (let rest = value >>> 7; rest !== 0; rest >>>= 7) size++
  return size
}
