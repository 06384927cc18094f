/** What an embedder did wrong. */
export type CpuErrorCode =
  | 'bad-option'
  | 'bad-argument'
  | 'memory-too-large'
  | 'no-such-csr'
  | 'already-attached'
  | 'running'

/** Misuse of this package by the embedder; a guest cannot cause one. The message says what to do instead. */
export class CpuError extends Error {
  readonly code: CpuErrorCode

  constructor(code: CpuErrorCode, message: string) {
    super(message)
    this.name = 'CpuError'
    this.code = code
  }
}
