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
