import { markdownTable } from 'markdown-table'
import { eventCount } from './figures.ts'
import { count, ratio, share } from './format.ts'
import type { BenchReport, StrategyResult, WorkloadResult } from './report.ts'

/** Terms of a breakdown that a report names. */
const TERMS = 4

/** The report as a short Markdown document. */
export function toMarkdown(report: BenchReport): string {
  const { profile, repetitions, scale, memory, workloads } = report
  const lines = [
    '# What virtualization cost',
    '',
    `Cost profile: ${profile.title} (\`${profile.name}\`). ${repetitions} repetition${repetitions === 1 ? '' : 's'}, scale ${scale}, ${memory / 2 ** 20} MiB of guest RAM.`,
    '',
    'Counts are exact and the same on every machine. Virtual cycles are counts weighted by the profile; the slowdown is theirs. The wall-clock ratio is what this host took, and belongs to this run only.',
    '',
    markdownTable(
      [
        ['workload', 'strategy', 'instructions', 'exits', 'virtual cycles', 'slowdown', 'wall clock'],
        ...workloads.flatMap((workload) => workload.results.map((result) => row(workload, result))),
      ],
      { align: ['l', 'l', 'r', 'r', 'r', 'r', 'r'] },
    ),
    '',
    '## Exits by kind',
    '',
    'How often the guest left its own code. On bare metal these are traps that its kernel takes and accesses to devices.',
    '',
    ...report.strategies.flatMap((strategy, index) => exits(report, strategy, index)),
    '## Why',
    '',
    ...workloads.flatMap(explanation),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

const row = ({ name }: WorkloadResult, result: StrategyResult): string[] => [
  name,
  result.strategy,
  count(result.figures.instructions),
  count(eventCount(result.figures)),
  count(result.figures.virtualCycles),
  ratio(result.slowdown),
  ratio(result.wallRatio?.median),
]

/** A column for each kind that occurred. */
function exits({ workloads }: BenchReport, strategy: string, index: number): string[] {
  const eventsOf = ({ results }: WorkloadResult): Readonly<Record<string, number>> =>
    results[index].figures.events
  const kinds = Object.keys(eventsOf(workloads[0])).filter((kind) =>
    workloads.some((workload) => eventsOf(workload)[kind] > 0),
  )
  const rows = workloads.map((workload) => [
    workload.name,
    ...kinds.map((kind) => count(eventsOf(workload)[kind])),
  ])
  const align = ['l', ...kinds.map(() => 'r')]
  return [`### ${strategy}`, '', markdownTable([['workload', ...kinds], ...rows], { align }), '']
}

function explanation({ name, title, checksum, results }: WorkloadResult): string[] {
  const lines = [
    `### ${name}`,
    '',
    checksum === undefined ? `${title}.` : `${title}. Checksum ${checksum}.`,
    '',
  ]
  for (const { strategy, breakdown, figures } of results) {
    const terms = breakdown
      .slice(0, TERMS)
      .map((term) => `${count(term.count)} × ${term.title} (${share(term.cycles / figures.virtualCycles)})`)
    lines.push(`- ${strategy}: ${terms.join(', ')}`)
  }
  lines.push('')
  return lines
}
