/**
 * The RV64 instruction table: one definition per instruction, from which decoder, assembler, disassembler and semantics come.
 *
 * @packageDocumentation
 */
export { type Decoded, decode, instructionLength } from './decode.ts'
export { Evaluator, type EvaluatorContext, evaluate } from './evaluator.ts'
export { type ExceptionName, exceptionCause } from './exception.ts'
export type { Field, Slice } from './fields.ts'
export type { Encoding, Extension, Format, Instruction, Meaning, Operand, Operands } from './instruction.ts'
export type { CsrOperation, Privilege, Semantics, StatusField, Width } from './semantics.ts'
export { allExtensions, instructionNamed, instructions } from './table.ts'
