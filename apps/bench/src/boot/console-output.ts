const LINE_FEED = 0x0a

/** The guest's console on standard output: whole lines at once, parts of one at the next turn of the event loop. */
export class ConsoleOutput {
  readonly #stream: NodeJS.WriteStream
  #bytes: number[] = []
  #scheduled = false
  #watcher: ((byte: number) => void) | undefined

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** Shows every byte that comes to somebody else, too. */
  watch(watcher: (byte: number) => void): void {
    this.#watcher = watcher
  }

  /** Takes one byte. */
  readonly push = (byte: number): void => {
    this.#bytes.push(byte)
    this.#watcher?.(byte)
    // Whoever measures time by what the guest prints must not see a line later than the guest ends it.
    if (byte === LINE_FEED) this.flush()
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  /** Hands on what there is. */
  flush(): void {
    this.#scheduled = false
    if (this.#bytes.length === 0) return
    this.#stream.write(Uint8Array.from(this.#bytes))
    this.#bytes = []
  }

  /** Resolves as soon as the reader has caught up, so that a guest cannot fill our memory. */
  async drained(): Promise<void> {
    if (!this.#stream.writableNeedDrain) return
    await new Promise((resolve) => this.#stream.once('drain', resolve))
  }
}
