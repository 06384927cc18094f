/** Bytes in order, added at the end and removed from the front, which can be read anywhere. */
export class ByteRing {
  /** A power of two long. */
  #bytes: Uint8Array = new Uint8Array(1024)
  #head = 0
  #length = 0

  /** Bytes held. */
  get length(): number {
    return this.#length
  }

  /** Adds bytes at the end; memory grows with what is held. */
  push(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(this.#length + bytes.length)
    const at = (this.#head + this.#length) % this.#bytes.length
    const first = Math.min(bytes.length, this.#bytes.length - at)
    this.#bytes.set(bytes.subarray(0, first), at)
    this.#bytes.set(bytes.subarray(first))
    this.#length += bytes.length
  }

  /** A copy of `count` bytes from `offset` on; both inside what is held. */
  slice(offset: number, count: number): Uint8Array {
    const copy = new Uint8Array(count)
    const at = (this.#head + offset) % this.#bytes.length
    const first = Math.min(count, this.#bytes.length - at)
    copy.set(this.#bytes.subarray(at, at + first))
    copy.set(this.#bytes.subarray(0, count - first), first)
    return copy
  }

  /** Removes bytes from the front. */
  drop(count: number): void {
    this.#head = (this.#head + count) % this.#bytes.length
    this.#length -= count
  }

  #grow(needed: number): void {
    let capacity = this.#bytes.length
    while (capacity < needed) capacity *= 2
    const grown = new Uint8Array(capacity)
    grown.set(this.slice(0, this.#length))
    this.#bytes = grown
    this.#head = 0
  }
}
