import {
  type BenchReport,
  count,
  eventCount,
  ratio,
  type StrategyResult,
  type WorkloadResult,
} from '@worldswitch/bench'
import colors from 'picocolors'
import { plainTable } from './plain-table.ts'
import { shortCount, shortName, shortTerm } from './short-names.ts'

/** Width for which everything is laid out when there is no terminal to ask. */
const WIDTH = 100
/** Terms of a sum that are named, if they fit. */
const TERMS = 4

/**
 * What a bench found out, for a terminal.
 *
 * @param columns - its width; text is laid out for at most that, and for 100 columns by default.
 */
export function resultText(report: BenchReport, columns = WIDTH): string {
  const { profile, scale, memory, repetitions } = report
  const sections = [
    `${colors.bold('Virtual cycles')}  profile ${profile.name}: ${profile.title}; scale ${scale}, ${memory / 2 ** 20} MiB, ${repetitions} repetition${repetitions === 1 ? '' : 's'}`,
    comparison(report),
    ...report.strategies.map((strategy, index) => exits(report, strategy, index)),
    wallClock(report, columns),
    why(report, columns),
  ].filter((section) => section !== '')
  return `\n${sections.join('\n\n')}\n\n`
}

/** Counts, cycles and slowdown: a line for each workload and strategy. */
function comparison({ workloads }: BenchReport): string {
  const rows = plainTable(['workload', '', 'instructions', 'exits', 'virtual cycles', 'slowdown'], 2)
  for (const { name, results } of workloads) {
    for (const [index, { strategy, figures, slowdown }] of results.entries()) {
      rows.push([
        index === 0 ? name : '',
        strategy,
        count(figures.instructions),
        count(eventCount(figures)),
        count(figures.virtualCycles),
        colors.bold(ratio(slowdown)),
      ])
    }
  }
  return rows.toString()
}

/** How often the guest was left, by kind: a column for each kind that occurred. */
function exits({ workloads }: BenchReport, strategy: string, index: number): string {
  const kinds = Object.keys(workloads[0].results[index].figures.events).filter((kind) =>
    workloads.some(({ results }) => results[index].figures.events[kind] > 0),
  )
  const rows = plainTable(['', ...kinds.map(shortName)], 1)
  for (const { name, results } of workloads) {
    rows.push([name, ...kinds.map((kind) => shortCount(results[index].figures.events[kind]))])
  }
  return `${colors.bold(`Exits by kind: ${strategy}`)}\n${rows.toString()}`
}

/** Host time over that of bare metal, apart from everything that is exact. */
function wallClock({ workloads, repetitions }: BenchReport, columns: number): string {
  const virtualized = workloads[0].results
    .map(({ strategy, wallRatio }, index) => ({ strategy, index, known: wallRatio !== undefined }))
    .filter(({ strategy, known }) => known && strategy !== 'bare')
  const paragraphs = virtualized.map(({ strategy, index }) => {
    const items = workloads.map(({ name, results }) => `${name} ${ratio(results[index].wallRatio?.median)}`)
    return `${strategy}: ${wrap(items, columns, strategy.length + 2)}`
  })
  if (paragraphs.length === 0) return ''
  const of = repetitions === 1 ? 'of this run only' : `median of ${repetitions} repetitions, this host only`
  return `${colors.bold('Wall-clock ratio')}  to bare, ${of}\n${paragraphs.join('\n')}`
}

/** What the cycles are made of: a line for each workload under each strategy. */
function why({ workloads }: BenchReport, columns: number): string {
  const width = Math.max(...workloads.map(({ name }) => name.length))
  const lines = workloads.flatMap((workload) =>
    explained(workload).map((result, index) => reason(workload, result, index, width, columns)),
  )
  return `${colors.bold('Why')}  largest parts of the virtual cycles\n${lines.join('\n')}`
}

/** Bare metal explains itself where there is something to compare it with. */
const explained = ({ results }: WorkloadResult): readonly StrategyResult[] =>
  results.length === 1 ? results : results.filter(({ strategy }) => strategy !== 'bare')

function reason(
  { name }: WorkloadResult,
  { strategy, slowdown, figures, breakdown }: StrategyResult,
  index: number,
  width: number,
  columns: number,
): string {
  const start = `${(index === 0 ? name : '').padEnd(width)}  ${ratio(slowdown).padStart(5)}  `
  let line = index === 0 ? '' : `${strategy}: `
  for (const { what, cycles } of breakdown.slice(0, TERMS)) {
    const percent = Math.round((cycles / figures.virtualCycles) * 100)
    const next = `${line}${line === '' || line.endsWith(': ') ? '' : ', '}${percent} % ${shortTerm(what)}`
    if (percent === 0 || start.length + next.length > columns) break
    line = next
  }
  return start + line
}

/** Joins items, breaking lines at `columns`; further lines are indented. */
function wrap(items: readonly string[], columns: number, indent: number): string {
  const lines: string[] = ['']
  for (const item of items) {
    const last = lines[lines.length - 1]
    const joined = last === '' ? item : `${last}, ${item}`
    if (indent + joined.length > columns - 1) lines.push(item)
    else lines[lines.length - 1] = joined
  }
  return lines.join(`,\n${' '.repeat(indent)}`)
}
