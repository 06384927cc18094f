import type { CsrOperation } from '@worldswitch/isa'
import { counterCsrs } from './csr-counters.ts'
import { machineCsrs } from './csr-machine.ts'
import type { CsrHost, CsrRow } from './csr-row.ts'

const rows: (CsrRow | undefined)[] = new Array(4096).fill(undefined)
for (const row of [...machineCsrs, ...counterCsrs]) rows[row.number] = row

/** The least privilege that may access a CSR, from its number: 0 U, 1 S, 3 M. */
export const csrPrivilege = (number: number): number => (number >> 8) & 3

/** Whether a CSR is read-only, from its number. */
export const csrReadOnly = (number: number): boolean => number >> 10 === 3

/** The CSRs of one hart: finds the row, checks the access. */
export class CsrFile {
  readonly #host: CsrHost
  /** Rows that exist on this hart. */
  readonly #rows: readonly (CsrRow | undefined)[]

  constructor(host: CsrHost) {
    this.#host = host
    this.#rows = rows.map((row) => (row === undefined || row.exists?.(host) === false ? undefined : row))
  }

  /** @returns the row of a CSR that exists on this hart. */
  row(number: number): CsrRow | undefined {
    return this.#rows[number]
  }

  /**
   * Reads as an instruction does.
   *
   * @param privilege - 0 U, 1 S, 3 M.
   * @returns `undefined` when that is illegal.
   */
  read(number: number, privilege: number): bigint | undefined {
    const row = this.#rows[number]
    if (row === undefined || privilege < csrPrivilege(number)) return undefined
    if (row.allowed !== undefined && !row.allowed(this.#host, privilege)) return undefined
    return row.read(this.#host)
  }

  /** Writes as an instruction does. @returns `false` when that is illegal. */
  write(number: number, privilege: number, value: bigint, operation: CsrOperation, operand: bigint): boolean {
    const row = this.#rows[number]
    if (row === undefined || privilege < csrPrivilege(number) || csrReadOnly(number)) return false
    if (row.allowed !== undefined && !row.allowed(this.#host, privilege)) return false
    row.write?.(this.#host, value, operation, operand)
    return true
  }
}
