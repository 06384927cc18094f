import type { ScheduleEnd } from '@worldswitch/hypervisor'
import type { Sample, Sampler } from './sample.ts'

/** What is watched, and how it is driven. */
export interface WatchOptions {
  /** Runs everything for so many cycles of the host's clock. */
  run(cycles: number): ScheduleEnd
  /** What the host's clock shows. */
  cycles(): number
  readonly sampler: Sampler
  /** Cycles between two samples. */
  readonly interval: number
  /** Most samples; infinite for as long as something runs. */
  readonly samples: number
  show(sample: Sample): void
  /** Lets others run. Called often. */
  breathe(): Promise<unknown>
  /** Called after each sample, with how long the clock says that has taken, in cycles: may wait. */
  pace(passed: number): Promise<unknown>
  readonly signal: AbortSignal
}

/** Cycles between two breaths. */
const STEP = 5_000_000

/** How a watch ended: as the machines did, because there were enough samples, or by the signal. */
export type WatchEnd = 'ended' | 'idle' | 'enough' | 'stopped'

/** Runs virtual machines and shows a sample of each interval, also of the last one, which may be shorter. */
export async function watch(options: WatchOptions): Promise<WatchEnd> {
  const { sampler, interval, samples, signal } = options
  const start = options.cycles()
  for (let taken = 1; ; taken++) {
    const until = start + taken * interval
    let end: ScheduleEnd = 'budget'
    while (end === 'budget' && options.cycles() < until && !signal.aborted) {
      end = options.run(Math.min(STEP, until - options.cycles()))
      await options.breathe()
    }
    if (signal.aborted) return 'stopped'
    options.show(sampler.take(options.cycles()))
    if (end !== 'budget') return end
    if (taken >= samples) return 'enough'
    await options.pace(options.cycles() - start)
  }
}
