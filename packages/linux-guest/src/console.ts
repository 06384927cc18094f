import { workloads } from './workloads.ts'

/** One workload in a console transcript. */
export interface WorkloadResult {
  /** As the guest wrote it. */
  readonly name: string
  /** `ok` only if the guest said so and its checksum is the one of this package's table. */
  readonly status: 'ok' | 'mismatch' | 'unfinished'
  /** 16 hexadecimal digits, or `undefined` when unfinished. */
  readonly checksum: string | undefined
}

/** One check of `kvm-test`. */
export interface CheckResult {
  readonly name: string
  readonly status: 'ok' | 'failed' | 'skipped'
}

/** What exits of a kind cost, as `kvm-test` measured it. */
export interface ExitCount {
  readonly name: string
  /** Exits in the measurement. */
  readonly exits: number
  /** Instructions of the machine for all of them, where it counts them. */
  readonly instructions: number | undefined
  /** Ticks of the machine's clock for all of them. */
  readonly ticks: number
}

/** Everything that our programs say on a console. */
export interface Transcript {
  readonly workloads: readonly WorkloadResult[]
  readonly checks: readonly CheckResult[]
  readonly counts: readonly ExitCount[]
  /** Whether the guest ran all it was asked to, and found nothing wrong. */
  readonly done: boolean
  /** Done, with at least one result, and all of them right. */
  readonly ok: boolean
}

const endLine = /^@bench end (\S+) checksum=([0-9a-f]{16}) expected=[0-9a-f]{16} (ok|MISMATCH)$/
const checkLine = /^(ok|FAILED) (.+)$/
const skipLine = /^skip (.+): [^:]*$/
const countLine = /^count (\S+) exits=(\d+)(?: instructions=(\d+))? ticks=(\d+)$/

const isRight = (name: string, checksum: string): boolean =>
  workloads.some((workload) => workload.name === name && workload.checksum === checksum)

/**
 * Reads what a guest with this package's programs printed, whatever else is between: firmware, kernel, a hostile guest.
 *
 * @param text - the console; lines may end with CR LF.
 */
export function readConsole(text: string): Transcript {
  const results: WorkloadResult[] = []
  const checks: CheckResult[] = []
  const counts: ExitCount[] = []
  let running: string | undefined
  let done = false
  for (const line of text.split(/\r*\n/)) {
    const end = endLine.exec(line)
    const count = countLine.exec(line)
    if (line.startsWith('@bench begin ')) {
      if (running !== undefined) results.push(unfinished(running))
      running = line.slice('@bench begin '.length)
    } else if (end) {
      const [, name, checksum, claim] = end as unknown as [string, string, string, string]
      const right = running === name && claim === 'ok' && isRight(name, checksum)
      results.push({ name, status: right ? 'ok' : 'mismatch', checksum })
      running = undefined
    } else if (line === '@bench done') done = true
    else if (count) {
      const [, name, exits, instructions, ticks] = count as unknown as [
        string,
        string,
        string,
        string,
        string,
      ]
      counts.push({
        name,
        exits: Number(exits),
        instructions: instructions === undefined ? undefined : Number(instructions),
        ticks: Number(ticks),
      })
    } else {
      const check = readCheck(line)
      if (check) checks.push(check)
    }
  }
  if (running !== undefined) results.push(unfinished(running))
  const good =
    results.every(({ status }) => status === 'ok') && checks.every(({ status }) => status !== 'failed')
  return { workloads: results, checks, counts, done, ok: done && good && results.length + checks.length > 0 }
}

function readCheck(line: string): CheckResult | undefined {
  const skipped = skipLine.exec(line)
  if (skipped) return { name: skipped[1]!, status: 'skipped' }
  const check = checkLine.exec(line)
  if (!check) return undefined
  return { name: check[2]!, status: check[1] === 'ok' ? 'ok' : 'failed' }
}

const unfinished = (name: string): WorkloadResult => ({ name, status: 'unfinished', checksum: undefined })
