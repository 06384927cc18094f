import { base } from './base.ts'
import { dbcn } from './dbcn.ts'
import { HsmStates } from './hart-state.ts'
import { hsm } from './hsm.ts'
import { ipi } from './ipi.ts'
import { legacyGetchar, legacyPutchar, legacySetTimer, legacyShutdown } from './legacy.ts'
import { rfence } from './rfence.ts'
import { failure, type SbiCall, type SbiExtension } from './sbi-extension.ts'
import type { SbiPlatform } from './sbi-platform.ts'
import { srst } from './srst.ts'
import { time } from './time.ts'

/** Names of the SBI extensions there are. */
export type SbiExtensionName =
  | 'legacySetTimer'
  | 'legacyPutchar'
  | 'legacyGetchar'
  | 'legacyShutdown'
  | 'BASE'
  | 'TIME'
  | 'IPI'
  | 'RFENCE'
  | 'HSM'
  | 'SRST'
  | 'DBCN'

/** Every SBI extension. A name without a row, or a row without a name, does not compile. */
export const sbiExtensions = {
  legacySetTimer,
  legacyPutchar,
  legacyGetchar,
  legacyShutdown,
  BASE: base,
  TIME: time,
  IPI: ipi,
  RFENCE: rfence,
  HSM: hsm,
  SRST: srst,
  DBCN: dbcn,
} satisfies Record<SbiExtensionName, SbiExtension>

const byId = new Map<bigint, SbiExtension>(
  Object.values(sbiExtensions).map((extension) => [extension.id, extension]),
)

/** The registers of the calling hart: numbers 10 to 17 are `a0` to `a7`. */
export interface SbiRegisters {
  /** @returns the unsigned value of an integer register. */
  readX(register: number): bigint
  /**
   * Sets an integer register.
   *
   * @param value - unsigned.
   */
  writeX(register: number, value: bigint): void
}

/**
 * What the caller of {@link Sbi.call} does next: go on after the ECALL (`resume`), the same but first sleep until an
 * interrupt is pending and then call {@link Sbi.wake} (`wait`), or nothing, because the hart is not there any more
 * (`away`).
 */
export type SbiNext = 'resume' | 'wait' | 'away'

const A0 = 10
const A1 = 11
const A6 = 16
const A7 = 17

/**
 * The Supervisor Binary Interface on some platform: the machine's built-in firmware and a hypervisor's VMs use the
 * same one.
 *
 * @see RISC-V SBI Specification 2.0
 */
export class Sbi {
  readonly #platform: SbiPlatform
  /** HSM state of each hart. */
  readonly states: HsmStates

  /** @param boot - the hart that is started; all others are stopped. */
  constructor(platform: SbiPlatform, boot = 0) {
    this.#platform = platform
    this.states = new HsmStates(platform.harts, boot)
  }

  /**
   * Serves the ECALL of a hart: arguments and results are in its registers; `pc` is the caller's business.
   * Unknown extensions and functions return SBI_ERR_NOT_SUPPORTED.
   */
  call(hart: number, registers: SbiRegisters): SbiNext {
    const extension = byId.get(registers.readX(A7))
    const id = extension?.legacy ? 0n : registers.readX(A6)
    const serve = id < 16n ? extension?.functions[Number(id)] : undefined
    const call: SbiCall = {
      hart,
      platform: this.#platform,
      states: this.states,
      argument: (index) => registers.readX(A0 + index),
      available: (wanted) => byId.has(wanted),
    }
    const result = serve ? serve(call) : failure('NOT_SUPPORTED')
    if (result.kind === 'away') return 'away'
    if (result.kind === 'legacy') {
      registers.writeX(A0, result.value)
      return 'resume'
    }
    registers.writeX(A0, BigInt.asUintN(64, BigInt(result.error)))
    registers.writeX(A1, BigInt.asUintN(64, result.value))
    return result.kind === 'wait' ? 'wait' : 'resume'
  }

  /** An interrupt is pending for a hart that waits: ends its suspend, if it is in one. */
  wake(hart: number): void {
    const resume = this.states.wake(hart)
    if (resume) this.#platform.startHart(hart, resume.address, resume.opaque)
  }
}
