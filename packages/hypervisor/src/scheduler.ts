import type { Host } from './host.ts'
import { HypervisorError } from './hypervisor-error.ts'
import type { Vm } from './vm.ts'

/** How a call of {@link runVms} ended. */
export type ScheduleEnd =
  /** All VMs have ended. */
  | 'ended'
  /**
   * Those that have not wait for something that time alone will not bring: input, a disk whose backend answers
   * with a promise (`vm.diskRequests` of some VM is not 0), or a network (`vm.awaitingNetwork`). Let the event loop run,
   * then call again.
   */
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
 *
 * It never waits for anything outside itself. While a disk of one of the VMs is at work, time does not jump: the
 * guest would see its requests time out. While a network owes one of them an answer, it jumps no faster than real time
 * passes.
 *
 * @throws HypervisorError `bad-schedule` for a VM of another host, or cycles or a slice that are no such thing.
 */
export function runVms(host: Host, vms: readonly Vm[], options: ScheduleOptions = {}): ScheduleEnd {
  const { cycles = Number.POSITIVE_INFINITY, slice = 1_000_000 } = options
  if (!(slice > 0) || !(cycles >= 0)) {
    throw new HypervisorError(
      'bad-schedule',
      `${cycles} cycles in slices of ${slice}: give 0 or more, in slices of more than 0`,
    )
  }
  if (vms.some((vm) => vm.host !== host)) {
    throw new HypervisorError('bad-schedule', 'a VM is on another host: give each host its own VMs to run')
  }
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
    const alive = vms.filter((vm) => vm.ended === undefined)
    // One that had its turn may have got a frame since.
    if (alive.some((vm) => vm.runnable)) continue
    if (alive.some((vm) => vm.diskRequests > 0)) return 'idle'
    const wake = Math.min(...alive.map((vm) => vm.wakeAt))
    const awaiting = alive.some((vm) => vm.awaitingNetwork)
    if (awaiting && host.networkPatience.lasts(Math.min(wake, end))) return 'idle'
    if (wake === Number.POSITIVE_INFINITY) return 'idle'
    if (wake >= end) {
      host.cycles = end
      return 'budget'
    }
    host.cycles = Math.max(host.cycles, wake)
  }
}
