import { legalizeEnvironment } from './csr-environment.ts'
import {
  legalizeCounteren,
  legalizeEpc,
  legalizeSatp,
  legalizeSstatus,
  legalizeTvec,
  SUPERVISOR_INTERRUPTS,
} from './csr-legalize.ts'

/**
 * The S-mode view of a hart, wherever it is stored: the state block of a hart, or the virtual CPU of a hypervisor.
 * Properties hold legal values; the rows of {@link supervisorCsrs} take care of that.
 */
export interface SupervisorState {
  sstatus: bigint
  /** Only delegated interrupts show. */
  sie: bigint
  /** Only delegated interrupts show; setting it may change SSIP only. */
  sip: bigint
  stvec: bigint
  scounteren: bigint
  senvcfg: bigint
  sscratch: bigint
  sepc: bigint
  scause: bigint
  stval: bigint
  satp: bigint
  stimecmp: bigint
}

/** What a hart (virtual or not) implements, as far as S-mode CSRs depend on it. */
export interface SupervisorLimits {
  /** MODE numbers that `satp` accepts: 0 Bare, 8 Sv39, 9 Sv48, 10 Sv57. */
  readonly satpModes: ReadonlySet<number>
  /** Implemented ASID bits, 0 to 16. */
  readonly asidBits: number
  /** Whether F is there: without it `sstatus.FS` is always off. */
  readonly float: boolean
  /** Whether the C extension is there. */
  readonly compressed: boolean
  /** Whether Sstc is there: without it `stimecmp` does not exist. */
  readonly sstc: boolean
  /** Bits of `senvcfg` that are implemented: bit 0, FIOM, always. */
  readonly senvcfg: bigint
}

/** An S-mode CSR: its meaning, without the access checks of the privilege architecture. */
export interface SupervisorCsr {
  readonly number: number
  readonly name: keyof SupervisorState
  /** @returns the unsigned 64-bit value. */
  read(state: SupervisorState): bigint
  /** Stores the legal value nearest to what was asked (WARL). @param value - unsigned 64 bits. */
  write(state: SupervisorState, value: bigint, limits: SupervisorLimits): void
}

/** A register that holds `legalize(old, value)`. */
const row = (
  number: number,
  name: keyof SupervisorState,
  legalize: (old: bigint, value: bigint, limits: SupervisorLimits) => bigint = (_old, value) => value,
): SupervisorCsr => ({
  number,
  name,
  read: (state) => state[name],
  write: (state, value, limits) => {
    state[name] = legalize(state[name], value, limits)
  },
})

/** All S-mode CSRs. Privileged ISA, chapter "Supervisor-Level ISA". */
export const supervisorCsrs: readonly SupervisorCsr[] = [
  row(0x100, 'sstatus', (old, value, limits) => legalizeSstatus(old, value, limits.float)),
  row(0x104, 'sie', (_old, value) => value & SUPERVISOR_INTERRUPTS),
  row(0x105, 'stvec', legalizeTvec),
  row(0x106, 'scounteren', (_old, value) => legalizeCounteren(value)),
  row(0x10a, 'senvcfg', (old, value, limits) => legalizeEnvironment(old, value, limits.senvcfg)),
  row(0x140, 'sscratch'),
  row(0x141, 'sepc', (_old, value, limits) => legalizeEpc(value, limits.compressed)),
  row(0x142, 'scause'),
  row(0x143, 'stval'),
  row(0x144, 'sip', (_old, value) => value & SUPERVISOR_INTERRUPTS),
  row(0x14d, 'stimecmp'),
  row(0x180, 'satp', (old, value, limits) => legalizeSatp(old, value, limits.satpModes, limits.asidBits)),
]
