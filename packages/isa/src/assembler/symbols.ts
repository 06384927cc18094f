import { Problem } from './assembly-error.ts'
import type { Located } from './statement.ts'

/** Symbols by name, and numeric local labels, which may be defined again and again. */
export class Symbols {
  readonly #given: Readonly<Record<string, bigint>>
  readonly #own = new Map<string, bigint>()
  readonly #local = new Map<string, bigint[]>()

  constructor(given: Readonly<Record<string, bigint>>) {
    this.#given = given
  }

  define({ text, column }: Located, value: bigint): void {
    if (/^\d+$/.test(text)) {
      this.#local.set(text, [...(this.#local.get(text) ?? []), value])
      return
    }
    if (!/^[A-Za-z_.$][\w.$]*$/.test(text) || text === '.')
      throw new Problem('ERR_ASSEMBLY_SYNTAX', column, `${text} is no name for a symbol`)
    if (this.#own.has(text)) throw new Problem('ERR_ASSEMBLY_SYMBOL', column, `${text} is defined twice`)
    this.#own.set(text, value)
  }

  /** @param here - where `1b` and `1f` look from. */
  value(name: string, here: bigint): bigint | undefined {
    const local = /^(\d+)([bf])$/.exec(name)
    if (local === null) {
      const own = this.#own.get(name)
      return own ?? (Object.hasOwn(this.#given, name) ? this.#given[name] : undefined)
    }
    const places = this.#local.get(local[1]!) ?? []
    return local[2] === 'b' ? places.findLast((at) => at <= here) : places.find((at) => at > here)
  }

  *names(): Iterable<string> {
    yield* this.#own.keys()
    yield* Object.keys(this.#given)
  }

  own(): ReadonlyMap<string, bigint> {
    return this.#own
  }
}
