import type { NetworkBackend, NetworkCard } from './cable.ts'
import { ETHERNET_HEADER, isGroup, macKey, sameMac } from './ethernet.ts'
import { NetworkError } from './network-error.ts'

/** The most addresses that a switch remembers; the one that was silent for the longest time is forgotten. */
const MOST_ADDRESSES = 1024
/** The most frames that wait while another one is being forwarded. */
const MOST_WAITING = 256
/** The most frames forwarded before the first sender gets control back: what a loop of cables can cost. */
const MOST_AT_ONCE = 1024

/** Options of a port. */
export interface SwitchPortOptions {
  /**
   * Frames may come at any time: a machine that has nothing else to do waits for them (and its virtual clock passes no
   * faster than real time) instead of being idle. Default false: whoever drives the machines takes turns.
   */
  readonly interactive?: boolean
}

/** What a switch has done, in frames. */
export interface SwitchCounts {
  /** Given to one port, because its address was known, or to none, because it was the sender's. */
  readonly switched: number
  /** Given to all other ports. */
  readonly flooded: number
  /** Taken from a port and not forwarded, or refused by a card. */
  readonly dropped: number
}

class Port implements NetworkBackend {
  readonly awaiting: boolean
  readonly #forward: (frame: Uint8Array, from: Port) => void
  readonly #plugged: (port: Port, card: boolean) => void
  #card: NetworkCard | undefined

  constructor(
    awaiting: boolean,
    forward: (frame: Uint8Array, from: Port) => void,
    plugged: (port: Port, card: boolean) => void,
  ) {
    this.awaiting = awaiting
    this.#forward = forward
    this.#plugged = plugged
  }

  connect(card: NetworkCard): void {
    if (this.#card) {
      throw new NetworkError(
        'second-card',
        'A port of a switch takes one card: make another port for this one.',
      )
    }
    this.#card = card
    this.#plugged(this, true)
  }

  send(frame: Uint8Array): void {
    this.#forward(frame, this)
  }

  disconnect(): void {
    this.#card = undefined
    this.#plugged(this, false)
  }

  /** @returns `false` when a card lost it. */
  deliver(frame: Uint8Array): boolean {
    return this.#card?.receive(frame) ?? true
  }
}

/**
 * An Ethernet switch for any number of cards in one process: it learns which address is behind which port, gives frames
 * for an address that it does not know to all other ports, and keeps nothing. A card without room loses the frame.
 *
 * Frames pass while the sender sends, in order. One that is sent in answer waits until the first has been forwarded; at
 * most 256 wait, and at most 1024 are forwarded in one go, so that a loop of cables loses frames and nothing else.
 */
export class LearningSwitch {
  /** Those with a card. */
  readonly #ports = new Set<Port>()
  readonly #addresses = new Map<number, Port>()
  readonly #waiting: { frame: Uint8Array; from: Port }[] = []
  #forwarding = false
  #switched = 0
  #flooded = 0
  #dropped = 0

  /**
   * Makes a port: give it to a card as `backend`, or {@link join} it to another network. When its card is gone for good, as
   * that of a VM that was destroyed, nothing is left of it here, and it takes another card.
   */
  port({ interactive = false }: SwitchPortOptions = {}): NetworkBackend {
    return new Port(
      interactive,
      (frame, from) => this.#take(frame, from),
      (changed, card) => (card ? this.#ports.add(changed) : this.#remove(changed)),
    )
  }

  /** Cards and networks at it. */
  get size(): number {
    return this.#ports.size
  }

  /** Counts since it was made. */
  get counts(): SwitchCounts {
    return { switched: this.#switched, flooded: this.#flooded, dropped: this.#dropped }
  }

  #take(frame: Uint8Array, from: Port): void {
    if (frame.length < ETHERNET_HEADER || this.#waiting.length === MOST_WAITING) {
      this.#dropped++
      return
    }
    this.#waiting.push({ frame, from })
    if (this.#forwarding) return
    this.#forwarding = true
    try {
      for (let left = MOST_AT_ONCE; left > 0; left--) {
        const next = this.#waiting.shift()
        if (next === undefined) break
        this.#forward(next.frame, next.from)
      }
    } finally {
      this.#forwarding = false
      this.#dropped += this.#waiting.length
      this.#waiting.length = 0
    }
  }

  #remove(port: Port): void {
    this.#ports.delete(port)
    for (const [address, at] of this.#addresses) if (at === port) this.#addresses.delete(address)
  }

  #forward(frame: Uint8Array, from: Port): void {
    // Its card may have gone while the frame waited.
    if (!this.#ports.has(from)) {
      this.#dropped++
      return
    }
    const destination = frame.subarray(0, 6)
    const source = frame.subarray(6, 12)
    if (!isGroup(source)) this.#learn(macKey(source), from)
    const known = isGroup(destination) ? undefined : this.#addresses.get(macKey(destination))
    if (known !== undefined || sameMac(source, destination)) {
      this.#switched++
      if (known !== undefined && known !== from && !known.deliver(frame)) this.#dropped++
      return
    }
    this.#flooded++
    for (const port of this.#ports) if (port !== from && !port.deliver(frame)) this.#dropped++
  }

  #learn(address: number, port: Port): void {
    // Deleted first, so that the map is in the order of the last frames.
    this.#addresses.delete(address)
    if (this.#addresses.size === MOST_ADDRESSES) {
      const [oldest] = this.#addresses.keys()
      this.#addresses.delete(oldest)
    }
    this.#addresses.set(address, port)
  }
}

/** Makes a {@link LearningSwitch}. */
export const learningSwitch = (): LearningSwitch => new LearningSwitch()
