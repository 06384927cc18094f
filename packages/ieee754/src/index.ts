/**
 * Exact binary32 and binary64 arithmetic on raw bits, with every rounding mode and flag, as RISC-V's F and D define it.
 *
 * @packageDocumentation
 */
export { computeFloat } from './compute-float.ts'
export { FloatFlag } from './float-flag.ts'
export { type FloatOperation, floatOperandCount, floatOperations } from './float-operation.ts'
export { Ieee754Error, type Ieee754ErrorCode } from './ieee754-error.ts'
export type { FloatResult } from './round.ts'
export { RoundingMode } from './rounding-mode.ts'
