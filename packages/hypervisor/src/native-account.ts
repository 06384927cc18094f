import { type CostProfile, type HardwareEvent, hardwareEventNames } from './cost-profile.ts'

/** What a guest did on the bare machine: how often each {@link HardwareEvent} happened. */
export type NativeCounts = Readonly<Record<HardwareEvent, number>>

/** Virtual cycles of a bare run, on the same scale as a {@link Ledger}'s. */
export const nativeCycles = (profile: CostProfile, counts: NativeCounts): number =>
  hardwareEventNames.reduce((sum, event) => sum + counts[event] * profile.hardware[event].cycles, 0)
