import { constantField, type Field } from './fields.ts'
import type { Semantics } from './semantics.ts'

/** The extensions in the table, by the names of the specifications. `Sm` and `S` are the privileged instructions. */
export type Extension =
  | 'I'
  | 'M'
  | 'A'
  | 'F'
  | 'D'
  | 'C'
  | 'Zicsr'
  | 'Zifencei'
  | 'Zba'
  | 'Zbb'
  | 'Zbc'
  | 'Zbs'
  | 'Zicond'
  | 'Zicbom'
  | 'Zicboz'
  | 'Zawrs'
  | 'Svinval'
  | 'Sm'
  | 'S'
  | 'H'

/** The operands of an instruction. */
export type Operand = 'rd' | 'rs1' | 'rs2' | 'rs3' | 'imm' | 'csr' | 'aq' | 'rl' | 'rm'

/**
 * Values of operands. Registers are numbers from 0 to 31; `imm` is a signed 32-bit number (unsigned for shift
 * amounts, the `uimm` of CSR instructions and the twelve bits of FENCE); `csr` is from 0 to 4095; `aq` and `rl` are bits;
 * `rm` is a rounding mode, from 0 to 7.
 */
export type Operands = Readonly<Record<Operand, number>>

/** How a kind of instruction lays out its operands, and how it is written. */
export interface Format {
  readonly name: string
  readonly fields: Readonly<Partial<Record<Operand, Field>>>
  /** The operands as assembly, such as `rd,imm(rs1)`; the words in it are explained at `Piece` in `syntax.ts`. */
  readonly syntax: string
}

/** Bits that must be equal to `match` under `mask`. */
export interface Encoding {
  readonly match: number
  readonly mask: number
}

/** The meaning of an instruction, for every implementation of the vocabulary. */
export type Meaning = <V, C>(e: Semantics<V, C>) => void

/** One row of the instruction table. */
export interface Instruction extends Encoding {
  /** The mnemonic, without `.aq` and `.rl`. */
  readonly name: string
  readonly extension: Extension
  readonly format: Format
  /** Encodings under match and mask that are something else: another row, or reserved. */
  readonly except: readonly Encoding[]
  /** Bytes. */
  readonly length: 2 | 4
  /** A second extension that it needs. */
  readonly with: Extension | undefined
  /** One sentence for the documentation. */
  readonly summary: string
  readonly semantics: Meaning
  /** Of a compressed instruction: the instruction that it is short for. */
  readonly expandsTo: Instruction | undefined
  /** Operands of a compressed instruction that its encoding leaves unsaid; 0 where the table says nothing. */
  readonly fixed: Operands
}

/** What a definition of a 32-bit instruction says. */
export interface InstructionDefinition extends Encoding {
  readonly name: string
  readonly extension: Extension
  readonly with?: Extension
  readonly format: Format
  readonly except?: readonly Encoding[]
  readonly summary: string
  readonly semantics: Meaning
}

/** What a definition of a compressed instruction says. It has no semantics of its own. */
export interface CompressedDefinition extends Encoding {
  readonly name: string
  readonly format: Format
  readonly summary: string
  readonly expandsTo: Instruction
  readonly fixed?: Partial<Operands>
  readonly except?: readonly Encoding[]
}

/** An operand of a row as a field: constant where its encoding does not carry it. */
export const operandField = (
  { format: { fields }, fixed }: Pick<Instruction, 'format' | 'fixed'>,
  operand: Operand,
): Field => fields[operand] ?? constantField(fixed[operand])

/** The operands of a row as fields: those that its encoding does not carry are constant. */
export const operandFields = (
  row: Pick<Instruction, 'format' | 'fixed'>,
): Readonly<Record<Operand, Field>> => ({
  rd: operandField(row, 'rd'),
  rs1: operandField(row, 'rs1'),
  rs2: operandField(row, 'rs2'),
  rs3: operandField(row, 'rs3'),
  imm: operandField(row, 'imm'),
  csr: operandField(row, 'csr'),
  aq: operandField(row, 'aq'),
  rl: operandField(row, 'rl'),
  rm: operandField(row, 'rm'),
})

const none: Operands = { rd: 0, rs1: 0, rs2: 0, rs3: 0, imm: 0, csr: 0, aq: 0, rl: 0, rm: 0 }

/** Defines a 32-bit instruction. */
export const instruction = (definition: InstructionDefinition): Instruction => row(definition, 4)

/** Defines a compressed instruction by what it expands to. Unprivileged ISA, chapter "C". */
export const compressed = (definition: CompressedDefinition): Instruction =>
  row({ ...definition, extension: 'C', semantics: definition.expandsTo.semantics }, 2)

/** One literal for all rows: JavaScript engines reach the properties of objects of one shape faster, and decoders do so often. */
const row = (
  definition: InstructionDefinition & Partial<Pick<CompressedDefinition, 'expandsTo' | 'fixed'>>,
  length: 2 | 4,
): Instruction => ({
  name: definition.name,
  extension: definition.extension,
  with: definition.with,
  format: definition.format,
  match: definition.match >>> 0,
  mask: definition.mask >>> 0,
  except: definition.except ?? [],
  length,
  summary: definition.summary,
  semantics: definition.semantics,
  expandsTo: definition.expandsTo,
  fixed: { ...none, ...definition.fixed },
})
