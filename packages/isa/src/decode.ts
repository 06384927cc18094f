import type { Field } from './fields.ts'
import type { Extension, Instruction, Operands } from './instruction.ts'
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

/** A row with its fields where the decoder reaches them without a lookup by name. */
interface Entry {
  readonly row: Instruction
  readonly base: Instruction
  readonly rd: Field | undefined
  readonly rs1: Field | undefined
  readonly rs2: Field | undefined
  readonly rs3: Field | undefined
  readonly imm: Field | undefined
  readonly csr: Field | undefined
  readonly aq: Field | undefined
  readonly rl: Field | undefined
  readonly rm: Field | undefined
}

const entry = (row: Instruction): Entry => {
  const { rd, rs1, rs2, rs3, imm, csr, aq, rl, rm } = row.format.fields
  return { row, base: row.expandsTo ?? row, rd, rs1, rs2, rs3, imm, csr, aq, rl, rm }
}

/** The rows of one length by some of their bits. A bucket is filled when it is first looked into. */
class Buckets {
  readonly #entries: readonly Entry[]
  readonly #selected: readonly number[]
  readonly #mask: number
  readonly #filled: (readonly Entry[] | undefined)[]

  /** @param selected - the bits of the word that make up the index, the lowest first. */
  constructor(length: 2 | 4, selected: readonly number[]) {
    this.#entries = instructions.filter((row) => row.length === length).map(entry)
    this.#selected = selected
    this.#mask = selected.reduce((bits, bit) => bits | (1 << bit), 0)
    this.#filled = new Array(1 << selected.length).fill(undefined)
  }

  at(index: number): readonly Entry[] {
    return this.#filled[index] ?? this.#fill(index)
  }

  #fill(index: number): readonly Entry[] {
    const word = this.#selected.reduce((bits, bit, i) => bits | (((index >>> i) & 1) << bit), 0)
    const mask = this.#mask
    const bucket = this.#entries.filter(({ row }) => ((word ^ row.match) & row.mask & mask) === 0)
    this.#filled[index] = bucket
    return bucket
  }
}

// Opcode and funct3 of the long instructions; quadrant and funct3 of the compressed ones.
const long = new Buckets(4, [2, 3, 4, 5, 6, 12, 13, 14])
const short = new Buckets(2, [0, 1, 13, 14, 15])

function find(word: number): Entry | undefined {
  const candidates =
    (word & 3) === 3
      ? long.at(((word >>> 2) & 0x1f) | ((word >>> 7) & 0xe0))
      : short.at((word & 3) | ((word >>> 11) & 0x1c))
  search: for (const candidate of candidates) {
    const { row } = candidate
    if (((word ^ row.match) & row.mask) !== 0) continue
    for (const { match, mask } of row.except) if (((word ^ match) & mask) === 0) continue search
    return candidate
  }
  return undefined
}

/** A row may need a second extension, and so may what it expands to. */
const has = (extensions: ReadonlySet<Extension>, row: Instruction, base: Instruction): boolean =>
  extensions.has(row.extension) &&
  extensions.has(base.extension) &&
  (row.with === undefined || extensions.has(row.with))

/**
 * Decodes an instruction.
 *
 * @param word - 32 bits, signed or unsigned; of a compressed instruction only the low 16 are looked at.
 * @param extensions - what the hart has; everything in the table when left out.
 * @returns undefined for what is illegal, reserved or of an extension that is missing.
 */
export function decode(word: number, extensions?: ReadonlySet<Extension>): Decoded | undefined {
  const found = find(word)
  if (found === undefined) return undefined
  const { row, base } = found
  if (extensions !== undefined && !has(extensions, row, base)) return undefined
  const { fixed } = row
  return {
    instruction: row,
    base,
    word: row.length === 2 ? word & 0xffff : word >>> 0,
    length: row.length,
    rd: found.rd === undefined ? fixed.rd : found.rd.extract(word),
    rs1: found.rs1 === undefined ? fixed.rs1 : found.rs1.extract(word),
    rs2: found.rs2 === undefined ? fixed.rs2 : found.rs2.extract(word),
    rs3: found.rs3 === undefined ? fixed.rs3 : found.rs3.extract(word),
    imm: found.imm === undefined ? fixed.imm : found.imm.extract(word),
    csr: found.csr === undefined ? fixed.csr : found.csr.extract(word),
    aq: found.aq === undefined ? fixed.aq : found.aq.extract(word),
    rl: found.rl === undefined ? fixed.rl : found.rl.extract(word),
    rm: found.rm === undefined ? fixed.rm : found.rm.extract(word),
  }
}
