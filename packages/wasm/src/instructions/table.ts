import { atomicInstructions } from './atomic.ts'
import { controlInstructions } from './control.ts'
import { floatInstructions } from './float.ts'
import type { ImmediateArguments, Instruction } from './instruction.ts'
import { integerInstructions } from './integer.ts'
import { memoryInstructions } from './memory.ts'

/**
 * Every instruction that the emitter has a method for, by the method's name. Methods, their types, validation
 * and tests come from these rows. (`block`, `loop`, `if`, `else` and `end` are structure, not rows.)
 */
export const instructions = {
  ...controlInstructions,
  ...memoryInstructions,
  ...integerInstructions,
  ...floatInstructions,
  ...atomicInstructions,
}

type Table = typeof instructions

/** The name of an emitter's method for an instruction. */
export type InstructionName = keyof Table

/** The names of the instructions whose typing depends on their immediate or on the operand stack. */
export type DependentName = {
  [K in InstructionName]: Table[K] extends Instruction<infer _, 'dependent'> ? K : never
}[InstructionName]

/**
 * The methods that emit one instruction each; their parameters are the instruction's immediates.
 *
 * (`keyof` is written out because only then do the rows' comments become the methods' documentation.)
 */
export type InstructionMethods = {
  [K in keyof Table]: (...immediates: ImmediateArguments[Table[K]['immediate']]) => void
}
