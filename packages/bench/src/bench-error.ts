/** Why a bench could not be run, or its figures not be trusted. */
export type BenchErrorCode =
  /** No workload, or no strategy. */
  | 'nothing-selected'
  /** An option that makes no sense. */
  | 'bad-option'
  /** A workload computed something else than it should have. */
  | 'wrong-result'
  /** The guest ended, or was given up, before it had run everything. */
  | 'guest-stopped'
  /** Counts differ between repetitions. */
  | 'not-repeatable'
  /** A guest's console differs between strategies or repetitions. */
  | 'console-differs'
  /** The signal fired. */
  | 'aborted'

/** A bench that has no result. A run that computed something wrong is an error, never a row in a table. */
export class BenchError extends Error {
  override readonly name = 'BenchError'
  /** Machine-readable kind of the problem. */
  readonly code: BenchErrorCode

  /** @param message - what is wrong, and with which workload under which strategy. */
  constructor(code: BenchErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
