import type { Label } from '../label.ts'
import type {
  DataIndex,
  ElementIndex,
  FunctionIndex,
  GlobalIndex,
  Local,
  ReferenceType,
  TableIndex,
  TypeIndex,
  ValueType,
} from '../value-type.ts'

/** What follows an opcode, as the arguments of the emitter's method. */
export interface ImmediateArguments {
  none: []
  /** Byte offset (unsigned, 32 bits, default 0), alignment hint as a power of two (default and most: the access's size). */
  memory: [offset?: number, alignLog2?: number]
  /** Byte offset (unsigned, 32 bits, default 0); atomic accesses always state their natural alignment. */
  atomicMemory: [offset?: number]
  /** The memory; there is only one. */
  memoryIndex: []
  /** The two memories of `memory.copy`; there is only one. */
  memoryCopy: []
  /** A byte that is always zero. */
  reserved: []
  /** Signed or unsigned 32-bit: only the low 32 bits are kept. */
  i32: [value: number]
  /** Any integer in [-2^63, 2^64); a safe-integer `number` is much cheaper than a `bigint`. */
  i64: [value: number | bigint]
  f32: [value: number]
  f64: [value: number]
  local: [local: Local]
  global: [global: GlobalIndex]
  function: [callee: FunctionIndex]
  functionReference: [target: FunctionIndex]
  /** The callee's type; the table to look it up in (default 0). */
  indirect: [type: TypeIndex, table?: TableIndex]
  label: [label: Label]
  /** One label for each value from 0; the label for all others. */
  labels: [labels: readonly Label[], fallback: Label]
  /** The one type of the operands. */
  selected: [type: ValueType]
  reference: [type: ReferenceType]
  table: [table?: TableIndex]
  tableCopy: [target: TableIndex, source: TableIndex]
  tableInit: [elements: ElementIndex, table?: TableIndex]
  element: [elements: ElementIndex]
  data: [data: DataIndex]
  memoryInit: [data: DataIndex]
}

/** The kinds of immediates. */
export type Immediate = keyof ImmediateArguments

/** Whether the row's operands and results are all there is to know, or depend on the immediate or the stack. */
export type Typing = 'fixed' | 'dependent'

/** One WebAssembly instruction: all that the emitter, the validation and the tests know about it. */
export interface Instruction<I extends Immediate = Immediate, T extends Typing = Typing> {
  /** As the text format spells it. */
  readonly name: string
  /** One byte, or a prefix byte and a number below 128. */
  readonly opcode: readonly [number] | readonly [number, number]
  readonly immediate: I
  readonly typing: T
  /** Operands, deepest first; empty where they depend. */
  readonly operands: readonly ValueType[]
  /** Results, deepest first; empty where they depend. */
  readonly results: readonly ValueType[]
  /** Power of two of a memory access's bytes. */
  readonly accessLog2: number
}

/** An instruction whose operands and results are always the same. */
export const fixed = <I extends Immediate = 'none'>(
  name: string,
  opcode: Instruction['opcode'],
  operands: readonly ValueType[],
  results: readonly ValueType[],
  immediate: I = 'none' as I,
): Instruction<I, 'fixed'> => ({ name, opcode, immediate, typing: 'fixed', operands, results, accessLog2: 0 })

/** An instruction whose operands or results depend on its immediate or on the operand stack. */
export const dependent = <I extends Immediate = 'none'>(
  name: string,
  opcode: Instruction['opcode'],
  immediate: I = 'none' as I,
): Instruction<I, 'dependent'> => ({
  name,
  opcode,
  immediate,
  typing: 'dependent',
  operands: [],
  results: [],
  accessLog2: 0,
})

/** A load or store of `2^accessLog2` bytes. */
export const access = (
  name: string,
  opcode: Instruction['opcode'],
  operands: readonly ValueType[],
  results: readonly ValueType[],
  accessLog2: number,
): Instruction<'memory', 'fixed'> => ({
  name,
  opcode,
  immediate: 'memory',
  typing: 'fixed',
  operands,
  results,
  accessLog2,
})

/** An atomic access of `2^accessLog2` bytes. */
export const atomicAccess = (
  name: string,
  opcode: Instruction['opcode'],
  operands: readonly ValueType[],
  results: readonly ValueType[],
  accessLog2: number,
): Instruction<'atomicMemory', 'fixed'> => ({
  name,
  opcode,
  immediate: 'atomicMemory',
  typing: 'fixed',
  operands,
  results,
  accessLog2,
})
