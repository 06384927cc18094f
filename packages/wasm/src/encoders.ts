import type { Emitter } from './emitter.ts'
import type { Immediate, ImmediateArguments, Instruction } from './instructions/instruction.ts'
import { valueTypeByte } from './value-type.ts'

/** A method of the emitter that emits one instruction. */
export type Method<I extends Immediate> = (this: Emitter, ...immediates: ImmediateArguments[I]) => void

/** An opcode and one unsigned number. */
const withIndex = ({ opcode: [first, second] }: Instruction) =>
  second === undefined
    ? function (this: Emitter, index: number = 0): void {
        this.out.opUnsigned(first, index)
      }
    : function (this: Emitter, index: number = 0): void {
        this.out.u8Pair(first, second)
        this.out.u32(index)
      }

/** An opcode and bytes that are always zero. */
const withZeros = ({ opcode: [first, second] }: Instruction, zeros: number) =>
  function (this: Emitter): void {
    this.out.u8(first)
    if (second !== undefined) this.out.u8(second)
    for (let i = 0; i < zeros; i++) this.out.u8(0)
  }

/** A prefixed opcode and two unsigned numbers. */
const withIndices = ({ opcode: [first, second] }: Instruction, a: number, b: number, out: Emitter['out']) => {
  out.u8Pair(first, second!)
  out.u32(a)
  out.u32(b)
}

/** How an instruction with each kind of immediate is written: makes the method for a row of the table. */
export const encoders: { readonly [I in Immediate]: (instruction: Instruction<I>) => Method<I> } = {
  none: ({ opcode: [first, second] }) =>
    second === undefined
      ? function () {
          this.out.u8(first)
        }
      : function () {
          this.out.u8Pair(first, second)
        },
  memory: ({ opcode: [opcode], accessLog2 }) =>
    function (offset = 0, alignLog2 = accessLog2) {
      this.out.opAccess(opcode, alignLog2, offset)
    },
  atomicMemory: ({ opcode: [first, second], accessLog2 }) =>
    function (offset = 0) {
      this.out.u8Pair(first, second!)
      this.out.u8(accessLog2)
      this.out.u32(offset)
    },
  memoryIndex: (instruction) => withZeros(instruction, 1),
  memoryCopy: (instruction) => withZeros(instruction, 2),
  reserved: (instruction) => withZeros(instruction, 1),
  i32: ({ opcode: [opcode] }) =>
    function (value) {
      this.out.opSigned(opcode, value)
    },
  i64: ({ opcode: [opcode] }) =>
    function (value) {
      const { out } = this
      if (typeof value === 'number' && value === (value | 0)) {
        out.opSigned(opcode, value)
        return
      }
      out.u8(opcode)
      if (typeof value === 'number') out.s64(value, Math.floor(value / 0x1_0000_0000))
      else out.s64(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
    },
  f32: ({ opcode: [opcode] }) =>
    function (value) {
      this.out.u8(opcode)
      this.out.f32(value)
    },
  f64: ({ opcode: [opcode] }) =>
    function (value) {
      this.out.u8(opcode)
      this.out.f64(value)
    },
  local: withIndex,
  global: withIndex,
  function: withIndex,
  functionReference: ({ opcode: [opcode] }) =>
    function (target) {
      this.noteReference(target)
      this.out.opUnsigned(opcode, target)
    },
  table: withIndex,
  element: withIndex,
  data: withIndex,
  indirect: ({ opcode: [opcode] }) =>
    function (type, table = 0 as never) {
      this.out.u8(opcode)
      this.out.u32(type)
      this.out.u32(table)
    },
  label: ({ opcode: [opcode] }) =>
    function (label) {
      this.out.opUnsigned(opcode, this.relativeDepth(label))
    },
  labels: ({ opcode: [opcode] }) =>
    function (labels, fallback) {
      const { out } = this
      out.u8(opcode)
      out.u32(labels.length)
      for (let i = 0; i < labels.length; i++) out.u32(this.relativeDepth(labels[i]))
      out.u32(this.relativeDepth(fallback))
    },
  selected: ({ opcode: [opcode] }) =>
    function (type) {
      this.out.u8Pair(opcode, 1)
      this.out.u8(valueTypeByte[type])
    },
  reference: ({ opcode: [opcode] }) =>
    function (type) {
      this.out.u8Pair(opcode, valueTypeByte[type])
    },
  tableCopy: (instruction) =>
    function (target, source) {
      withIndices(instruction, target, source, this.out)
    },
  tableInit: (instruction) =>
    function (elements, table) {
      withIndices(instruction, elements, table ?? 0, this.out)
    },
  memoryInit: (instruction) =>
    function (data) {
      withIndices(instruction, data, 0, this.out)
    },
}
