import { count, type PeerResult, type PeersReport, ratio, type Spread } from '@worldswitch/bench'
import colors from 'picocolors'
import { plainTable } from '../plain-table.ts'

/** Milliseconds: whole ones from 100 on. */
const time = (value: number): string => (value < 100 ? value.toFixed(1) : count(value))
const range = ({ min, max }: Spread, text: (value: number) => string): string => `${text(min)}-${text(max)}`

/** What a comparison found out, for a terminal: a table for each peer. */
export function peersText(report: PeersReport): string {
  const { machine, peers, runs, time: clock } = report
  const turns = runs === 1 ? 'one run' : `medians of ${runs} runs in turns`
  const about = [machine, ...peers].map(({ name, version }) => `  ${name}: ${version}`).join('\n')
  const tables = peers.map((_, index) => comparison(report, index))
  return `\n${colors.bold('Peers')}  ${turns}; milliseconds ${clock === 'cpu' ? 'of processor time' : 'by the clock'}\n${about}\n\n${tables.join('\n\n')}\n\n`
}

function comparison({ machine, workloads, integerMeans }: PeersReport, index: number): string {
  const peer = workloads[0].peers[index].peer
  const rows = plainTable(['workload', machine.name, 'range', peer, 'range', 'ratio', 'range'], 1)
  for (const { name, milliseconds, peers } of workloads) {
    const result: PeerResult = peers[index]
    rows.push([
      name,
      time(milliseconds.median),
      range(milliseconds, time),
      time(result.milliseconds.median),
      range(result.milliseconds, time),
      colors.bold(ratio(result.ratio.median)),
      range(result.ratio, ratio),
    ])
  }
  const mean = integerMeans[index]
  const summary =
    mean === undefined
      ? ''
      : `\nGeometric mean of ${mean.workloads} integer program${mean.workloads === 1 ? '' : 's'}: ${colors.bold(ratio(mean.ratio))}`
  return `${rows.toString()}\n${summary}\nThe ratio is ${peer}'s time over that of ${machine.name}: above 1 ${machine.name} is faster.`
}
