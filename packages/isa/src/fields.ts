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
  extract(word: number): number
}

/** Says a field; everything else follows from the slices. */
export function field(
  slices: readonly Slice[],
  options: { signed?: boolean; plus?: number; file?: RegisterFile } = {},
): Field {
  const { signed = false, plus = 0, file = 'x' } = options
  return new SlicedField(slices, signed, plus, file)
}

const constants = new Map<number, Field>()

/** The field of an operand that the encoding does not carry. */
export function constantField(value: number): Field {
  const known = constants.get(value)
  if (known !== undefined) return known
  const made = new SlicedField([], false, value, 'x')
  constants.set(value, made)
  return made
}

class SlicedField implements Field {
  readonly slices: readonly Slice[]
  readonly bits: number
  readonly signed: boolean
  readonly plus: number
  readonly file: RegisterFile
  /** Of each slice how far it is shifted right, the mask, and how far it is shifted left: decoding is made of these. */
  readonly #cuts: Int32Array
  /** Bits above the operand's when it is signed, otherwise 0. */
  readonly #spare: number

  constructor(slices: readonly Slice[], signed: boolean, plus: number, file: RegisterFile) {
    this.slices = slices
    this.bits = Math.max(0, ...slices.map(([, width, to]) => width + to))
    this.signed = signed
    this.plus = plus
    this.file = file
    this.#cuts = Int32Array.from(slices.flatMap(([at, width, to]) => [at, (1 << width) - 1, to]))
    this.#spare = signed ? 32 - this.bits : 0
  }

  extract(word: number): number {
    const cuts = this.#cuts
    let bits = 0
    for (let i = 0; i < cuts.length; i += 3) bits |= ((word >>> cuts[i]) & cuts[i + 1]) << cuts[i + 2]
    return ((bits << this.#spare) >> this.#spare) + this.plus
  }
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
