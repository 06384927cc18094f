/**
 * Every operation that rounds, compares or converts. `.s` is binary32, `.d` binary64; a conversion reads as
 * target, then source. `fma` is a × b + c, rounded once.
 */
export const floatOperations = [
  'add.s',
  'add.d',
  'sub.s',
  'sub.d',
  'mul.s',
  'mul.d',
  'div.s',
  'div.d',
  'sqrt.s',
  'sqrt.d',
  'fma.s',
  'fma.d',
  'min.s',
  'min.d',
  'max.s',
  'max.d',
  'eq.s',
  'eq.d',
  'lt.s',
  'lt.d',
  'le.s',
  'le.d',
  'i32.s',
  'i32.d',
  'u32.s',
  'u32.d',
  'i64.s',
  'i64.d',
  'u64.s',
  'u64.d',
  's.i32',
  'd.i32',
  's.u32',
  'd.u32',
  's.i64',
  'd.i64',
  's.u64',
  'd.u64',
  's.d',
  'd.s',
] as const

/** Name of an operation, see {@link floatOperations}. */
export type FloatOperation = (typeof floatOperations)[number]

/** How many operands an operation takes. */
export const floatOperandCount = (operation: FloatOperation): 1 | 2 | 3 => {
  if (operation.startsWith('fma')) return 3
  return /^(add|sub|mul|div|min|max|eq|lt|le)/.test(operation) ? 2 : 1
}
