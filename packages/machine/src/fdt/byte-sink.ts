const encoder = new TextEncoder()

/** A growing byte array with the big-endian words and padded strings that a flattened tree is made of. */
export class ByteSink {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  length = 0

  #room(count: number): void {
    if (this.length + count <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
  u32(value: number): this {
    this.#room(4)
    this.#view.setUint32(this.length, value)
    this.length += 4
    return this
  }
  u64(value: bigint): this {
    return this.u32(Number(value >> 32n)).u32(Number(value & 0xffff_ffffn))
  }
  bytes(source: Uint8Array): this {
    this.#room(source.length)
    this.#bytes.set(source, this.length)
    this.length += source.length
    return this
  }
  /** UTF-8 and a NUL. */
  text(value: string): this {
    return this.bytes(encoder.encode(`${value}\0`))
  }
  /** Pads with zeros to a multiple of `to` bytes. */
  align(to: number): this {
    return this.bytes(new Uint8Array((to - (this.length % to)) % to))
  }
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }
}
