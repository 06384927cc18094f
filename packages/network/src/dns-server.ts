import { buildDnsAnswer, dnsCode, dnsHeader, dnsType, parseDnsQuery } from './dns-message.ts'
import { tryParseAddress } from './ipv4-address.ts'

/**
 * Finds the IPv4 addresses of a name.
 *
 * @returns four decimal numbers each; an empty list for a name without such addresses; `undefined` when the name does
 *   not exist. A promise is answered when it settles; one that is rejected is a failure of the server.
 */
export type Resolver = (
  name: string,
) => readonly string[] | undefined | Promise<readonly string[] | undefined>

/** The most questions that wait for a resolver. */
const MOST_PENDING = 32
/** The most addresses of an answer: it stays below 512 bytes. */
const MOST_ADDRESSES = 10
/** Seconds for which a guest may remember an answer. */
const LIFETIME = 60

/**
 * Answers questions for IPv4 addresses: names of its own at once, others by a resolver. Questions for anything else
 * about a name get an empty answer, so that a guest that asks for IPv6 first goes on at once.
 *
 * @see RFC 1035
 */
export class DnsServer {
  readonly #names: ReadonlyMap<string, number>
  readonly #resolve: Resolver | undefined
  #pending = 0
  /** Counts resets: answers to questions from before one are not sent. */
  #life = 0

  constructor(names: ReadonlyMap<string, number>, resolve: Resolver | undefined) {
    this.#names = names
    this.#resolve = resolve
  }

  /** Questions that wait for the resolver. */
  get pending(): number {
    return this.#pending
  }

  /** Forgets the questions that wait. */
  reset(): void {
    this.#life++
  }

  /** Answers a message, at once or later. */
  ask(message: Uint8Array, answer: (message: Uint8Array) => void): void {
    const query = parseDnsQuery(message)
    if (query === undefined) return
    if (query === 'malformed') {
      answer(buildDnsAnswer(dnsHeader(message), dnsCode.malformed, [], 0))
      return
    }
    const reply = (code: number, addresses: readonly number[] = []): void =>
      answer(buildDnsAnswer(query.head, code, addresses, LIFETIME))
    const own = this.#names.get(query.name)
    if (own !== undefined) reply(dnsCode.good, query.type === dnsType.a ? [own] : [])
    else if (this.#resolve === undefined) reply(dnsCode.noSuchName)
    else if (query.type !== dnsType.a) reply(dnsCode.good)
    else if (this.#pending === MOST_PENDING) reply(dnsCode.failure)
    else this.#lookUp(this.#resolve, query.name, reply)
  }

  #lookUp(
    resolve: Resolver,
    name: string,
    reply: (code: number, addresses?: readonly number[]) => void,
  ): void {
    const found = (texts: readonly string[] | undefined): void => {
      if (texts === undefined) reply(dnsCode.noSuchName)
      else {
        const addresses = texts.map(tryParseAddress).filter((address) => address !== undefined)
        reply(dnsCode.good, addresses.slice(0, MOST_ADDRESSES))
      }
    }
    let result: ReturnType<Resolver>
    try {
      result = resolve(name)
    } catch {
      reply(dnsCode.failure)
      return
    }
    if (!(result instanceof Promise)) {
      found(result)
      return
    }
    this.#pending++
    const life = this.#life
    const ifAlive = (act: () => void): void => {
      this.#pending--
      if (life === this.#life) act()
    }
    result.then(
      (texts) => ifAlive(() => found(texts)),
      () => ifAlive(() => reply(dnsCode.failure)),
    )
  }
}
