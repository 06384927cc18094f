import { spawn } from 'node:child_process'
import { UserError } from '../user-error.ts'
import type { Job } from './job.ts'
import type { Peer } from './peer.ts'
import { processClock, type TimeName } from './process-clock.ts'
import { TimedConsole } from './timed-console.ts'

/** A console that is longer is no guest of ours. */
const MOST_CHARACTERS = 2 ** 24
/** What is shorter than the clock can tell. */
const LEAST_MILLISECONDS = 0.001

/** How to run a job. */
export interface RunOptions {
  readonly time: TimeName
  readonly signal: AbortSignal
}

/**
 * Boots a job on a machine in a process of its own, until the guest has switched itself off.
 *
 * @param options - `time`: by which clock; `signal` ends it at once.
 * @returns milliseconds of each span, by name.
 * @throws UserError when the machine fails, computes something wrong or takes too long, with the end of its console.
 */
export async function runJob(job: Job, peer: Peer, options: RunOptions): Promise<Map<string, number>> {
  const console = new TimedConsole()
  const fail = (what: string): UserError =>
    new UserError(`${job.label} on ${peer.name}: ${what}${lastLines(console.text)}`, 1)
  const status = await play(job, peer, console, options, fail)
  if (status !== 0) throw fail(`the machine ended with status ${status}`)
  const wrong = job.check(console.text)
  if (wrong !== undefined) throw fail(wrong)
  return spanTimes(job, console, fail)
}

function play(
  job: Job,
  peer: Peer,
  console: TimedConsole,
  { time, signal }: RunOptions,
  fail: (what: string) => UserError,
): Promise<number | string> {
  const { file, args } = peer.command(job.task)
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const now = processClock(time, child.pid)
  let trouble: UserError | undefined
  const stop = (error: UserError): void => {
    trouble ??= error
    child.kill('SIGKILL')
  }
  const last = job.spans[job.spans.length - 1]
  let input = job.input
  const take = (piece: string): void => {
    console.add(piece, now())
    if (console.text.length > MOST_CHARACTERS) stop(fail('the console has no end'))
    if (input === undefined || console.find(last.end, 0) === undefined) return
    child.stdin.write(input)
    input = undefined
  }
  child.stdout.setEncoding('latin1').on('data', take)
  child.stderr.setEncoding('latin1').on('data', take)
  // A machine that has ended reads nothing more.
  child.stdin.on('error', () => {})
  const timer = setTimeout(() => stop(fail(`not finished after ${job.seconds} s`)), job.seconds * 1000)
  const onAbort = (): void => stop(fail('stopped'))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return new Promise<number | string>((resolve, reject) => {
    child.on('error', (error) => reject(fail(`${file} does not start: ${error.message}`)))
    child.on('close', (code, killer) => (trouble ? reject(trouble) : resolve(code ?? killer ?? 'unknown')))
  }).finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  })
}

/** Each span is looked for behind the one before it, so that nothing printed earlier can be mistaken for a mark. */
function spanTimes(
  { spans }: Job,
  console: TimedConsole,
  fail: (what: string) => UserError,
): Map<string, number> {
  const times = new Map<string, number>()
  let from = 0
  for (const { name, begin, end } of spans) {
    const begun = console.find(begin, from)
    if (begun === undefined) throw fail(`${name} did not begin`)
    const ended = console.find(end, begun.end)
    if (ended === undefined) throw fail(`${name} did not end`)
    times.set(name, Math.max(ended.time - begun.time, LEAST_MILLISECONDS))
    from = ended.end
  }
  return times
}

/** The end of a console, where the reason often is. */
function lastLines(text: string): string {
  const lines = text
    .split(/\r*\n/)
    .filter((line) => line.trim() !== '')
    .slice(-5)
  return lines.map((line) => `\n  ${line.slice(0, 200)}`).join('')
}
