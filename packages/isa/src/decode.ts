import { type Extension, type Instruction, type Operands, operandFields } from './instruction.ts'
import { instructions } from './table.ts'

/** An instruction word, taken apart. The operands are those of `base`. */
export interface Decoded extends Operands {
  /** The row that matched. */
  readonly instruction: Instruction
  /** The row whose semantics run: what a compressed instruction expands to, otherwise the same row. */
  readonly base: Instruction
  /** Unsigned; 16 bits when `length` is 2. */
  readonly word: number
  /** Bytes. */
  readonly length: 2 | 4
}

/** Length in bytes by the low two bits; an encoding longer than 32 bits counts as 4 and decodes to nothing. */
export const instructionLength = (word: number): 2 | 4 => ((word & 3) === 3 ? 4 : 2)

/** Of each row of the table, by index, as signed words: apart from the rows, where the decoder finds them close together. */
const matches = Int32Array.from(instructions, ({ match }) => match)
const masks = Int32Array.from(instructions, ({ mask }) => mask)
/** Match and mask of each exception. */
const exceptions = instructions.map(({ except }) =>
  except.flatMap(({ match, mask }) => [match | 0, mask | 0]),
)
/** Made when a row is decoded for the first time: of most rows nobody asks. */
const operands: (ReturnType<typeof operandFields> | undefined)[] = instructions.map(() => undefined)

/** The rows of one length by some of their bits. A bucket is filled when it is first looked into. */
class Buckets {
  readonly #rows: readonly number[]
  readonly #selected: readonly number[]
  readonly #mask: number
  readonly #filled: (readonly number[] | undefined)[]

  /** @param selected - the bits of the word that make up the index, the lowest first. */
  constructor(length: 2 | 4, selected: readonly number[]) {
    this.#rows = [...instructions.keys()].filter((index) => instructions[index].length === length)
    this.#selected = selected
    this.#mask = selected.reduce((bits, bit) => bits | (1 << bit), 0)
    this.#filled = new Array(1 << selected.length).fill(undefined)
  }

  /** @returns indices in {@link instructions}. */
  at(index: number): readonly number[] {
    return this.#filled[index] ?? this.#fill(index)
  }

  #fill(index: number): readonly number[] {
    const word = this.#selected.reduce((bits, bit, i) => bits | (((index >>> i) & 1) << bit), 0)
    const bucket = this.#rows.filter((row) => ((word ^ matches[row]) & masks[row] & this.#mask) === 0)
    this.#filled[index] = bucket
    return bucket
  }
}

// Opcode and funct3 of the long instructions; quadrant and funct3 of the compressed ones.
const long = new Buckets(4, [2, 3, 4, 5, 6, 12, 13, 14])
const short = new Buckets(2, [0, 1, 13, 14, 15])

/**
 * Finds the row of an instruction, whatever extension it is of.
 *
 * @param word - 32 bits, signed or unsigned; of a compressed instruction only the low 16 are looked at.
 * @returns its index in {@link instructions}, or -1.
 */
export function instructionIndex(word: number): number {
  const candidates =
    (word & 3) === 3
      ? long.at(((word >>> 2) & 0x1f) | ((word >>> 7) & 0xe0))
      : short.at((word & 3) | ((word >>> 11) & 0x1c))
  for (let i = 0; i < candidates.length; i++) {
    const row = candidates[i]
    if (((word ^ matches[row]) & masks[row]) === 0 && !isExcepted(exceptions[row], word)) return row
  }
  return -1
}

/** @param except - match and mask of each exception. */
function isExcepted(except: readonly number[], word: number): boolean {
  for (let i = 0; i < except.length; i += 2) if (((word ^ except[i]) & except[i + 1]) === 0) return true
  return false
}

/** Whether a hart with some extensions has an instruction, which may need two, and so may what it is short for. */
export const isAvailable = (
  { extension, with: second, expandsTo }: Instruction,
  extensions: ReadonlySet<Extension>,
): boolean =>
  extensions.has(extension) &&
  (second === undefined || extensions.has(second)) &&
  (expandsTo === undefined || extensions.has(expandsTo.extension))

/**
 * Decodes an instruction.
 *
 * @param word - 32 bits, signed or unsigned; of a compressed instruction only the low 16 are looked at.
 * @param extensions - what the hart has; everything in the table when left out.
 * @returns undefined for what is illegal, reserved or of an extension that is missing.
 */
export function decode(word: number, extensions?: ReadonlySet<Extension>): Decoded | undefined {
  const index = instructionIndex(word)
  if (index === -1) return undefined
  const row = instructions[index]
  if (extensions !== undefined && !isAvailable(row, extensions)) return undefined
  operands[index] ??= operandFields(row)
  const { rd, rs1, rs2, rs3, imm, csr, aq, rl, rm } = operands[index]
  return {
    instruction: row,
    base: row.expandsTo ?? row,
    word: row.length === 2 ? word & 0xffff : word >>> 0,
    length: row.length,
    rd: rd.extract(word),
    rs1: rs1.extract(word),
    rs2: rs2.extract(word),
    rs3: rs3.extract(word),
    imm: imm.extract(word),
    csr: csr.extract(word),
    aq: aq.extract(word),
    rl: rl.extract(word),
    rm: rm.extract(word),
  }
}
