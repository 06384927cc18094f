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
  /** Half of the arrivals are enough from so many calm periods on. Three times as many are remembered. */
  readonly calmPeriods: number
  /**
   * While most steps are interpreted all the same, arrivals are halved again with each so many calm periods: so often at
   * most, the first time included.
   */
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

/** The part of all steps that are interpreted where most are. */
const MOST = 3 / 4

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
  /** Steps in this period: all that were executed, and those of them that were interpreted. */
  #steps = { all: 0, interpreted: 0 }
  /** Calm periods before it, less what others took back. */
  #calmPeriods = 0
  /** Those of them in which most steps were interpreted, since the last in which they were not. */
  #slowPeriods = 0

  constructor(limits: TranslatorLimits) {
    this.#limits = limits
  }

  /** Periods that have ended. */
  get #periods(): number {
    return Math.floor(this.#interpreted / this.#limits.period)
  }

  /** Some hart has executed so many steps more. @param interpreted - so many of them. */
  executed(steps: number, interpreted: number): void {
    const { calm, calmPeriods, halvings } = this.#limits
    const before = this.#periods
    this.#interpreted += interpreted
    this.#steps.all += steps
    this.#steps.interpreted += interpreted
    const periods = this.#periods - before
    if (periods === 0) return
    const isCalm = this.#translated < calm
    const change = isCalm ? periods : -BUSY_WEIGHT
    const within = (most: number, value: number) => Math.min(Math.max(value, 0), most)
    this.#calmPeriods = within(3 * calmPeriods, this.#calmPeriods + change)
    const isSlow = this.#steps.interpreted >= MOST * this.#steps.all
    this.#slowPeriods =
      isSlow || !isCalm ? within((halvings + 1) * calmPeriods, this.#slowPeriods + change) : 0
    this.#translated = 0
    this.#steps = { all: 0, interpreted: 0 }
  }

  /** So many instructions were translated. */
  translated(instructions: number): void {
    this.#translated += instructions
  }

  /** Arrivals at a place, in one period, before it is to be promoted. */
  get threshold(): number {
    const { threshold, calmPeriods, halvings } = this.#limits
    const slow = Math.floor(this.#slowPeriods / calmPeriods)
    const calm = this.#calmPeriods < calmPeriods ? 0 : 1
    const enough = threshold / 2 ** Math.min(Math.max(calm, slow), halvings)
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
