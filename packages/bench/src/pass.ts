import { type ChecksumJudge, TranscriptReader, type WorkloadResult } from '@worldswitch/guest-kernel'
import { BenchError } from './bench-error.ts'
import type { BenchOptions } from './bench-options.ts'
import { between, type Figures } from './figures.ts'
import type { Subject, SubjectMaker } from './subject.ts'
import { Transcript } from './transcript.ts'

/** The row that stands for the way from reset to the first workload. */
export const BOOT = 'boot'

/** One workload of one run of the guest. */
export interface Measured {
  /** As the guest printed it; absent for `boot`. */
  readonly checksum: string | undefined
  readonly figures: Figures
}

/** One run of the guest. */
export interface Pass {
  readonly strategy: string
  readonly repetition: number
  /** By workload, {@link BOOT} included. */
  readonly measured: ReadonlyMap<string, Measured>
  readonly transcript: Transcript
}

const NEWLINE = 0x0a

/** Most work of a run before it is given up, unless the caller says otherwise. */
const DEFAULT_LIMIT = 1e10

/**
 * Runs the guest once, from reset to power-off, and measures every workload between the markers that it prints.
 *
 * @throws BenchError `wrong-result`, `guest-stopped` or `aborted`.
 */
export async function runPass(maker: SubjectMaker, repetition: number, options: BenchOptions): Promise<Pass> {
  const { guest, workloads, profile, memory, scale = 1, limit = DEFAULT_LIMIT, onProgress, signal } = options
  const names = workloads.map(({ name }) => name)
  const measurement = new Measurement(maker.name, scale, guest.judge, (workload) => {
    if (names.includes(workload))
      onProgress?.({ kind: 'workload', strategy: maker.name, repetition, workload })
  })
  onProgress?.({ kind: 'start', strategy: maker.name, repetition })
  const subject = maker.start({
    guest,
    profile,
    memory,
    bootargs: guest.bootargs({ bench: names, scale }),
    output: (byte) => measurement.push(byte),
  })
  measurement.subject = subject
  try {
    let spent = 0
    while (measurement.wrong === undefined && spent < limit) {
      if (signal?.aborted) throw new BenchError('aborted', 'the bench was stopped before it had a result')
      const steps = subject.advance()
      if (steps === 0) break
      spent += steps
      // Give the caller's event loop its turn.
      await new Promise((resolve) => setTimeout(resolve))
    }
    if (measurement.wrong) throw measurement.wrong
    measurement.requireComplete(
      names,
      spent < limit ? subject.outcome() : 'it took more steps than the limit',
    )
  } finally {
    subject.destroy()
  }
  onProgress?.({ kind: 'end', strategy: maker.name, repetition })
  const { measured, transcript } = measurement
  return { strategy: maker.name, repetition, measured, transcript }
}

/** Turns what the guest prints into figures, while it runs. */
class Measurement {
  readonly measured = new Map<string, Measured>()
  readonly transcript = new Transcript()
  /** Set before the guest runs. */
  subject!: Subject
  /** Why there is no point in going on. */
  wrong: BenchError | undefined
  readonly #strategy: string
  readonly #reader: TranscriptReader
  /** At the first byte of the current line: what printing costs is not the workload's. */
  #lineStart: Figures | undefined
  #atStart = true
  #from: Figures | undefined
  #done = false

  constructor(strategy: string, scale: number, judge: ChecksumJudge, begun: (workload: string) => void) {
    this.#strategy = strategy
    this.#reader = new TranscriptReader(
      {
        begin: (name) => {
          if (this.measured.size === 0)
            this.measured.set(BOOT, { checksum: undefined, figures: this.#lineStart! })
          begun(name)
          this.#from = this.subject.figures()
        },
        end: (result) => this.#end(result),
        done: () => {
          this.#done = true
        },
      },
      scale,
      judge,
    )
  }

  push(byte: number): void {
    if (this.#atStart) this.#lineStart = this.subject.figures()
    this.#atStart = byte === NEWLINE
    this.transcript.push(byte)
    this.#reader.push(String.fromCharCode(byte))
  }

  /** @throws BenchError `guest-stopped` unless every workload ran and the guest said so. */
  requireComplete(names: readonly string[], outcome: string): void {
    const missing = names.filter((name) => !this.measured.has(name))
    if (this.#done && missing.length === 0) return
    const what =
      missing.length > 0 ? `before ${missing.join(', ')} was done` : 'before it said that it was done'
    throw new BenchError(
      'guest-stopped',
      `the guest under ${this.#strategy} stopped (${outcome}) ${what}; its last words:\n${this.transcript.tail()}`,
    )
  }

  #end({ name, status, checksum, expected }: WorkloadResult): void {
    if (status === 'mismatch') {
      const known = checksum === expected ? 'a result that is not the known one' : `not ${expected}`
      this.wrong ??= new BenchError(
        'wrong-result',
        `${name} under ${this.#strategy} computed ${checksum}, ${known}: nothing was timed`,
      )
    } else if (status === 'ok') {
      this.measured.set(name, { checksum, figures: between(this.#from!, this.#lineStart!) })
    }
  }
}
