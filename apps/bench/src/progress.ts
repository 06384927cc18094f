import type { BenchProgress } from '@worldswitch/bench'
import ora from 'ora'

/** Says on standard error how far a bench is. */
export interface ProgressDisplay {
  update(progress: BenchProgress): void
  /** Takes the display away. */
  stop(): void
}

/** What a display needs to know of the run. */
export interface ProgressPlan {
  readonly workloads: number
  readonly repetitions: number
}

/** On a terminal one line that changes; otherwise a line for each run of the guest. */
export function progressDisplay(plan: ProgressPlan): ProgressDisplay {
  const run = ({ strategy, repetition }: Exclude<BenchProgress, { kind: 'warm-up' }>): string =>
    plan.repetitions === 1 ? strategy : `${strategy}, repetition ${repetition + 1} of ${plan.repetitions}`
  if (!process.stderr.isTTY) {
    return {
      update(progress) {
        if (progress.kind === 'start') process.stderr.write(`running on ${run(progress)}\n`)
      },
      stop() {},
    }
  }
  const spinner = ora({ stream: process.stderr, discardStdin: false }).start('starting')
  let done = 0
  return {
    update(progress) {
      if (progress.kind === 'warm-up') spinner.text = 'warming up'
      else if (progress.kind === 'start') {
        done = 0
        spinner.text = `${run(progress)}: booting`
      } else if (progress.kind === 'workload') {
        done++
        spinner.text = `${run(progress)}: ${progress.workload} (${done} of ${plan.workloads})`
      } else spinner.text = `${run(progress)}: done`
    },
    stop: () => void spinner.stop(),
  }
}
