import type { Instruction } from '../instruction.ts'
import { floatArithmetic } from './arithmetic.ts'
import { floatConversions, precisionConversions } from './conversions.ts'
import { floatLoadsAndStores } from './loads-and-stores.ts'
import { double, single } from './precision.ts'

/** Unprivileged ISA, chapter "F". */
export const f: readonly Instruction[] = [
  ...floatLoadsAndStores.filter((row) => row.extension === 'F'),
  ...floatArithmetic(single),
  ...floatConversions(single),
]

/** Unprivileged ISA, chapter "D". */
export const d: readonly Instruction[] = [
  ...floatLoadsAndStores.filter((row) => row.extension === 'D'),
  ...floatArithmetic(double),
  ...precisionConversions,
  ...floatConversions(double),
]
