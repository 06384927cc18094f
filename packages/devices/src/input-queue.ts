/** Bytes on their way from the host to a guest: a ring that grows with what it holds, up to a limit. */
export class InputQueue {
  readonly #limit: number
  #bytes = new Uint8Array(64)
  #head = 0
  #length = 0

  /** @param limit - the most bytes it ever holds. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes held. */
  get length(): number {
    return this.#length
  }

  /**
   * Appends as many bytes as fit.
   *
   * @returns how many of them, from the first, were taken.
   */
  push(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.#limit - this.#length)
    if (this.#length + taken > this.#bytes.length) this.#grow(this.#length + taken)
    const capacity = this.#bytes.length
    for (let i = 0; i < taken; i++) this.#bytes[(this.#head + this.#length + i) % capacity] = bytes[i]
    this.#length += taken
    return taken
  }

  /** Removes and returns the oldest byte; the queue must not be empty. */
  shift(): number {
    const byte = this.#bytes[this.#head]
    this.#head = (this.#head + 1) % this.#bytes.length
    this.#length--
    return byte
  }

  /** Removes up to `count` of the oldest bytes. */
  take(count: number): Uint8Array {
    const taken = new Uint8Array(Math.min(count, this.#length))
    for (let i = 0; i < taken.length; i++) taken[i] = this.shift()
    return taken
  }

  /** Forgets everything and gives memory back. */
  clear(): void {
    this.#bytes = new Uint8Array(64)
    this.#head = 0
    this.#length = 0
  }

  #grow(needed: number): void {
    let capacity = this.#bytes.length
    while (capacity < needed) capacity *= 2
    const grown = new Uint8Array(capacity)
    for (let i = 0; i < this.#length; i++) grown[i] = this.#bytes[(this.#head + i) % this.#bytes.length]
    this.#bytes = grown
    this.#head = 0
  }
}
