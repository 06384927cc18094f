import type { EngineName } from '@worldswitch/cpu'
import type { BlockBackend, NetworkBackend } from '@worldswitch/devices'
import type { CostProfile } from '@worldswitch/hypervisor'
import type { ClockName, MachineHartOptions, ProgramImage } from '@worldswitch/machine'

/** What a guest of `boot` is made of. */
export interface GuestParts {
  readonly kernel: ProgramImage
  readonly initrd?: Uint8Array
  /** M-mode firmware to run instead of the built-in one; on the bare machine only, as the device tree. */
  readonly firmware?: ProgramImage
  /** A device tree to use instead of the machine's own. */
  readonly deviceTree?: Uint8Array
  readonly bootargs: string
  /** Bytes of guest RAM. */
  readonly memory: number
  /** Harts, or virtual CPUs. */
  readonly harts: number
  /** Whether harts have the hypervisor extension; on the bare machine only. */
  readonly hypervisor: boolean
  /** Page-table modes of the hardware. */
  readonly satpModes: NonNullable<MachineHartOptions['satpModes']>
  readonly disks: readonly BlockBackend[]
  /** What its network card is plugged into; without it there is no card. */
  readonly network?: NetworkBackend
  /** Whether it has an entropy device. */
  readonly rng: boolean
  readonly engine: EngineName
  readonly clock: ClockName
  readonly profile: CostProfile
  /** Takes console output. */
  output(byte: number): void
}

/** How a guest ended. */
export interface GuestEnd {
  readonly reason: 'poweroff' | 'reset' | 'failed' | 'out-of-memory'
  /** The guest's own failure code, 0 when all was well. */
  readonly code: number
}

/** A guest that can be run and typed to, whatever it runs on. */
export interface Guest {
  /** Sends bytes to the console; @returns how many were taken. */
  input(bytes: Uint8Array): number
  /**
   * Runs for some milliseconds, sleeping while the guest does.
   *
   * @returns `running`; `input` when nothing but input can wake it; or how it ended.
   */
  run(signal: AbortSignal): Promise<'running' | 'input' | GuestEnd>
  /** Power-on again, with the disks as they are. */
  reset(): void
}
