import { bootargs } from './bootargs.ts'
import { manifest } from './manifest.ts'
import { type WorkloadName, workloads } from './workloads.ts'

/**
 * How a workload ended: `ok` only if the guest said so and both checksums are equal and known to be right;
 * `unfinished` when there is no end line.
 */
export type WorkloadStatus = 'ok' | 'mismatch' | 'unfinished'

/** One workload in a transcript. */
export interface WorkloadResult {
  /** As the guest wrote it; not necessarily a {@link WorkloadName}. */
  readonly name: string
  readonly status: WorkloadStatus
  /** 16 hexadecimal digits, or `undefined` when unfinished. */
  readonly checksum: string | undefined
  /** What the guest compared with. */
  readonly expected: string | undefined
  /** Console lines between begin and end: empty unless something went wrong. */
  readonly output: readonly string[]
}

/** Everything that `@bench` lines say. */
export interface Transcript {
  readonly results: readonly WorkloadResult[]
  /** Whether `@bench done` was seen: the guest ran all it was asked to. */
  readonly done: boolean
  /** Done, at least one result, and all of them `ok`. */
  readonly ok: boolean
}

/** What a {@link TranscriptReader} reports, as soon as a line is complete. */
export interface TranscriptEvents {
  /** A workload begins. */
  begin?(name: string): void
  /** It ended, one way or the other. */
  end?(result: WorkloadResult): void
  /** The guest ran all it was asked to. */
  done?(): void
}

const endLine = /^@bench end (\S+) checksum=([0-9a-f]{16}) expected=([0-9a-f]{16}) (ok|MISMATCH)$/

/** Lines longer than this are not protocol; the rest of them is dropped, so that a guest cannot fill our memory. */
const maxLine = 1024
const maxOutputLines = 64

/** Says whether a checksum of a workload is the known one; without a scale, that of any. */
export type ChecksumJudge = (name: string, checksum: string, scale: number | undefined) => boolean

/** The {@link ChecksumJudge} of this package's workloads. */
const isRight: ChecksumJudge = (name, checksum, scale) => {
  const row = workloads.find((workload) => workload.name === name)
  if (!row) return false
  return scale === undefined ? row.checksums.includes(checksum) : row.checksums[scale - 1] === checksum
}

/**
 * Reads the console of a bench run as it comes, in pieces of any size. Never throws, whatever the guest prints.
 *
 * @example
 * const reader = new TranscriptReader({ begin: (name) => start(name) })
 * console.onByte = (byte) => reader.push(String.fromCharCode(byte))
 */
export class TranscriptReader {
  readonly #events: TranscriptEvents
  readonly #scale: number | undefined
  readonly #isRight: ChecksumJudge
  readonly #results: WorkloadResult[] = []
  #line = ''
  #running: { name: string; output: string[] } | undefined
  #done = false

  /**
   * @param scale - the scale of the run; when given, checksums must be those of this scale.
   * @param judge - for other guests that write these lines; default: by this package's workloads.
   */
  constructor(events: TranscriptEvents = {}, scale?: number, judge: ChecksumJudge = isRight) {
    this.#events = events
    this.#scale = scale
    this.#isRight = judge
  }

  /** Takes the next piece of console output. */
  push(text: string): void {
    let from = 0
    for (let at = text.indexOf('\n'); at >= 0; from = at + 1, at = text.indexOf('\n', from)) {
      this.#extend(text, from, at)
      const line = this.#line
      this.#line = ''
      this.#complete(line.endsWith('\r') ? line.slice(0, -1) : line)
    }
    this.#extend(text, from, text.length)
  }

  /** What has been read up to now; a workload that has not ended yet counts as `unfinished`. */
  get transcript(): Transcript {
    const results = [...this.#results]
    if (this.#running) results.push(unfinished(this.#running))
    const ok = this.#done && results.length > 0 && results.every(({ status }) => status === 'ok')
    return { results, done: this.#done, ok }
  }

  #extend(text: string, from: number, to: number): void {
    this.#line += text.slice(from, Math.min(to, from + maxLine - this.#line.length))
  }

  #complete(line: string): void {
    if (line === '@bench done') {
      this.#abandon()
      this.#done = true
      this.#events.done?.()
    } else if (line.startsWith('@bench begin ')) {
      this.#abandon()
      this.#running = { name: line.slice('@bench begin '.length), output: [] }
      this.#events.begin?.(this.#running.name)
    } else {
      const end = endLine.exec(line)
      if (end) this.#end(end)
      else if (this.#running && this.#running.output.length < maxOutputLines) this.#running.output.push(line)
    }
  }

  #end([, name, checksum, expected, claim]: RegExpExecArray): void {
    const begun = this.#running?.name === name ? this.#running : undefined
    if (!begun) this.#abandon()
    this.#running = undefined
    const right =
      begun && claim === 'ok' && checksum === expected && this.#isRight(name!, checksum!, this.#scale)
    this.#report({
      name: name!,
      status: right ? 'ok' : 'mismatch',
      checksum,
      expected,
      output: begun?.output ?? [],
    })
  }

  #abandon(): void {
    if (!this.#running) return
    const result = unfinished(this.#running)
    this.#running = undefined
    this.#report(result)
  }

  #report(result: WorkloadResult): void {
    this.#results.push(result)
    this.#events.end?.(result)
  }
}

const unfinished = ({ name, output }: { name: string; output: string[] }): WorkloadResult => ({
  name,
  status: 'unfinished',
  checksum: undefined,
  expected: undefined,
  output,
})

/**
 * Reads a whole console transcript.
 *
 * @param scale - the scale of the run; without it, the checksums of any scale are accepted.
 */
export function parseTranscript(text: string, scale?: number): Transcript {
  const reader = new TranscriptReader({}, scale)
  reader.push(text)
  return reader.transcript
}

/** What a run that {@link expectedTranscript} predicts was given. */
export interface ExpectedRun {
  /** Size of the guest's memory in bytes. */
  readonly memoryBytes: number
  readonly bench: 'all' | readonly WorkloadName[]
  /** Default 1. */
  readonly scale?: number
  /** Size of the disk in bytes. Default: the one that comes with this package. */
  readonly diskBytes?: number
}

/**
 * What the console must show, byte for byte, from the kernel's first character to its last: on the bare machine, on
 * QEMU, and under every strategy.
 *
 * @throws GuestKernelError as {@link bootargs} does.
 */
export function expectedTranscript(run: ExpectedRun): string {
  const { memoryBytes, bench, scale = 1, diskBytes = manifest.outputs['disk.img']!.bytes } = run
  bootargs({ bench, scale })
  const chosen =
    bench === 'all' ? workloads : bench.map((name) => workloads.find((row) => row.name === name)!)
  const runs = chosen.map(({ name, checksums }) => {
    const sum = checksums[scale - 1]
    return `@bench begin ${name}\n@bench end ${name} checksum=${sum} expected=${sum} ok\n`
  })
  return [
    'worldswitch guest kernel (native)\n',
    `memory ${Math.floor(memoryBytes / 2 ** 20)} MiB, timebase 10000000 Hz\n`,
    `disk ${diskBytes / 512} sectors, 512 blocks of files\n`,
    ...runs,
    '@bench done\n',
  ].join('')
}
