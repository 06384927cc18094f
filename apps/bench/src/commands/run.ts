import path from 'node:path'
import { BenchError, type BenchReport, guestImage, runBench, subjects, toMarkdown } from '@worldswitch/bench'
import { maxScale, workloads } from '@worldswitch/guest-kernel'
import { costProfile, costProfiles } from '@worldswitch/hypervisor'
import { writeWhole } from '../files.ts'
import { knownName, selectNames } from '../names.ts'
import { progressDisplay } from '../progress.ts'
import { resultText } from '../result-text.ts'
import { onStopSignals } from '../stop-signals.ts'
import { UserError } from '../user-error.ts'

/** Options of `run`. */
export interface RunOptions {
  readonly workloads: string
  readonly strategies: string
  readonly profile: string
  readonly scale: number
  readonly repetitions: number
  readonly memory: number
  readonly out: string
  readonly json?: string
  readonly markdown?: string
}

/** `worldswitch run`: the bench. Prints the comparison, then writes both result files. */
export async function run(options: RunOptions): Promise<void> {
  const selection = select(options)
  const { repetitions } = options
  const stop = new AbortController()
  const stopped = onStopSignals(() => stop.abort())
  const display = progressDisplay({ workloads: selection.workloads.length, repetitions })
  let report: BenchReport
  try {
    report = await runBench({
      ...selection,
      guest: await guestImage(),
      scale: options.scale,
      repetitions,
      memory: options.memory,
      signal: stop.signal,
      onProgress: (progress) => display.update(progress),
    })
  } catch (error) {
    if (!(error instanceof BenchError) || error.code !== 'aborted') throw error
    throw new UserError('stopped; nothing was written', stopped.status())
  } finally {
    display.stop()
    stopped.unlisten()
  }
  const columns = process.stdout.isTTY ? process.stdout.columns : undefined
  process.stdout.write(resultText(report, columns))
  const { json = path.join(options.out, 'bench.json'), markdown = path.join(options.out, 'bench.md') } =
    options
  await writeWhole(json, `${JSON.stringify(report, undefined, 2)}\n`)
  await writeWhole(markdown, toMarkdown(report))
  process.stdout.write(`JSON result      ${json}\nMarkdown report  ${markdown}\n`)
}

/** Finds what the names mean, all before anything runs. */
function select({ workloads: wanted, strategies, profile, scale }: RunOptions) {
  const workloadNames = selectNames(
    wanted,
    workloads.map(({ name }) => name),
    'workload',
  )
  const subjectNames = selectNames(
    strategies,
    subjects.map(({ name }) => name),
    'strategy',
  )
  knownName(
    profile,
    costProfiles.map(({ name }) => name),
    'cost profile',
  )
  if (scale > maxScale) throw new UserError(`--scale is ${scale}: results are known for 1 to ${maxScale}`)
  return {
    workloads: workloads.filter(({ name }) => workloadNames.includes(name)),
    subjects: subjects.filter(({ name }) => subjectNames.includes(name)),
    profile: costProfile(profile),
  }
}
