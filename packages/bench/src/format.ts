/** Made at first use, since that takes 15 ms: who only starts a machine needs none. */
let grouped: Intl.NumberFormat | undefined

/** A count with thousands separated: `1,234,567`. */
export function count(value: number): string {
  grouped ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
  return grouped.format(value)
}

/** A factor to three digits: `1.04x`, `37.2x`; a dash for an absent one. */
export const ratio = (value: number | undefined): string =>
  value === undefined ? '-' : `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)}x`

/** A part of a whole as per cent: `3.1 %`. */
export const share = (part: number): string => `${(part * 100).toFixed(1)} %`
