/**
 * The RV64 instruction table: one definition per instruction, from which decoder, assembler, disassembler and semantics come.
 *
 * @packageDocumentation
 */
export { type AssembleOptions, type Assembly, assemble } from './assembler/assemble.ts'
export { AssemblyError, type AssemblyErrorCode } from './assembler/assembly-error.ts'
export { type Classification, classify, type Occurrence } from './classify.ts'
export { type Csr, csrIsHypervisor, csrIsReadOnly, csrName, csrNumber, csrPrivilege, csrs } from './csrs.ts'
export { type Decoded, decode, instructionIndex, instructionLength, isAvailable } from './decode.ts'
export { type DisassembleOptions, disassemble } from './disassemble.ts'
export { instructionTable } from './documentation.ts'
export { encode, OperandError } from './encode.ts'
export {
  type CacheBlockContext,
  Evaluator,
  type EvaluatorContext,
  evaluate,
  type GuestContext,
  type ReservationContext,
} from './evaluator.ts'
export { type ExceptionName, exceptionCause } from './exception.ts'
export type { Field, RegisterFile, Slice } from './fields.ts'
export {
  type Encoding,
  type Extension,
  type Format,
  type Instruction,
  type Meaning,
  type Operand,
  type Operands,
  operandFields,
} from './instruction.ts'
export { floatRegisterNames, floatRegisterNumber, registerNames, registerNumber } from './registers.ts'
export type { CsrOperation, Privilege, Semantics, StatusField, Width } from './semantics.ts'
export { allExtensions, instructionNamed, instructions } from './table.ts'
export { transformedInstruction } from './transformed-instruction.ts'
