/** A run of bits: `width` bits at `at` in the word are the bits from `to` upwards of the operand. */
export type Slice = readonly [at: number, width: number, to: number]

/** Which registers a register operand numbers: integer or floating-point. */
export type RegisterFile = 'x' | 'f'

/** Where an operand lies in an instruction word; read in both directions, so decoder and encoder cannot disagree. */
export interface Field {
  readonly slices: readonly Slice[]
  /** Bits of the operand's value, those that are always zero included. */
  readonly bits: number
  readonly signed: boolean
  /** Added to the bits: 8 for the three-bit register fields of compressed instructions. */
  readonly plus: number
  /** Of a register operand: the floating-point registers (`f`), or the integer ones (`x`), as also of all others. */
  readonly file: RegisterFile
  /** The operand's value in `word`: an integer within signed or unsigned 32 bits. */
  readonly extract: (word: number) => number
}

/** Says a field; everything else follows from the slices. */
export function field(
  slices: readonly Slice[],
  options: { signed?: boolean; plus?: number; file?: RegisterFile } = {},
): Field {
  const { signed = false, plus = 0, file = 'x' } = options
  const bits = Math.max(...slices.map(([, width, to]) => width + to))
  return { slices, bits, signed, plus, file, extract: extractor(slices, bits, signed, plus) }
}

/** Extraction is on the path of predecoding, so slices become closures of two shifts and a mask each. */
function extractor(slices: readonly Slice[], bits: number, signed: boolean, plus: number) {
  const unsigned = slices.map(slice).reduceRight((rest, first) => (word) => first(word) | rest(word))
  const spare = 32 - bits
  if (signed) return (word: number) => (unsigned(word) << spare) >> spare
  return plus === 0 ? unsigned : (word: number) => unsigned(word) + plus
}

function slice([at, width, to]: Slice): (word: number) => number {
  const mask = (1 << width) - 1
  return to === 0 ? (word) => (word >>> at) & mask : (word) => ((word >>> at) & mask) << to
}

/** The bits of `word` that carry `value`; what does not fit is lost, and extracting shows it. */
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
