import type { CsrOperation } from '@worldswitch/isa'
import { counterCsrs } from './csr-counters.ts'
import { fastCsrs, fastGuestCsrs } from './csr-fast.ts'
import { floatCsrs } from './csr-float.ts'
import { guestCsrs, hypervisorCsrs } from './csr-hypervisor.ts'
import { machineCsrs } from './csr-machine.ts'
import type { CsrHost, CsrRow, FastCsr } from './csr-row.ts'
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
const I_PRIVILEGE = State.privilege >> 2
const I_VIRTUAL = State.virtual >> 2

/** A row with what an access looks at, always in one shape: the interpreter comes here often. */
interface Entry {
  readonly row: CsrRow
  /** The least privilege that may access it: 0 U, 1 S, 2 HS, 3 M. */
  readonly least: number
  readonly readOnly: boolean
  readonly allowed: CsrRow['allowed'] | undefined
  readonly allowedToGuest: CsrRow['allowedToGuest'] | undefined
  readonly fast: FastCsr | undefined
}

const entry = (row: CsrRow): Entry => ({
  row,
  least: csrPrivilege(row.number),
  readOnly: csrReadOnly(row.number),
  allowed: row.allowed,
  allowedToGuest: row.allowedToGuest,
  fast: row.fast,
})

/** The CSRs of one hart: finds the row, checks the access. */
export class CsrFile {
  readonly #host: CsrHost
  /** Those that exist on this hart. */
  readonly #entries: readonly (Entry | undefined)[]
  /** Those by the numbers that instructions of a guest use. */
  readonly #entriesOfGuest: readonly (Entry | undefined)[]
  readonly #words: Int32Array

  constructor(host: CsrHost) {
    this.#host = host
    this.#words = host.state.words
    const existing = (row: CsrRow | undefined) =>
      row === undefined || row.exists?.(host) === false ? undefined : entry(row)
    this.#entries = rows.map(existing)
    this.#entriesOfGuest = host.hypervisor ? rowsOfGuest.map(existing) : this.#entries
  }

  /** @returns the row of a CSR that exists on this hart. */
  row(number: number): CsrRow | undefined {
    return this.#entries[number]?.row
  }

  /** What an instruction means by a number in the current mode. */
  #meant(number: number): Entry | undefined {
    return (this.#words[I_VIRTUAL] === 0 ? this.#entries : this.#entriesOfGuest)[number]
  }

  /**
   * Why an instruction in the current mode may not access a CSR.
   *
   * @returns {@link ALLOWED}, or the exception: illegal-instruction or virtual-instruction.
   */
  refusal(number: number, writes: boolean): number {
    return this.#refusal(this.#meant(number), writes)
  }

  #refusal(meant: Entry | undefined, writes: boolean): number {
    if (meant === undefined || (writes && meant.readOnly)) return ExceptionCause.illegalInstruction
    const privilege = this.#words[I_PRIVILEGE]
    const { least, allowed, allowedToGuest } = meant
    const host = this.#host
    if (this.#words[I_VIRTUAL] === 0) {
      if (this.#isHole(meant)) return ALLOWED
      if ((privilege === 1 ? HYPERVISOR_LEVEL : privilege) < least) return ExceptionCause.illegalInstruction
      return allowed === undefined || allowed(host, privilege) ? ALLOWED : ExceptionCause.illegalInstruction
    }
    // Only what HS-mode could do is the hypervisor's to emulate.
    if (least === 3 || allowed?.(host, 1) === false) return ExceptionCause.illegalInstruction
    if (privilege < least) return ExceptionCause.virtualInstruction
    return allowedToGuest === undefined || allowedToGuest(host, privilege)
      ? ALLOWED
      : ExceptionCause.virtualInstruction
  }

  /** Whether the access should trap, but reads the register as it is, or has no effect. */
  #isHole({ least }: Entry): boolean {
    return this.#host.sensitiveHoles && least === 1 && this.#words[I_PRIVILEGE] === 0 && !this.#host.virtual
  }

  /**
   * Performs a CSR instruction: the operand and the old value are in the state block, so that registers with a fast
   * form need no `bigint`.
   *
   * @param action - {@link CsrAction} bits.
   * @returns {@link ALLOWED}, or the exception; nothing has happened then.
   */
  execute(number: number, action: number): number {
    const host = this.#host
    const words = this.#words
    const meant = this.#meant(number)
    const writes = (action & CsrAction.writes) !== 0
    const refusal = this.#refusal(meant, writes)
    if (meant === undefined || refusal !== ALLOWED) return refusal
    const { fast } = meant
    const changes = writes && !this.#isHole(meant)
    if (fast === undefined) {
      const { row } = meant
      const old = (action & CsrAction.reads) !== 0 ? row.read(host) : 0n
      host.state.set64(State.csrValue, old)
      if (!changes || row.write === undefined) return ALLOWED
      const operand = host.state.get64(State.csrOperand)
      const operation = OPERATIONS[action & CsrAction.operation]
      row.write(
        host,
        operation === 'write' ? operand : operation === 'set' ? old | operand : old & ~operand,
        operation,
        operand,
      )
      return ALLOWED
    }
    if ((action & CsrAction.reads) !== 0) fast.read(host)
    if (!changes) return ALLOWED
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
    return ALLOWED
  }

  /** Reads what an instruction in the current mode reads, {@link refusal} passed. */
  read(number: number): bigint {
    return this.#meant(number)!.row.read(this.#host)
  }

  /** Writes what an instruction in the current mode writes, {@link refusal} passed. */
  write(number: number, value: bigint, operation: CsrOperation, operand: bigint): void {
    const meant = this.#meant(number)!
    if (!this.#isHole(meant)) meant.row.write?.(this.#host, value, operation, operand)
  }
}
