import { max, median, min } from 'simple-statistics'

/** Median and extremes of a few measurements. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** @returns what a few measurements, at least one, come to. */
export const spread = (values: readonly number[]): Spread => {
  const copy = [...values]
  return { median: median(copy), min: min(copy), max: max(copy) }
}
