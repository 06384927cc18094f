/** What an embedder can do wrong with a hypervisor. Guests cannot cause these. */
export type HypervisorErrorCode =
  | 'bad-profile'
  | 'bad-slot'
  | 'bad-vm'
  | 'bad-controls'
  | 'bad-schedule'
  | 'host-memory'
  | 'unknown-strategy'
  | 'duplicate-strategy'
  | 'unsupported-host'

/** Misuse by the embedder; the message says what to do. */
export class HypervisorError extends Error {
  override readonly name = 'HypervisorError'
  readonly code: HypervisorErrorCode

  constructor(code: HypervisorErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
