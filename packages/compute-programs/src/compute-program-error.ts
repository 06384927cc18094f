/** What an embedder can do wrong. */
export type ComputeProgramErrorCode = 'UNKNOWN_PROGRAM' | 'ROUNDS_RANGE'

/** Misuse of this package; the message says what to do instead. */
export class ComputeProgramError extends Error {
  override readonly name = 'ComputeProgramError'
  /** For programs. */
  readonly code: ComputeProgramErrorCode

  constructor(code: ComputeProgramErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
