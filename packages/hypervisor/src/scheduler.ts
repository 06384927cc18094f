import { Credits } from './credits.ts'
import type { Host } from './host.ts'
import { HypervisorError } from './hypervisor-error.ts'
import type { Vm } from './vm.ts'

/** How a call of {@link runVms} ended. */
export type ScheduleEnd =
  /** All VMs have ended. */
  | 'ended'
  /**
   * Those that have not wait for something that time alone will not bring: input, a disk whose backend answers with a
   * promise (`vm.diskRequests` of some VM is not 0), a network (`vm.awaitingNetwork`), to be resumed, or a budget. Let
   * the event loop run, then call again.
   */
  | 'idle'
  /** The cycles are used up. */
  | 'budget'

/** Options of {@link runVms}. */
export interface ScheduleOptions {
  /** Cycles of the host to run for. Default: no bound. */
  readonly cycles?: number
  /**
   * Cycles of one turn, at least 1, where there is more than one VM; a VM by itself has turns of a period. Default:
   * 1,000,000, a millisecond at 1 GHz.
   */
  readonly slice?: number
  /** Cycles after which credits are handed out, and for which caps hold. Default: 30,000,000. */
  readonly period?: number
}

/** The part of a slice that a VM that woke up may have at once, and that the one that it interrupts has had before. */
const SHORT_TURN = 1 / 10

/**
 * Runs VMs on one hart in turns, by their weights and caps (`vm.share`), until all have ended or nothing can happen any
 * more. A VM that waits gives the rest of its turn away; when all wait, time jumps to the next timer.
 *
 * Credits are cycles of the hart. Each period they are handed out by weight; a turn takes them away again. Whoever has
 * most left for its weight is next. A VM that wakes up and has credit left comes before all others for a tenth of a
 * slice, and does not wait for the end of another's turn if that had a tenth of a slice.
 *
 * It never waits for anything outside itself. While a disk of one of the VMs is at work, time does not jump: the
 * guest would see its requests time out. While a network owes one of them an answer, it jumps no faster than real time
 * passes.
 *
 * @throws HypervisorError `bad-schedule` for a VM of another host, or cycles, a slice or a period that are no such thing.
 */
export function runVms(host: Host, vms: readonly Vm[], options: ScheduleOptions = {}): ScheduleEnd {
  const { cycles = Number.POSITIVE_INFINITY, slice = 1_000_000, period = 30_000_000 } = options
  if (!(slice >= 1) || !(cycles >= 0)) {
    throw new HypervisorError(
      'bad-schedule',
      `${cycles} cycles in slices of ${slice}: give 0 or more, in slices of 1 or more`,
    )
  }
  if (!(period >= 1) || period === Number.POSITIVE_INFINITY) {
    throw new HypervisorError('bad-schedule', `a period of ${period} cycles: give 1 or more`)
  }
  if (vms.some((vm) => vm.host !== host)) {
    throw new HypervisorError('bad-schedule', 'a VM is on another host: give each host its own VMs to run')
  }
  const end = host.cycles + cycles
  const short = Math.max(1, slice * SHORT_TURN)
  const credits = Credits.of(host)
  for (;;) {
    if (vms.every((vm) => vm.ended !== undefined)) return 'ended'
    if (host.cycles >= end) return 'budget'
    credits.account(vms, period, slice)
    const turn = credits.next(vms)
    if (turn) {
      const { vm, woken, most } = turn
      const from = host.cycles
      const ofMany = woken ? short : Math.min(slice, Math.max(short, credits.nextWake(vms) - from))
      // Nobody to interrupt it for.
      const longest = vms.length === 1 ? period : ofMany
      vm.run(Math.min(end, from + Math.min(longest, most)))
      credits.spend(vm, from)
      continue
    }
    const waiting = vms.filter((vm) => vm.state === 'waiting')
    if (waiting.some((vm) => vm.diskRequests > 0)) return 'idle'
    const wake = Math.min(credits.parkedUntil(vms), ...waiting.map((vm) => vm.wakeAt))
    const awaiting = waiting.some((vm) => vm.awaitingNetwork)
    if (awaiting && host.networkPatience.lasts(Math.min(wake, end))) return 'idle'
    if (wake === Number.POSITIVE_INFINITY) return 'idle'
    if (wake >= end) {
      host.cycles = end
      return 'budget'
    }
    host.cycles = Math.max(host.cycles, wake)
  }
}
