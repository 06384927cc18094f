import { ARRIVALS_PERIOD_SHIFT, ARRIVALS_PERIODS } from '../code-pool.ts'

/**
 * When and how much is translated. Threshold and patience are less at first: until the host has optimized the
 * interpreter, translated code is faster by more than ten times.
 */
export interface TranslatorLimits {
  /** Arrivals at a place in one period before the region that begins there is translated: below 2048. */
  readonly threshold: number
  /** Interpreted steps of a period. What is hot is a matter of how often, not of how long. */
  readonly period: number
  /** Regions that are translated together at least, unless they have waited for long. */
  readonly batch: number
  /** Interpreted steps that a region waits for others at most. */
  readonly patience: number
  /**
   * Interpreted steps of a program that has just begun: that something has not been executed yet, or not for long, says
   * nothing.
   */
  readonly early: number
  /** Steps from one look at what loops have counted to the next. */
  readonly loopPeriod: number
  /** Modules at a time at most: the host has limits of its own, and does not say them. */
  readonly modules: number
}

export const defaultLimits: TranslatorLimits = {
  threshold: 1000,
  period: 4_000_000,
  batch: 32,
  patience: 1_000_000,
  early: 2_000_000,
  loopPeriod: 8_000_000,
  modules: 2000,
}

/** Decides when places are hot, and when those that are get translated. Places are records. */
export class Hotness {
  readonly #limits: TranslatorLimits
  readonly #waiting = new Set<number>()
  /** Steps that all harts have interpreted, and how many that were when the first of those that wait came. */
  #interpreted = 0
  #waitingSince = 0

  constructor(limits: TranslatorLimits) {
    this.#limits = limits
  }

  /** Some hart has interpreted so many steps more. */
  interpreted(steps: number): void {
    this.#interpreted += steps
  }

  /** Arrivals at a place, in one period, before it is to be promoted. */
  get threshold(): number {
    return Math.min(Math.max(this.#interpreted / 2048, 200), this.#limits.threshold)
  }

  /** The number of the period, as counts of arrivals have it. */
  get period(): number {
    const number = Math.floor(this.#interpreted / this.#limits.period) % ARRIVALS_PERIODS
    return number << ARRIVALS_PERIOD_SHIFT
  }

  /** Arrivals in this period. @param count - of a record. */
  arrivals(count: number): number {
    const arrivals = count - this.period
    return arrivals >= 0 && arrivals < 1 << ARRIVALS_PERIOD_SHIFT ? arrivals : 0
  }

  /** Whether so little has been interpreted that what has not been executed, or not for long, says nothing. */
  get isEarly(): boolean {
    return this.#interpreted < this.#limits.early
  }

  /** A place waits to be translated. */
  add(record: number): void {
    if (this.#waiting.size === 0) this.#waitingSince = this.#interpreted
    this.#waiting.add(record)
  }

  /** Whether enough places wait, or one has waited for long enough: while regions execute, waiting costs nothing. */
  get isDue(): boolean {
    const { size } = this.#waiting
    if (size === 0) return false
    const waited = this.#interpreted - this.#waitingSince
    const patience = Math.min(Math.max(this.#interpreted / 8, 20_000), this.#limits.patience)
    return size >= this.#limits.batch || waited >= patience
  }

  /** @returns what has waited until now. */
  take(): readonly number[] {
    const records = [...this.#waiting]
    this.#waiting.clear()
    return records
  }
}
