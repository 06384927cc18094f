import { ByteRing } from './byte-ring.ts'
import { type TcpSegment, tcpFlag } from './tcp-segment.ts'

/** A segment without the ports, which its connection does not need to know. */
export type TcpOutput = Omit<TcpSegment, 'sourcePort' | 'destinationPort'>

/** What a connection needs, and whom it tells. */
export interface TcpConnectionOptions {
  /** First sequence number of this side. */
  readonly initialSequence: number
  /** Brings a segment to the guest; @returns `false` when there is no room for it: {@link TcpConnection.pump} later. */
  emit(segment: TcpOutput): boolean
  /** The guest took or made the connection. */
  opened(): void
  /** Bytes of the guest, in order; the window closes by as many until {@link TcpConnection.consumed}. */
  data(bytes: Uint8Array): void
  /** The guest will send no more. */
  finished(): void
  /** {@link TcpConnection.send} returned `false`, and there is room again. */
  writable(): void
  /** It is over, by the guest: both sides have `finished`, or the guest was `lost` (cut it off, or never answered). */
  over(how: 'finished' | 'lost'): void
  /** Does something later; @returns what cancels it. */
  after(milliseconds: number, act: () => void): () => void
}

/** Bytes of the guest that are taken before the outside has taken them: the largest window without scaling. */
const RECEIVE_LIMIT = 65_535
/** Bytes for the guest that are kept; beyond, the outside is asked to wait. */
const SEND_LIMIT = 128 * 1024
/** The most bytes of a segment: what an Ethernet frame of 1500 bytes holds. */
const MAXIMUM_SEGMENT = 1460
/** What a side takes that does not say (RFC 9293, 3.7.1). */
const DEFAULT_SEGMENT = 536
const SMALLEST_SEGMENT = 64
const FIRST_TIMEOUT = 3000
const LONGEST_TIMEOUT = 60_000
/** Timeouts after which an opening that is not answered is given up. */
const MOST_ATTEMPTS = 5
const DUPLICATES = 3

/** How far `one` is ahead of `other`, in a sequence space that wraps around. */
const ahead = (one: number, other: number): number => (one - other) | 0

/**
 * This side of a TCP connection with a guest, over a link that keeps order and hardly loses anything: what has not been
 * acknowledged is kept and sent again after three equal acknowledgments or a timeout; a segment that does not continue
 * what has come is dropped, and the guest sends it again. No options but the segment size. Windows are respected on
 * both sides, so memory is bounded.
 *
 * @see RFC 9293
 */
export class TcpConnection {
  readonly #options: TcpConnectionOptions
  /** From what is not acknowledged on. */
  readonly #queue = new ByteRing()
  #phase: 'accepting' | 'answering' | 'opening' | 'open' | 'over'
  #segmentSize = DEFAULT_SEGMENT
  #unacknowledged: number
  #next: number
  /** The highest `#next` so far: it goes back to send again. */
  #highest: number
  #guestWindow = 0
  #finishing = false
  #finishAcknowledged = false
  #paused = false
  #duplicates = 0
  #expected = 0
  #unconsumed = 0
  #guestFinished = false
  #acknowledgmentDue = false
  #lastWindow = 0
  /** The timeout asks for a segment although the guest's window is closed. */
  #probing = false
  #timeout = FIRST_TIMEOUT
  #attempts = 0
  #cancelTimer: (() => void) | undefined

  private constructor(options: TcpConnectionOptions, phase: 'accepting' | 'opening') {
    this.#options = options
    this.#phase = phase
    this.#unacknowledged = options.initialSequence | 0
    this.#next = this.#unacknowledged
    this.#highest = this.#unacknowledged
  }

  /** A connection that the guest asks for: {@link TcpConnection.accept} or {@link TcpConnection.abort} it. */
  static asked(syn: TcpSegment, options: TcpConnectionOptions): TcpConnection {
    const connection = new TcpConnection(options, 'accepting')
    connection.#learn(syn)
    return connection
  }

  /** A connection that the guest is asked for, at once. */
  static ask(options: TcpConnectionOptions): TcpConnection {
    const connection = new TcpConnection(options, 'opening')
    connection.pump()
    return connection
  }

  /** Whether it is over. */
  get isOver(): boolean {
    return this.#phase === 'over'
  }

  /** Whether both sides have finished, and only acknowledgments of the guest are missing. */
  get isClosing(): boolean {
    return this.#finishing && this.#guestFinished
  }

  /** Ends it without a word to anybody. */
  forget(): void {
    this.#end()
  }

