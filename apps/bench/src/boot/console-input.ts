import { Sleep } from './sleep.ts'

/** Unread bytes at which standard input is told to wait. */
const ENOUGH = 64 * 1024

/** What somebody types or pipes in, on its way to the guest. */
export class ConsoleInput {
  readonly #stream: NodeJS.ReadStream
  readonly #filter: (bytes: Uint8Array) => Uint8Array
  readonly #deliver: (bytes: Uint8Array) => number
  readonly #arrival = new Sleep()
  #waiting: Uint8Array[] = []
  #ended = false
  #held = false
  /** Something happened since {@link ConsoleInput.more} was last called. */
  #fresh = false

  /**
   * @param filter - takes out what is not for the guest.
   * @param deliver - offers bytes to the guest; @returns how many it took.
   */
  constructor(
    stream: NodeJS.ReadStream,
    filter: (bytes: Uint8Array) => Uint8Array,
    deliver: (bytes: Uint8Array) => number,
  ) {
    this.#stream = stream
    this.#filter = filter
    this.#deliver = deliver
  }

  /** Begins to read. */
  start(): void {
    this.#stream.on('data', this.#take)
    this.#stream.on('end', this.#finish)
    // A terminal that has gone away, or a file that cannot be read, is the end of input and no more.
    this.#stream.on('error', this.#finish)
    this.#stream.resume()
  }

  /** Stops reading, so that the process can end. */
  stop(): void {
    this.#stream.removeListener('data', this.#take)
    this.#stream.removeListener('end', this.#finish)
    this.#stream.pause()
    this.#stream.unref?.()
    this.wake()
  }

  /** Keeps everything back until {@link ConsoleInput.release}. */
  hold(): void {
    this.#held = true
  }

  /** Lets go what was held back. @returns whether anything was. */
  release(): boolean {
    const held = this.#held
    this.#held = false
    return held
  }

  /** Gives the guest what it did not take before. */
  offer(): void {
    if (this.#held) return
    while (this.#waiting.length > 0) {
      const bytes = this.#waiting[0]
      const taken = this.#deliver(bytes)
      if (taken < bytes.length) {
        this.#waiting[0] = bytes.subarray(taken)
        return
      }
      this.#waiting.shift()
    }
    if (this.#stream.isPaused() && !this.#ended) this.#stream.resume()
  }

  /** Whether nothing is left and nothing will come. */
  get exhausted(): boolean {
    return this.#ended && this.#waiting.length === 0
  }

  /** Resolves when something has arrived since the last call, or the end, or {@link ConsoleInput.wake}. */
  async more(): Promise<void> {
    if (!this.#fresh) await this.#arrival.for(Number.POSITIVE_INFINITY)
    this.#fresh = false
  }

  /** Ends a wait in {@link ConsoleInput.more}. */
  wake(): void {
    this.#fresh = true
    this.#arrival.end()
  }

  readonly #take = (bytes: Uint8Array): void => {
    const kept = this.#filter(bytes)
    if (kept.length > 0) this.#waiting.push(kept)
    this.offer()
    if (this.#waiting.reduce((sum, { length }) => sum + length, 0) > ENOUGH) this.#stream.pause()
    this.wake()
  }

  readonly #finish = (): void => {
    this.#ended = true
    this.wake()
  }
}
