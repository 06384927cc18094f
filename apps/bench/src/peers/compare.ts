import { type PeersReport, type PeerTiming, peersReport } from '@worldswitch/bench'
import type { Job } from './job.ts'
import type { Peer } from './peer.ts'
import { type RunOptions, runJob } from './run-job.ts'

/** What to compare, and how. */
export interface ComparisonOptions extends RunOptions {
  readonly machine: Peer
  readonly peers: readonly Peer[]
  readonly jobs: readonly Job[]
  /** Turns. */
  readonly runs: number
  /** Told what begins. */
  onStart(run: number, job: Job, peer: Peer): void
}

/**
 * Runs every job on every machine in turns: ours, a peer, the next, and again. What disturbs the host for a while so
 * disturbs all of them.
 *
 * @throws UserError as `runJob`
 */
export async function compare(options: ComparisonOptions): Promise<PeersReport> {
  const { machine, peers, jobs, runs, time, onStart } = options
  const machines = [machine, ...peers]
  const about = await Promise.all(
    machines.map(async (one) => ({ name: one.name, version: await one.version() })),
  )
  const timings: PeerTiming[] = []
  for (let turn = 0; turn < runs; turn++) {
    for (const job of jobs) {
      for (const one of machines) {
        onStart(turn, job, one)
        for (const [workload, milliseconds] of await runJob(job, one, options)) {
          timings.push({ workload, machine: one.name, turn, milliseconds })
        }
      }
    }
  }
  const workloads = jobs.flatMap(({ spans }) =>
    spans.map(({ name, title, group }) => ({ name, title, group })),
  )
  return peersReport({ time, machine: about[0], peers: about.slice(1), workloads, timings })
}
