import type { CsrOperation } from '@worldswitch/isa'
import { counterCsrs } from './csr-counters.ts'
import { fastCsrs, fastGuestCsrs } from './csr-fast.ts'
import { floatCsrs } from './csr-float.ts'
import { guestCsrs, hypervisorCsrs } from './csr-hypervisor.ts'
import { machineCsrs } from './csr-machine.ts'
import type { CsrHost, CsrRow } from './csr-row.ts'
import { State } from './state-layout.ts'
import { ExceptionCause } from './trap.ts'

const rows: (CsrRow | undefined)[] = new Array(4096).fill(undefined)
for (const row of [...machineCsrs, ...floatCsrs, ...counterCsrs, ...hypervisorCsrs]) {
  const fast = fastCsrs[row.number]
  rows[row.number] = fast === undefined ? row : { ...row, fast }
}
/** Rows by the numbers that instructions of a guest use. */
const rowsOfGuest = [...rows]
for (const row of guestCsrs) rowsOfGuest[row.number] = row
for (const [number, fast] of Object.entries(fastGuestCsrs)) {
  rowsOfGuest[Number(number)] = { ...rowsOfGuest[Number(number)]!, fast }
}

/** The least privilege that may access a CSR, from its number: 0 U, 1 S, 3 M. */
const csrPrivilege = (number: number): number => (number >> 8) & 3

/** Whether a CSR is read-only, from its number. */
const csrReadOnly = (number: number): boolean => number >> 10 === 3

/** The access is allowed. Other answers of {@link CsrFile.refusal} are the exception that it raises. */
export const ALLOWED = -1

const HYPERVISOR_LEVEL = 2

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
  /** Rows by the numbers that instructions of a guest use. */
  readonly #rowsOfGuest: readonly (CsrRow | undefined)[]

  constructor(host: CsrHost) {
    this.#host = host
    const existing = (row: CsrRow | undefined) => (row?.exists?.(host) === false ? undefined : row)
    this.#rows = rows.map(existing)
    this.#rowsOfGuest = host.hypervisor ? rowsOfGuest.map(existing) : this.#rows
  }

  /** The row that an instruction means by a number in the current mode. */
  #meant(number: number): CsrRow | undefined {
    return (this.#host.virtual ? this.#rowsOfGuest : this.#rows)[number]
  }

  /**
   * Why an instruction in the current mode may not access a CSR.
   *
   * @returns {@link ALLOWED}, or the exception: illegal-instruction or virtual-instruction.
   */
  refusal(number: number, writes: boolean): number {
    return this.#refusal(number, writes, this.#meant(number))
  }

  #refusal(number: number, writes: boolean, row: CsrRow | undefined): number {
    const host = this.#host
    const privilege = host.state.words[State.privilege >> 2]
    const least = csrPrivilege(number)
    if (row === undefined || (writes && csrReadOnly(number))) return ExceptionCause.illegalInstruction
    if (!host.virtual) {
      const level = privilege === 1 ? HYPERVISOR_LEVEL : privilege
      const allowed = level >= least && row.allowed?.(host, privilege) !== false
      return allowed ? ALLOWED : ExceptionCause.illegalInstruction
    }
    // Only what HS-mode could do is the hypervisor's to emulate.
    if (least === 3 || row.allowed?.(host, 1) === false) return ExceptionCause.illegalInstruction
    const allowed = privilege >= least && row.allowedToGuest?.(host, privilege) !== false
    return allowed ? ALLOWED : ExceptionCause.virtualInstruction
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
    const row = this.#meant(number)
    const writes = (action & CsrAction.writes) !== 0
    if (row === undefined || this.#refusal(number, writes, row) !== ALLOWED) return false
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

  /** Reads what an instruction in the current mode reads, {@link refusal} passed. */
  read(number: number): bigint {
    return this.#meant(number)!.read(this.#host)
  }

  /** Writes what an instruction in the current mode writes, {@link refusal} passed. */
  write(number: number, value: bigint, operation: CsrOperation, operand: bigint): void {
    this.#meant(number)!.write?.(this.#host, value, operation, operand)
  }
}
