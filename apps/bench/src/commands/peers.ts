import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { PeersReport } from '@worldswitch/bench'
import { computePrograms } from '@worldswitch/compute-programs'
import { LinuxGuestError } from '@worldswitch/linux-guest'
import { findGuest } from '@worldswitch/linux-guest/node'
import { writeWhole } from '../files.ts'
import { selectNames } from '../names.ts'
import { compare } from '../peers/compare.ts'
import type { Job } from '../peers/job.ts'
import { linuxJobs } from '../peers/linux-jobs.ts'
import { ownMachine } from '../peers/own-machine.ts'
import { peersText } from '../peers/peers-text.ts'
import type { TimeName } from '../peers/process-clock.ts'
import { programJobs } from '../peers/program-jobs.ts'
import { peers as known } from '../peers/registry.ts'
import { type Selection, selection } from '../peers/selection.ts'
import { exitJobs, needsLinux, vsLinuxJobs } from '../peers/vs-jobs.ts'
import { statusLine } from '../status-line.ts'
import { onStopSignals } from '../stop-signals.ts'
import { UserError } from '../user-error.ts'

/** Neither programs nor the workloads of Linux do more. */
const MOST_ROUNDS = 1_000_000

/** Options of `peers`. */
export interface PeersOptions {
  readonly only?: string
  readonly runs: number
  readonly rounds?: number
  readonly engine: string
  readonly time: TimeName
  /** Names of peers, separated by commas. */
  readonly peer: string
  /** A file, or true for standard output. */
  readonly json?: string | true
}

/** `worldswitch peers`: the same binaries here and on other emulators, in turns. */
export async function peers(options: PeersOptions): Promise<void> {
  const chosen = selection(options.only)
  if (options.rounds !== undefined && options.rounds > MOST_ROUNDS) {
    throw new UserError(`--rounds is ${options.rounds}: give a whole number from 1 to 1,000,000`)
  }
  const names = selectNames(
    options.peer,
    known.map(({ name }) => name),
    'peer',
  )
  const others = known.filter(({ name }) => names.includes(name))
  const folder = await mkdtemp(path.join(tmpdir(), 'worldswitch-peers-'))
  const stop = new AbortController()
  const stopped = onStopSignals(() => stop.abort())
  const status = statusLine()
  let report: PeersReport
  try {
    report = await compare({
      machine: ownMachine(options.engine),
      peers: others,
      jobs: await jobsOf(chosen, folder, options),
      runs: options.runs,
      time: options.time,
      signal: stop.signal,
      onStart: (run, job, peer) =>
        status.show(`run ${run + 1} of ${options.runs}: ${job.label} on ${peer.name}`),
    })
  } catch (error) {
    if (stop.signal.aborted) throw new UserError('stopped; nothing was written', stopped.status())
    throw error
  } finally {
    status.stop()
    stopped.unlisten()
    await rm(folder, { recursive: true, force: true })
  }
  const { json } = options
  const data = `${JSON.stringify(report, undefined, 2)}\n`
  process.stdout.write(json === true ? data : peersText(report))
  if (typeof json !== 'string') return
  await writeWhole(json, data)
  process.stdout.write(`JSON result  ${json}\n`)
}

async function jobsOf(
  { programs, linux, vs }: Selection,
  folder: string,
  { only, rounds }: PeersOptions,
): Promise<Job[]> {
  const chosen = computePrograms.filter(({ name }) => programs.includes(name))
  const jobs = [...(await programJobs(chosen, folder, rounds)), ...(await exitJobs(vs, folder, rounds))]
  const inVs = vs.filter(needsLinux)
  if (linux.length + inVs.length === 0) return jobs
  try {
    const guest = await findGuest('debian')
    jobs.push(...linuxJobs('linux', linux, guest, rounds))
    if (inVs.length > 0) jobs.push(...(await vsLinuxJobs(inVs, guest, folder, rounds)))
    return jobs
  } catch (error) {
    // Who names a workload wants it; who names none gets what can be had.
    if (only !== undefined || !(error instanceof LinuxGuestError) || error.code !== 'GUEST_MISSING')
      throw error
    process.stderr.write(`worldswitch: without the workloads under Linux: ${error.message}\n`)
    return jobs
  }
}
