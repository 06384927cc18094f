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
  /** A period is calm in which fewer instructions were translated; another one takes back four of these. */
  readonly calm: number
  /** Each time that so many calm periods have passed, half of the arrivals are enough: at most {@link halvings} times. */
  readonly calmPeriods: number
  /** How often the arrivals that are enough are halved at most. */
  readonly halvings: number
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
  calm: 300,
  calmPeriods: 8,
  halvings: 3,
  batch: 32,
  patience: 1_000_000,
  early: 2_000_000,
  loopPeriod: 8_000_000,
  modules: 2000,
}

/** Calm periods that are taken back by one that is not: what has waited for calm is translated in some of them. */
const BUSY_WEIGHT = 4

/** Decides when places are hot, and when those that are get translated. Places are records. */
export class Hotness {
  readonly #limits: TranslatorLimits
  readonly #waiting = new Set<number>()
  /** Steps that all harts have interpreted, and how many that were when the first of those that wait came. */
  #interpreted = 0
  #waitingSince = 0
  /** Instructions translated in this period. */
  #translated = 0
  /** Calm periods before it, less what others took back. */
  #calmPeriods = 0

  constructor(limits: TranslatorLimits) {
    this.#limits = limits
  }

  /** Periods that have ended. */
  get #periods(): number {
    return Math.floor(this.#interpreted / this.#limits.period)
  }

  /** Some hart has interpreted so many steps more. */
  interpreted(steps: number): void {
    const { calm, calmPeriods, halvings } = this.#limits
    const before = this.#periods
    this.#interpreted += steps
    const periods = this.#periods - before
    if (periods === 0) return
    const change = this.#translated < calm ? periods : -BUSY_WEIGHT
    this.#calmPeriods = Math.min(Math.max(this.#calmPeriods + change, 0), (halvings + 2) * calmPeriods)
    this.#translated = 0
  }

  /** So many instructions were translated. */
  translated(instructions: number): void {
    this.#translated += instructions
  }

  /** Arrivals at a place, in one period, before it is to be promoted. */
  get threshold(): number {
    const { threshold, calmPeriods, halvings } = this.#limits
    const enough = threshold / 2 ** Math.min(Math.floor(this.#calmPeriods / calmPeriods), halvings)
    return Math.min(Math.max(this.#interpreted / 2048, 200), enough)
  }

  /** The number of the period, as counts of arrivals have it. */
  get period(): number {
    return (this.#periods % ARRIVALS_PERIODS) << ARRIVALS_PERIOD_SHIFT
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
