import type { EngineName } from '@worldswitch/cpu'
import type { BlockBackend } from '@worldswitch/devices'
import type { CostProfile } from '@worldswitch/hypervisor'
import type { ClockName, ProgramImage } from '@worldswitch/machine'

/** What a guest of `boot` is made of. */
export interface GuestParts {
  readonly kernel: ProgramImage
  readonly initrd?: Uint8Array
  readonly bootargs: string
  /** Bytes of guest RAM. */
  readonly memory: number
  readonly disks: readonly BlockBackend[]
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
}
