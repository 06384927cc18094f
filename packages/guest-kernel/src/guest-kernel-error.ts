/** What an embedder can do wrong. */
export type GuestKernelErrorCode = 'UNKNOWN_WORKLOAD' | 'SCALE_RANGE' | 'SCRIPT_PATH'

/** Misuse of this package; the message says what to do instead. */
export class GuestKernelError extends Error {
  override readonly name = 'GuestKernelError'
  /** For programs. */
  readonly code: GuestKernelErrorCode

  constructor(code: GuestKernelErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
