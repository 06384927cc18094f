/** What went wrong; stable, for programs to test. */
export type LinuxGuestErrorCode =
  | 'UNKNOWN_WORKLOAD'
  | 'SCALE_RANGE'
  | 'BOOT_ARGUMENT'
  | 'CPIO_ENTRY'
  | 'MODULE_FORMAT'
  | 'MODULE_MISSING'
  | 'UNKNOWN_GUEST'
  | 'GUEST_MISSING'
  | 'GUEST_DAMAGED'
  | 'TOOL_MISSING'
  | 'NO_MIRROR'
  | 'NO_KEYRING'
  | 'PULL_FAILED'

/** Misuse of this package, or a guest that cannot be had; the message says what to do about it. */
export class LinuxGuestError extends Error {
  override readonly name = 'LinuxGuestError'
  /** For programs. */
  readonly code: LinuxGuestErrorCode

  constructor(code: LinuxGuestErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
