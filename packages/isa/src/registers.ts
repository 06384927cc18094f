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

const numbers = new Map<string, number>([
  ...registerNames.map((name, number) => [name, number] as const),
  ...registerNames.map((_, number) => [`x${number}`, number] as const),
  ['fp', 8],
])

/** The number of a register given as `a0`, `x10` or `fp`; undefined when there is none. */
export const registerNumber = (name: string): number | undefined => numbers.get(name)

/** Every spelling of a register. */
export const registerSpellings: readonly string[] = [...numbers.keys()]
