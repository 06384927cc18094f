import path from 'node:path'
import { BenchError, type BenchReport, runBench, subjects, toMarkdown } from '@worldswitch/bench'
import { costProfile, costProfiles } from '@worldswitch/hypervisor'
import { type BenchGuest, ownKernel, pulled } from '../bench-guests.ts'
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
  /** A guest that was pulled; the kernel that comes with the project without it. */
  readonly guest?: string
  /** Bytes; undefined for what suits the guest. */
  readonly memory?: number
  readonly out: string
  readonly json?: string
  readonly markdown?: string
}

/** `worldswitch run`: the bench. Prints the comparison, then writes both result files. */
export async function run(options: RunOptions): Promise<void> {
  const guest = options.guest === undefined ? ownKernel : await pulled(options.guest)
  const selection = select(options, guest)
  const { repetitions } = options
  const stop = new AbortController()
  const stopped = onStopSignals(() => stop.abort())
  const display = progressDisplay({ workloads: selection.workloads.length, repetitions })
  let report: BenchReport
  try {
    report = await runBench({
      ...selection,
      guest: await guest.image(),
      warmUp: guest.warmUp,
      scale: options.scale,
      repetitions,
      memory: options.memory ?? guest.memory,
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
function select({ workloads: wanted, strategies, profile, scale }: RunOptions, guest: BenchGuest) {
  const workloadNames = selectNames(
    wanted,
    guest.workloads.map(({ name }) => name),
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
  if (scale > guest.maxScale)
    throw new UserError(`--scale is ${scale}: results are known for 1 to ${guest.maxScale}`)
  return {
    workloads: guest.workloads.filter(({ name }) => workloadNames.includes(name)),
    subjects: subjects.filter(({ name }) => subjectNames.includes(name)),
    profile: costProfile(profile),
  }
}
