import type { Host } from './host.ts'
import type { Vm } from './vm.ts'

/** How a call of {@link runVms} ended. */
export type ScheduleEnd =
  /** All VMs have ended. */
  | 'ended'
  /** Those that have not wait for something that time alone will not bring: input. */
  | 'idle'
  /** The cycles are used up. */
  | 'budget'

/** Options of {@link runVms}. */
export interface ScheduleOptions {
  /** Cycles of the host to run for. Default: no bound. */
  readonly cycles?: number
  /** Cycles of one turn. Default: 1,000,000, a millisecond at 1 GHz. */
  readonly slice?: number
}

/**
 * Runs VMs on one hart, each for a slice in turn, until all have ended or nothing can happen any more. A VM that
 * waits gives the rest of its slice away; when all wait, time jumps to the next timer.
 */
export function runVms(host: Host, vms: readonly Vm[], options: ScheduleOptions = {}): ScheduleEnd {
  const { cycles = Number.POSITIVE_INFINITY, slice = 1_000_000 } = options
  const end = host.cycles + cycles
  for (;;) {
    let waiting = 0
    let ended = 0
    for (const vm of vms) {
      if (host.cycles >= end) return 'budget'
      const progress = vm.run(Math.min(end, host.cycles + slice))
      if (progress === 'waiting') waiting++
      if (progress === 'ended') ended++
    }
    if (ended === vms.length) return 'ended'
    if (waiting + ended < vms.length) continue
    const wake = Math.min(...vms.filter((vm) => vm.ended === undefined).map((vm) => vm.wakeAt))
    if (wake === Number.POSITIVE_INFINITY) return 'idle'
    if (wake >= end) {
      host.cycles = end
      return 'budget'
    }
    host.cycles = Math.max(host.cycles, wake)
  }
}
