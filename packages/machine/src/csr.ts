import { csrNumber } from '@worldswitch/isa'

/** Number of a CSR that exists; a name that does not is a mistake of ours, found when the module is loaded. */
export function csr(name: string): number {
  const number = csrNumber(name)
  if (number === undefined) throw new Error(`There is no CSR ${name}.`)
  return number
}
