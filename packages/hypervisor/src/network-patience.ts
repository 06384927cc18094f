/** What has to be known of a host. */
interface Clocked {
  readonly cycles: number
  readonly profile: { readonly hertz: number }
}

/**
 * How long VMs that all wait go on waiting for an answer from outside before time jumps ahead: as long as it takes in
 * reality, or a guest's timeouts would be over before the answer can be there.
 */
export class NetworkPatience {
  readonly #host: Clocked
  #since = 0
  #cycles = -1

  constructor(host: Clocked) {
    this.#host = host
  }

  /**
   * Whether it is too early for time to be `wake`. To be asked only while nothing can run: the wait began when it was
   * first asked at this time of the host's clock.
   *
   * @param wake - cycles of the host.
   */
  lasts(wake: number): boolean {
    const { cycles, profile } = this.#host
    const now = performance.now()
    if (cycles !== this.#cycles) {
      this.#cycles = cycles
      this.#since = now
    }
    return ((wake - cycles) / profile.hertz) * 1000 > now - this.#since
  }
}
