/** Host time spent in stretches, the pauses between them left out. */
export class Stopwatch {
  #total = 0
  #since: number | undefined

  /** Milliseconds so far, also in the middle of a stretch. */
  get milliseconds(): number {
    return this.#total + (this.#since === undefined ? 0 : performance.now() - this.#since)
  }

  /** Runs `work` as a stretch. */
  during<T>(work: () => T): T {
    this.#since = performance.now()
    try {
      return work()
    } finally {
      this.#total += performance.now() - this.#since
      this.#since = undefined
    }
  }
}
