import { type Decoded, decode, type Extension } from '@worldswitch/isa'

const LIMIT = 65536

/** Decodes instruction words for one set of extensions and remembers them. Bounded: a guest can make up any words. */
export class InstructionCache {
  readonly extensions: ReadonlySet<Extension>
  readonly #known = new Map<number, Decoded | undefined>()

  constructor(extensions: ReadonlySet<Extension>) {
    this.extensions = extensions
  }

  /**
   * @param word - 32 bits; of a compressed instruction only the low 16 count, and the others must be zero.
   * @returns undefined for an illegal instruction.
   */
  decode(word: number): Decoded | undefined {
    const known = this.#known.get(word)
    if (known !== undefined || this.#known.has(word)) return known
    if (this.#known.size >= LIMIT) this.#known.clear()
    const decoded = decode(word, this.extensions)
    this.#known.set(word, decoded)
    return decoded
  }
}
