import { fieldRange, insert } from './fields.ts'
import { type Instruction, type Operand, type Operands, operandField } from './instruction.ts'

/** An operand that an instruction cannot carry. */
export class OperandError extends Error {
  override readonly name = 'OperandError'
  readonly code = 'ERR_ISA_OPERAND'
  /** The operand; undefined when it is the combination that is reserved. */
  readonly operand: Operand | undefined

  constructor(message: string, operand?: Operand) {
    super(message)
    this.operand = operand
  }
}

/**
 * Makes the instruction word; the inverse of `decode`.
 *
 * @param operands - those of the expansion when the instruction is compressed. What is left out is zero, or what
 * the encoding implies.
 * @returns 32 or 16 bits, unsigned.
 * @throws {@link OperandError} when an operand does not fit, or the combination is reserved.
 */
export function encode(row: Instruction, operands: Partial<Operands> = {}): number {
  const fields = Object.entries(row.format.fields) as [Operand, (typeof row.format.fields)[Operand] & {}][]
  let word = row.match
  for (const [operand, of] of fields) word |= insert(of, operands[operand] ?? of.plus)
  for (const [operand, value] of Object.entries(operands) as [Operand, number | undefined][]) {
    if (!(operand in row.fixed) || value === undefined) continue
    if (operandField(row, operand).extract(word) !== value)
      throw new OperandError(complaint(row, operand, value), operand)
  }
  if (((word ^ row.match) & row.mask) !== 0 || row.except.some((e) => ((word ^ e.match) & e.mask) === 0))
    throw new OperandError(`${row.name} with these operands is a reserved encoding`)
  return word >>> 0
}

const isRegister = (operand: Operand) => /^r(d|s\d)$/.test(operand)

function complaint(row: Instruction, operand: Operand, value: number): string {
  const of = row.format.fields[operand]
  const file = of?.file ?? 'x'
  const said = isRegister(operand) ? `${file}${value}` : value
  if (of === undefined) {
    const implied = row.fixed[operand]
    return `${operand} of ${row.name} is always ${isRegister(operand) ? `x${implied}` : implied}, not ${said}`
  }
  const { minimum, maximum, step } = fieldRange(of)
  if (value >= minimum && value <= maximum && value % step === 0)
    return `${operand} of ${row.name} must be its other operand's register, not ${said}`
  if (isRegister(operand))
    return `${operand} of ${row.name} must be ${file}${minimum} to ${file}${maximum}, not ${said}`
  const multiple = step === 1 ? '' : `, a multiple of ${step}`
  return `${operand} of ${row.name} must be from ${minimum} to ${maximum}${multiple}, not ${said}`
}
