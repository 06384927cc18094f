import type { DmaMemory } from '@worldswitch/devices'

/** Identity registers that BASE reports. */
export interface SbiMachineIds {
  readonly mvendorid: bigint
  readonly marchid: bigint
  readonly mimpid: bigint
}

/** What SRST was asked for. */
export type SbiResetType = 'shutdown' | 'cold-reboot' | 'warm-reboot'

/** Why, as the supervisor says. */
export type SbiResetReason = 'none' | 'system-failure'

/** A range of virtual addresses; `undefined` where one is expected means the whole address space. */
export interface FenceRange {
  /** First virtual address. */
  readonly start: bigint
  /** Bytes, at least 1; the range does not wrap around. */
  readonly size: bigint
}

/** A fence of the translations of guests. */
export interface GuestFence {
  /** HFENCE.VVMA or HFENCE.GVMA. */
  readonly stage: 'VS' | 'G'
  /** The hart that asks: with `VS` the virtual machine meant is that of its `hgatp`. */
  readonly caller: number
  readonly range: FenceRange | undefined
  /** With `G`; default: all virtual machines. */
  readonly vmid?: bigint
  /** With `VS`; default: all address spaces. */
  readonly asid?: bigint
}

/**
 * What the SBI needs from whoever runs the harts: the machine's firmware and a hypervisor's VM implement it alike.
 * Harts are numbered from 0 to `harts - 1`, without gaps. Arguments come checked; no method throws.
 */
export interface SbiPlatform {
  /** Number of harts of the supervisor. */
  readonly harts: number
  readonly ids: SbiMachineIds
  /** The supervisor's physical memory; also says which ranges are RAM. */
  readonly memory: DmaMemory
  /** Clears the hart's pending timer interrupt (STIP); it becomes pending once `time >= deadline`. */
  setTimer(hart: number, deadline: bigint): void
  /** Makes the supervisor software interrupt (SSIP) of a hart pending. */
  sendIpi(hart: number): void
  /** FENCE.I on a hart. */
  fenceInstructions(hart: number): void
  /** SFENCE.VMA on a hart for a range (or everything) of one address space (or all). */
  fenceTranslations(hart: number, range: FenceRange | undefined, asid: bigint | undefined): void
  /**
   * HFENCE.GVMA or HFENCE.VVMA on a hart; left out by platforms without the hypervisor extension.
   *
   * @returns false when that hart does not have it.
   */
  fenceGuests?(hart: number, fence: GuestFence): boolean
  /** The supervisor may execute at this physical address. */
  canExecute(address: bigint): boolean
  /** Runs a hart in S-mode from `address` with `satp` = 0, `sstatus.SIE` = 0, `a0` = hart, `a1` = opaque. */
  startHart(hart: number, address: bigint, opaque: bigint): void
  /** The hart executes nothing until it is started again. */
  stopHart(hart: number): void
  /** Sends bytes to the console. */
  writeConsole(bytes: Uint8Array): void
  /** Takes at most `limit` waiting bytes from the console; empty when there are none. */
  readConsole(limit: number): Uint8Array
  /** Ends or restarts the whole system. */
  reset(type: SbiResetType, reason: SbiResetReason): void
}
