import { geometricMean } from 'simple-statistics'
import { BenchError } from './bench-error.ts'
import { type Spread, spread } from './spread.ts'

/**
 * What a workload of a comparison is: a program without an operating system, by its arithmetic, one of Linux, or
 * something in VS-mode.
 */
export type PeerWorkloadGroup = 'integer' | 'float' | 'linux' | 'vs'

/** Something that every machine of a comparison runs. */
export interface PeerWorkload {
  readonly name: string
  readonly title: string
  readonly group: PeerWorkloadGroup
}

/** A machine of a comparison. */
export interface PeerMachine {
  readonly name: string
  /** What it says of itself. */
  readonly version: string
}

/** How long one workload took on one machine in one turn. */
export interface PeerTiming {
  readonly workload: string
  readonly machine: string
  /** From 0 on. */
  readonly turn: number
  /** From the workload's begin to its end, above 0; see {@link PeersReport.time}. */
  readonly milliseconds: number
}

/** One workload on a peer. */
export interface PeerResult {
  readonly peer: string
  readonly milliseconds: Spread
  /** The peer's time over that of our machine in the same turn: above 1 our machine is the faster one. */
  readonly ratio: Spread
}

/** One workload on all machines. */
export interface PeerWorkloadResult extends PeerWorkload {
  /** On our machine. */
  readonly milliseconds: Spread
  /** In the order of {@link PeersReport.peers}. */
  readonly peers: readonly PeerResult[]
}

/** What several workloads come to on a peer. */
export interface PeerMean {
  readonly peer: string
  /** Geometric mean of the median ratios. */
  readonly ratio: number
  /** How many workloads it is of. */
  readonly workloads: number
}

/** Everything that a comparison of machines found out. Plain data: it is what the JSON result holds. */
export interface PeersReport {
  readonly format: 'worldswitch-peers'
  readonly version: 1
  /** What times are: `wall` by the host's clock, `cpu` what processors spent on the machine with all its threads. */
  readonly time: 'wall' | 'cpu'
  /** Ours. */
  readonly machine: PeerMachine
  readonly peers: readonly PeerMachine[]
  /** Turns: how often each machine ran everything. */
  readonly runs: number
  readonly workloads: readonly PeerWorkloadResult[]
  /** Over the workloads of the group `integer`, one for each peer; none when there were no such workloads. */
  readonly integerMeans: readonly PeerMean[]
}

/** What a comparison measured. */
export interface PeerMeasurements {
  readonly time: PeersReport['time']
  readonly machine: PeerMachine
  readonly peers: readonly PeerMachine[]
  readonly workloads: readonly PeerWorkload[]
  /** In any order: one for each workload, machine and turn. */
  readonly timings: readonly PeerTiming[]
}

/**
 * Compares our machine with its peers, turn by turn.
 *
 * @throws BenchError `nothing-selected` without workloads, peers or turns; `bad-option` when a timing is missing or is
 *   not above 0.
 */
export function peersReport({ time, machine, peers, workloads, timings }: PeerMeasurements): PeersReport {
  const runs = 1 + Math.max(-1, ...timings.map(({ turn }) => turn))
  if (workloads.length === 0 || peers.length === 0 || runs === 0) {
    throw new BenchError(
      'nothing-selected',
      'a comparison needs at least one workload, one peer and one turn',
    )
  }
  const timesOf = (workload: string, on: string): number[] =>
    Array.from({ length: runs }, (_, turn) => {
      const timing = timings.find(
        (one) => one.workload === workload && one.machine === on && one.turn === turn,
      )
      if (timing !== undefined && timing.milliseconds > 0) return timing.milliseconds
      throw new BenchError('bad-option', `${workload} has no time on ${on} in turn ${turn}`)
    })
  const results = workloads.map(({ name, title, group }): PeerWorkloadResult => {
    const ours = timesOf(name, machine.name)
    return {
      name,
      title,
      group,
      milliseconds: spread(ours),
      peers: peers.map((peer) => {
        const times = timesOf(name, peer.name)
        return {
          peer: peer.name,
          milliseconds: spread(times),
          ratio: spread(times.map((time, turn) => time / ours[turn])),
        }
      }),
    }
  })
  const integer = results.filter(({ group }) => group === 'integer')
  const integerMeans = (integer.length === 0 ? [] : peers).map(
    ({ name }, index): PeerMean => ({
      peer: name,
      ratio: geometricMean(integer.map((one) => one.peers[index].ratio.median)),
      workloads: integer.length,
    }),
  )
  return {
    format: 'worldswitch-peers',
    version: 1,
    time,
    machine,
    peers,
    runs,
    workloads: results,
    integerMeans,
  }
}
