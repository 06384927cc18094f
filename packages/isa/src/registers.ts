import type { RegisterFile } from './fields.ts'

/** The integer registers by the names of the calling convention, from `zero` (x0) to `t6` (x31). */
export const registerNames: readonly string[] = [
  'zero',
  'ra',
  'sp',
  'gp',
  'tp',
  ...['t0', 't1', 't2', 's0', 's1'],
  ...['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'],
  ...['s2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11'],
  ...['t3', 't4', 't5', 't6'],
]

/** The floating-point registers by the names of the calling convention, from `ft0` (f0) to `ft11` (f31). */
export const floatRegisterNames: readonly string[] = [
  ...['ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7'],
  ...['fs0', 'fs1'],
  ...['fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5', 'fa6', 'fa7'],
  ...['fs2', 'fs3', 'fs4', 'fs5', 'fs6', 'fs7', 'fs8', 'fs9', 'fs10', 'fs11'],
  ...['ft8', 'ft9', 'ft10', 'ft11'],
]

const numbers = new Map<string, number>([
  ...registerNames.map((name, number) => [name, number] as const),
  ...registerNames.map((_, number) => [`x${number}`, number] as const),
  ['fp', 8],
])

/** The number of a register given as `a0`, `x10` or `fp`; undefined when there is none. */
export const registerNumber = (name: string): number | undefined => numbers.get(name)

const floatNumbers = new Map<string, number>([
  ...floatRegisterNames.map((name, number) => [name, number] as const),
  ...floatRegisterNames.map((_, number) => [`f${number}`, number] as const),
])

/** The number of a floating-point register given as `fa0` or `f10`; undefined when there is none. */
export const floatRegisterNumber = (name: string): number | undefined => floatNumbers.get(name)

/** Every spelling of the registers of a file. */
export const registerSpellings: Readonly<Record<RegisterFile, readonly string[]>> = {
  x: [...numbers.keys()],
  f: [...floatNumbers.keys()],
}
