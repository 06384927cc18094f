/** A run of bits: `width` bits at `at` in the word are the bits from `to` upwards of the operand. */
export type Slice = readonly [at: number, width: number, to: number]

/** Where an operand lies in an instruction word; read in both directions, so decoder and encoder cannot disagree. */
export interface Field {
  readonly slices: readonly Slice[]
  /** Bits of the operand's value, those that are always zero included. */
  readonly bits: number
  readonly signed: boolean
  /** Added to the bits: 8 for the three-bit register fields of compressed instructions. */
  readonly plus: number
}

/** Says a field; `bits` follows from the slices. */
export function field(slices: readonly Slice[], options: { signed?: boolean; plus?: number } = {}): Field {
  const bits = Math.max(...slices.map(([, width, to]) => width + to))
  return { slices, bits, signed: options.signed ?? false, plus: options.plus ?? 0 }
}

/** The operand's value in `word`: an integer within signed or unsigned 32 bits. */
export function extract(from: Field, word: number): number {
  let value = 0
  for (const [at, width, to] of from.slices) value |= ((word >>> at) & ((1 << width) - 1)) << to
  if (!from.signed) return value + from.plus
  const spare = 32 - from.bits
  return (value << spare) >> spare
}

/** The bits of `word` that carry `value`; what does not fit is lost, and {@link extract} shows it. */
export function insert(into: Field, value: number): number {
  const bits = value - into.plus
  let word = 0
  for (const [at, width, to] of into.slices) word |= ((bits >>> to) & ((1 << width) - 1)) << at
  return word
}

/** The bits of the word that belong to the field. */
export const fieldMask = (of: Field): number =>
  of.slices.reduce((mask, [at, width]) => mask | (((1 << width) - 1) << at), 0) >>> 0

/** The values that a field holds: the lowest, the highest and the distance between two. */
export function fieldRange(of: Field): { minimum: number; maximum: number; step: number } {
  const step = 2 ** Math.min(...of.slices.map(([, , to]) => to))
  const span = 2 ** of.bits
  if (of.signed) return { minimum: -span / 2, maximum: span / 2 - step, step }
  return { minimum: of.plus, maximum: of.plus + span - step, step }
}
