/**
 * A typed assembler for WebAssembly modules: {@link ModuleBuilder} collects what a module holds, {@link Code}
 * emits the code of its functions, one method per instruction.
 *
 * @packageDocumentation
 */
export type { ConstantExpression } from './constant-expression.ts'
export type { Limits, MemoryLimits, TableType } from './declarations.ts'
export type { BlockBody, Code } from './emitter.ts'
export type { Immediate, ImmediateArguments, Instruction, Typing } from './instructions/instruction.ts'
export { type InstructionMethods, type InstructionName, instructions } from './instructions/table.ts'
export type { Label } from './label.ts'
export { type FunctionBody, type GlobalOptions, ModuleBuilder, type ModuleOptions } from './module-builder.ts'
export type {
  BlockType,
  DataIndex,
  ElementIndex,
  FunctionIndex,
  FunctionType,
  GlobalIndex,
  Index,
  Local,
  LocalsOf,
  MemoryIndex,
  NumberType,
  ReferenceType,
  TableIndex,
  TypeIndex,
  ValueType,
} from './value-type.ts'
export {
  WasmBuildError,
  type WasmBuildErrorCode,
  WasmTypeError,
  type WasmTypeErrorCode,
  type WasmTypeErrorPlace,
} from './wasm-error.ts'
