import type { CsrOperation } from '@worldswitch/isa'
import { counterCsrs } from './csr-counters.ts'
import { fastCsrs } from './csr-fast.ts'
import { machineCsrs } from './csr-machine.ts'
import type { CsrHost, CsrRow } from './csr-row.ts'
import { State } from './state-layout.ts'

const rows: (CsrRow | undefined)[] = new Array(4096).fill(undefined)
for (const row of [...machineCsrs, ...counterCsrs]) {
  const fast = fastCsrs[row.number]
  rows[row.number] = fast === undefined ? row : { ...row, fast }
}

/** The least privilege that may access a CSR, from its number: 0 U, 1 S, 3 M. */
const csrPrivilege = (number: number): number => (number >> 8) & 3

/** Whether a CSR is read-only, from its number. */
const csrReadOnly = (number: number): boolean => number >> 10 === 3

/** What a CSR instruction does, as bits of its predecoded record. */
export const CsrAction = { write: 0, set: 1, clear: 2, operation: 3, reads: 4, writes: 8 } as const

const OPERATIONS: readonly CsrOperation[] = ['write', 'set', 'clear']
const I_OPERAND = State.csrOperand >> 2
const I_VALUE = State.csrValue >> 2

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
   * Performs a CSR instruction: the operand and the old value are in the state block, so that registers with a fast
   * form need no `bigint`.
   *
   * @param action - {@link CsrAction} bits.
   * @returns `false` when it is illegal; nothing has happened then.
   */
  execute(number: number, action: number): boolean {
    const host = this.#host
    const words = host.state.words
    const privilege = words[State.privilege >> 2]
    const row = this.#rows[number]
    if (row === undefined || privilege < csrPrivilege(number)) return false
    const writes = (action & CsrAction.writes) !== 0
    if (writes && csrReadOnly(number)) return false
    if (row.allowed !== undefined && !row.allowed(host, privilege)) return false
    const { fast } = row
    if (fast === undefined) {
      const old = (action & CsrAction.reads) !== 0 ? row.read(host) : 0n
      host.state.set64(State.csrValue, old)
      if (!writes || row.write === undefined) return true
      const operand = host.state.get64(State.csrOperand)
      const operation = OPERATIONS[action & CsrAction.operation]
      row.write(
        host,
        operation === 'write' ? operand : operation === 'set' ? old | operand : old & ~operand,
        operation,
        operand,
      )
      return true
    }
    if ((action & CsrAction.reads) !== 0) fast.read(host)
    if (!writes) return true
    const operation = action & CsrAction.operation
    let low = words[I_OPERAND]
    let high = words[I_OPERAND + 1]
    if (operation === CsrAction.set) {
      low |= words[I_VALUE]
      high |= words[I_VALUE + 1]
    } else if (operation === CsrAction.clear) {
      low = words[I_VALUE] & ~low
      high = words[I_VALUE + 1] & ~high
    }
    fast.write(host, low, high)
    return true
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
