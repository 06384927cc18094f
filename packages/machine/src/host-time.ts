/** Looked up once: in Node, the global is found by a getter each time. */
const { performance } = globalThis

/** Milliseconds of the host's clock. */
export const hostNow = (): number => performance.now()

/** Gives the host's event loop a turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve)
      return
    }
    // Browsers: a message is delivered without the delay that timers have.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

/** Longest delay of a timer. */
const LONGEST = 2 ** 31 - 1

/** A sleep that something can end. */
export class WakeUp {
  #resolve: (() => void) | undefined

  /** Ends the current sleep, if there is one. */
  now(): void {
    this.#resolve?.()
  }

  /** Sleeps. @param milliseconds - at most; `Infinity` for until {@link WakeUp.now}. */
  within(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer =
        milliseconds === Number.POSITIVE_INFINITY
          ? undefined
          : setTimeout(() => this.now(), Math.min(milliseconds, LONGEST))
      this.#resolve = () => {
        clearTimeout(timer)
        this.#resolve = undefined
        resolve()
      }
    })
  }
}
