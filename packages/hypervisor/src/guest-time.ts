import type { Host } from './host.ts'

/** The time of a guest: the host's, from power-on, without what passed while it stood still. */
export class GuestTime {
  readonly #host: Host
  /** Ticks of the host at which the guest's time was 0. */
  #zero: number
  /** Ticks of the host at which it stopped. */
  #stoppedAt: number | undefined

  /** It begins at 0. */
  constructor(host: Host) {
    this.#host = host
    this.#zero = host.time
  }

  /** Ticks of the timebase. */
  get now(): number {
    return (this.#stoppedAt ?? this.#host.time) - this.#zero
  }

  /** Begins at 0 again; it stands still if it did. */
  restart(): void {
    this.#zero = this.#stoppedAt ?? this.#host.time
  }

  /** Lets it stand still, or go on. */
  stand(still: boolean): void {
    if (still) this.#stoppedAt ??= this.#host.time
    else if (this.#stoppedAt !== undefined) {
      this.#zero += this.#host.time - this.#stoppedAt
      this.#stoppedAt = undefined
    }
  }

  /** When it is so late, in cycles of the host, if it goes on from now on. @param ticks - of the guest's time. */
  cyclesAt(ticks: number): number {
    return this.#host.cyclesAt(this.#zero + ticks)
  }
}