  /** Answers the guest's SYN. */
  accept(): void {
    if (this.#phase !== 'accepting') return
    this.#phase = 'answering'
    this.pump()
  }

  /** Sends bytes; @returns `false` when there is enough: wait for `writable`. */
  send(bytes: Uint8Array): boolean {
    if (this.#phase === 'over' || this.#finishing) return true
    this.#queue.push(bytes)
    this.pump()
    this.#paused = this.#queue.length > SEND_LIMIT
    return !this.#paused
  }

  /** Sends no more after what was given to {@link TcpConnection.send}. */
  finish(): void {
    this.#finishing = true
    this.pump()
  }

  /** Cuts it off: the guest is told, `over` is not called. */
  abort(): void {
    if (this.#phase === 'over') return
    // An answer to SYN has no number of this side's before it.
    this.#emit(tcpFlag.rst | tcpFlag.ack, this.#highest)
    this.#end()
  }

  /** So many bytes of the guest are no longer kept. */
  consumed(count: number): void {
    this.#unconsumed -= count
    if (this.#phase !== 'open' || this.#guestFinished) return
    // Not with every byte, but before the guest stands still for long.
    if (this.#lastWindow < MAXIMUM_SEGMENT && this.#window >= RECEIVE_LIMIT / 2) {
      this.#acknowledgmentDue = true
      this.pump()
    }
  }

  /** A segment of the guest. */
  receive(segment: TcpSegment): void {
    switch (this.#phase) {
      case 'over':
        return
      case 'accepting':
        if (segment.flags & tcpFlag.rst && segment.sequence === this.#expected >>> 0) this.#lose()
        return
      case 'opening':
        this.#receiveAnswer(segment)
        return
      default:
        this.#receiveSynchronized(segment)
    }
  }

  /** Sends what may and must be sent, as far as there is room. */
  pump(): void {
    if (this.#phase === 'accepting' || this.#phase === 'over') return
    const done = this.#phase === 'open' ? this.#pumpData() : this.#pumpSyn()
    if (done && this.#acknowledgmentDue && this.#phase === 'open') this.#emit(tcpFlag.ack, this.#next)
    if (this.#finishAcknowledged && this.#guestFinished && !this.#acknowledgmentDue) {
      this.#end()
      this.#options.over('finished')
    } else this.#setTimer()
  }

  get #window(): number {
    return Math.max(0, RECEIVE_LIMIT - this.#unconsumed)
  }

  /** What a SYN says: the guest's first number, window and segment size. */
  #learn({ sequence, window, maximumSegment = DEFAULT_SEGMENT }: TcpSegment): void {
    this.#expected = (sequence + 1) | 0
    this.#guestWindow = window
    this.#segmentSize = Math.min(MAXIMUM_SEGMENT, Math.max(SMALLEST_SEGMENT, maximumSegment))
  }

  #receiveAnswer(segment: TcpSegment): void {
    const { flags, acknowledgment } = segment
    if ((flags & tcpFlag.ack) === 0 || ahead(acknowledgment, this.#unacknowledged) !== 1) return
    if (flags & tcpFlag.rst) {
      this.#lose()
      return
    }
    if ((flags & tcpFlag.syn) === 0) return
    this.#learn(segment)
    this.#acknowledgmentDue = true
    this.#open(acknowledgment)
    this.pump()
  }

  #receiveSynchronized(segment: TcpSegment): void {
    const { flags, sequence, acknowledgment } = segment
    if (flags & tcpFlag.rst) {
      if (ahead(sequence, this.#expected) === 0) this.#lose()
      // RFC 5961: a number in the window that is not exact is asked about.
      else if (ahead(sequence, this.#expected) > 0 && ahead(sequence, this.#expected) < this.#window)
        this.#acknowledge()
      return
    }
    if (flags & tcpFlag.syn) {
      if (this.#phase === 'answering') this.#next = this.#unacknowledged
      this.#acknowledge()
      return
    }
    if ((flags & tcpFlag.ack) === 0) return
    if (this.#phase === 'answering') {
      if (ahead(acknowledgment, this.#unacknowledged) !== 1) return
      this.#open(acknowledgment)
    }
    if (ahead(acknowledgment, this.#highest) > 0) {
      this.#acknowledge()
      return
    }
    this.#takeAcknowledgment(segment)
    // What it tells may lead to its end.
    if (!this.isOver) this.#takeData(segment)
    this.pump()
  }

  #acknowledge(): void {
    this.#acknowledgmentDue = true
    this.pump()
  }

  #open(acknowledgment: number): void {
    this.#phase = 'open'
    this.#unacknowledged = acknowledgment | 0
    this.#next = this.#unacknowledged
    this.#highest = this.#unacknowledged
    this.#progress()
    this.#options.opened()
  }

  #progress(): void {
    this.#timeout = FIRST_TIMEOUT
    this.#attempts = 0
    this.#duplicates = 0
    this.#stopTimer()
  }

  #takeAcknowledgment({ acknowledgment, window, payload, flags }: TcpSegment): void {
    const acknowledged = ahead(acknowledgment, this.#unacknowledged)
    if (acknowledged < 0) return
    if (acknowledged > 0) {
      const bytes = Math.min(acknowledged, this.#queue.length)
      this.#queue.drop(bytes)
      if (acknowledged > bytes) this.#finishAcknowledged = true
      this.#unacknowledged = acknowledgment | 0
      if (ahead(this.#next, this.#unacknowledged) < 0) this.#next = this.#unacknowledged
      this.#progress()
    } else if (
      payload.length === 0 &&
      (flags & tcpFlag.fin) === 0 &&
      window === this.#guestWindow &&
      this.#next !== this.#unacknowledged &&
      ++this.#duplicates === DUPLICATES
    )
      this.#next = this.#unacknowledged
    this.#guestWindow = window
    if (this.#paused && this.#queue.length <= SEND_LIMIT / 2) {
      this.#paused = false
      this.#options.writable()
    }
  }

  #takeData({ sequence, payload, flags }: TcpSegment): void {
    const fin = (flags & tcpFlag.fin) !== 0
    const known = ahead(this.#expected, sequence)
    // A bare acknowledgment; with another number it is a probe, and wants an answer.
    if (payload.length === 0 && !fin && known === 0) return
    this.#acknowledgmentDue = true
    // A hole, or nothing new.
    if (known < 0 || known > payload.length || this.#guestFinished) return
    const fresh = payload.subarray(known, known + this.#window)
    this.#expected = (this.#expected + fresh.length) | 0
    this.#unconsumed += fresh.length
    if (fresh.length > 0) this.#options.data(fresh)
    if (!fin || known + fresh.length < payload.length || this.isOver) return
    this.#expected = (this.#expected + 1) | 0
    this.#guestFinished = true
    this.#options.finished()
  }

  /** @returns `false` when there was no room. */
  #pumpSyn(): boolean {
    if (this.#next !== this.#unacknowledged) return true
    const flags = this.#phase === 'opening' ? tcpFlag.syn : tcpFlag.syn | tcpFlag.ack
    if (!this.#emit(flags, this.#next)) return false
    this.#advance(1)
    return true
  }

  /** @returns `false` when there was no room. */
  #pumpData(): boolean {
    for (;;) {
      const underWay = ahead(this.#next, this.#unacknowledged)
      const unsent = this.#queue.length - underWay
      const window = Math.max(this.#guestWindow, this.#probing ? 1 : 0) - underWay
      const count = Math.min(unsent, window, this.#segmentSize)
      const last = count === unsent
      const fin = last && this.#finishing && !this.#finishAcknowledged
      if (count < 0 || (count === 0 && !fin)) return true
      // A part of a segment waits for the window to open further when something is under way that will open it.
      if (!last && count < this.#segmentSize && underWay > 0) return true
      const flags = tcpFlag.ack | (last && count > 0 ? tcpFlag.psh : 0) | (fin ? tcpFlag.fin : 0)
      if (!this.#emit(flags, this.#next, this.#queue.slice(underWay, count))) return false
      this.#probing = false
      this.#advance(count + (fin ? 1 : 0))
    }
  }

  #advance(count: number): void {
    this.#next = (this.#next + count) | 0
    if (ahead(this.#next, this.#highest) > 0) this.#highest = this.#next
  }

  #emit(flags: number, sequence: number, payload: Uint8Array = new Uint8Array(0)): boolean {
    const acknowledges = (flags & tcpFlag.ack) !== 0
    const window = this.#window
    const taken = this.#options.emit({
      sequence: sequence >>> 0,
      acknowledgment: acknowledges ? this.#expected >>> 0 : 0,
      flags,
      window,
      maximumSegment: flags & tcpFlag.syn ? MAXIMUM_SEGMENT : undefined,
      payload,
    })
    if (taken && acknowledges) {
      this.#acknowledgmentDue = false
      this.#lastWindow = window
    }
    return taken
  }

  #setTimer(): void {
    const owed = this.#next !== this.#unacknowledged || this.#phase === 'opening' || this.#queue.length > 0
    if (!owed) this.#stopTimer()
    else this.#cancelTimer ??= this.#options.after(this.#timeout, () => this.#timedOut())
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #timedOut(): void {
    this.#cancelTimer = undefined
    this.#timeout = Math.min(LONGEST_TIMEOUT, this.#timeout * 2)
    if (this.#phase !== 'open' && ++this.#attempts === MOST_ATTEMPTS) {
      this.#lose()
      return
    }
    this.#next = this.#unacknowledged
    this.#probing = true
    this.pump()
  }

  #lose(): void {
    this.#end()
    this.#options.over('lost')
  }

  #end(): void {
    this.#phase = 'over'
    this.#stopTimer()
  }
}

/** The answer to a segment that belongs to no connection; `undefined` for one that resets something. */
export const refusal = ({ flags, sequence, acknowledgment, payload }: TcpSegment): TcpOutput | undefined => {
  if (flags & tcpFlag.rst) return undefined
  const none = new Uint8Array(0)
  if (flags & tcpFlag.ack)
    return { sequence: acknowledgment, acknowledgment: 0, flags: tcpFlag.rst, window: 0, payload: none }
  const length = payload.length + (flags & tcpFlag.syn ? 1 : 0) + (flags & tcpFlag.fin ? 1 : 0)
  return {
    sequence: 0,
    acknowledgment: (sequence + length) >>> 0,
    flags: tcpFlag.rst | tcpFlag.ack,
    window: 0,
    payload: none,
  }
}
