import type { HostTime } from '../src/host-time.ts'

/** Time that passes when the test says so. */
export class FakeTime implements HostTime {
  #now = 0
  #timers: { at: number; act: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(milliseconds: number, act: () => void): () => void {
    const timer = { at: this.#now + milliseconds, act }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer)
    }
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.length
  }

  /** Lets time pass, timer by timer. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
      if (next === undefined) break
      this.#timers = this.#timers.filter((one) => one !== next)
      this.#now = next.at
      next.act()
    }
    this.#now = end
  }
}
