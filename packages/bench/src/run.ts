import type { CostProfile } from '@worldswitch/hypervisor'
import { median } from 'simple-statistics'
import { BenchError } from './bench-error.ts'
import type { BenchOptions } from './bench-options.ts'
import { breakdown } from './breakdown.ts'
import { BOOT, type Measured, type Pass, runPass } from './pass.ts'
import type { BenchReport, StrategyResult, WorkloadResult } from './report.ts'
import { spread } from './spread.ts'
import { BARE, type GuestImage, type SubjectMaker } from './subject.ts'
import { firstDifference } from './transcript.ts'

/** Lines in which a guest tells about workloads. */
const RESULT_LINE = /^@bench /

/**
 * Runs workloads under every strategy asked for and compares them.
 *
 * @throws BenchError when a guest computes something wrong (`wrong-result`) or ends before it is done
 *   (`guest-stopped`), when counts differ between repetitions (`not-repeatable`) or consoles between runs
 *   (`console-differs`), when `signal` fires (`aborted`), and for options that make no sense.
 */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const { workloads, subjects, repetitions = 1, scale = 1, profile, memory } = options
  if (workloads.length === 0 || subjects.length === 0) {
    throw new BenchError('nothing-selected', 'a bench needs at least one workload and one strategy')
  }
  requireWhole('repetitions', repetitions)
  requireWhole('scale', scale)
  if (options.warmUp !== false) await warmUp(options)
  const passes: Pass[] = []
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const maker of subjects) {
      const pass = await runPass(maker, repetition, options)
      requireSameConsole(options.guest, passes[0] ?? pass, pass)
      passes.push(pass)
    }
  }
  return {
    format: 'worldswitch-bench',
    version: 1,
    guest: options.guest.name,
    profile: { name: profile.name, title: profile.title, hertz: profile.hertz },
    strategies: subjects.map(({ name }) => name),
    repetitions,
    scale,
    memory,
    workloads: [{ name: BOOT, title: 'From reset to the first workload' }, ...workloads].map((workload) =>
      summarize(workload, subjects, passes, profile),
    ),
  }
}

async function warmUp({ onProgress, ...options }: BenchOptions): Promise<void> {
  onProgress?.({ kind: 'warm-up' })
  const workloads = options.workloads.slice(0, 1)
  for (const maker of options.subjects) await runPass(maker, 0, { ...options, workloads, scale: 1 })
}

function requireWhole(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new BenchError('bad-option', `${what} is ${value}: give a whole number from 1 on`)
  }
}

/** What is compared does not depend on time, so every difference is an error of ours. */
function requireSameConsole({ sameConsole }: GuestImage, first: Pass, pass: Pass): void {
  const only = sameConsole === 'results' ? RESULT_LINE : undefined
  const difference = firstDifference(first.transcript, pass.transcript, only)
  if (!difference) return
  const { line, left, right } = difference
  const side = ({ strategy, repetition }: Pass, text: string | undefined): string =>
    `${strategy} (repetition ${repetition + 1}): ${text === undefined ? 'nothing' : JSON.stringify(text)}`
  throw new BenchError(
    'console-differs',
    `the guest's console differs in line ${line}\n  ${side(first, left)}\n  ${side(pass, right)}`,
  )
}

function summarize(
  { name, title }: { readonly name: string; readonly title: string },
  subjects: readonly SubjectMaker[],
  passes: readonly Pass[],
  profile: CostProfile,
): WorkloadResult {
  const of = (strategy: string): Measured[] =>
    passes.filter((pass) => pass.strategy === strategy).map(({ measured }) => measured.get(name)!)
  const bare = subjects.some((subject) => subject.name === BARE) ? of(BARE) : undefined
  const results = subjects.map(({ name: strategy }): StrategyResult => {
    const runs = of(strategy)
    requireEqual(name, strategy, runs)
    const wall = runs.map(({ figures }) => figures.wallMilliseconds)
    const figures = { ...runs[0].figures, wallMilliseconds: median(wall) }
    const relative = bare && {
      slowdown: figures.virtualCycles / bare[0].figures.virtualCycles,
      wallRatio: spread(
        runs.map((run, i) => run.figures.wallMilliseconds / bare[i].figures.wallMilliseconds),
      ),
    }
    return {
      strategy,
      figures,
      ...relative,
      wallMilliseconds: spread(wall),
      breakdown: breakdown(figures, profile),
    }
  })
  // The same under every strategy: it is part of the console.
  const { checksum } = of(subjects[0].name)[0]
  return { name, title, ...(checksum === undefined ? {} : { checksum }), results }
}

/** Counts are exact: a repetition that differs is an error of ours, and no median would mend it. */
function requireEqual(workload: string, strategy: string, runs: readonly Measured[]): void {
  const counts = runs.map(({ figures }) => JSON.stringify({ ...figures, wallMilliseconds: 0 }))
  if (counts.some((text) => text !== counts[0])) {
    throw new BenchError('not-repeatable', `${workload} under ${strategy}: counts differ between repetitions`)
  }
}
