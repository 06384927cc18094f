/** Longest delay of a timer, in milliseconds. */
const LONGEST = 2 ** 31 - 1

/** A sleep that something can end. */
export class Sleep {
  #end: (() => void) | undefined

  /** Ends the current sleep, if there is one. */
  end(): void {
    this.#end?.()
  }

  /**
   * Sleeps.
   *
   * @param milliseconds - at most; `Infinity` for until {@link Sleep.end}.
   * @param signal - ends it too.
   */
  async for(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return
    const end = (): void => this.end()
    signal?.addEventListener('abort', end)
    await new Promise<void>((resolve) => {
      const timer =
        milliseconds === Number.POSITIVE_INFINITY
          ? undefined
          : setTimeout(end, Math.min(milliseconds, LONGEST))
      this.#end = () => {
        clearTimeout(timer)
        this.#end = undefined
        resolve()
      }
    })
    signal?.removeEventListener('abort', end)
  }
}
