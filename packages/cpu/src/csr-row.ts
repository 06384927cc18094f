import type { CsrOperation } from '@worldswitch/isa'
import type { SupervisorLimits, SupervisorState } from './csr-supervisor.ts'
import type { FloatState } from './float-state.ts'
import type { HartExtension } from './hart-options.ts'
import type { HartState } from './hart-state.ts'
import type { Pmp } from './pmp.ts'
import type { CsrSlotName } from './state-layout.ts'

/** What CSR rows act on: a hart, seen from its CSR file. */
export interface CsrHost {
  readonly id: number
  readonly state: HartState
  readonly supervisor: SupervisorState
  /** S-mode as the guest of the hypervisor extension sees it. */
  readonly guestSupervisor: SupervisorState
  /** Whether the hypervisor extension is there. */
  readonly hypervisor: boolean
  /** Whether CSRs of S-mode do not trap in U-mode. */
  readonly sensitiveHoles: boolean
  /** Virtualization mode: in VS- or VU-mode. */
  readonly virtual: boolean
  readonly limits: SupervisorLimits
  readonly pmp: Pmp
  readonly float: FloatState
  /** What the hart has. */
  readonly extensions: ReadonlySet<HartExtension>
  /** Bits of `menvcfg`, FIOM left out, that are implemented and may be passed on by `henvcfg`. */
  readonly environment: bigint
  readonly misa: bigint
  /** 1 while an instruction is being executed: it will count when it is done. */
  readonly inInstruction: number
  get(slot: CsrSlotName): bigint
  set(slot: CsrSlotName, value: bigint): void
  time(): bigint
  /** `time` as guests see it: with `htimedelta`. @param time - that of the host, if it was looked at before. */
  guestTime(time?: bigint): bigint
  /** Interrupt-pending bits: stored ones, lines and timer comparison. */
  pendingInterrupts(): number
  /** `satp` has been written. */
  satpWritten(): void
  /** `vsatp` or `hgatp` has been written. */
  guestSpaceWritten(): void
  /** SUM, MXR, MPRV, MPP or MPV may have changed. */
  translationChanged(): void
  /** An enable, a pending bit or a delegation may have changed. */
  interruptsChanged(): void
  /** A timer comparison may have become or ceased to be true. */
  timersChanged(): void
  /** Cached translations may be wrong: PMP, or the rules about page-table entries, changed. */
  permissionsChanged(): void
}

/** A CSR in 32-bit words, for registers that guests access often: the same meaning without a `bigint`. */
export interface FastCsr {
  /** Puts the value into the state's `csrValue`. */
  read(host: CsrHost): void
  write(host: CsrHost, low: number, high: number): void
}

/** One CSR: number, meaning and access checks beyond those of its number. */
export interface CsrRow {
  /** Bits 11:10 = 3 mean read-only, bits 9:8 the least privilege. */
  readonly number: number
  readonly name: string
  /** Whether it exists on this hart. Default: always. */
  exists?(host: CsrHost): boolean
  /** Further checks, such as `mcounteren`; of a guest's access whether HS-mode might do it. @param privilege - 0 U, 1 S, 3 M. */
  allowed?(host: CsrHost, privilege: number): boolean
  /** Checks that raise virtual-instruction, such as `hcounteren`. @param privilege - 0 VU, 1 VS. */
  allowedToGuest?(host: CsrHost, privilege: number): boolean
  read(host: CsrHost): bigint
  readonly fast?: FastCsr
  /** Left out when writes do nothing. @param value - unsigned 64 bits. */
  write?(host: CsrHost, value: bigint, operation: CsrOperation, operand: bigint): void
}
