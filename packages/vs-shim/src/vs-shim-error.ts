/** Why something could not be put above the shim. */
export type VsShimErrorCode = 'BELOW_GUEST_MEMORY' | 'UNKNOWN_PROGRAM'

/** Something is wrong with what was asked for; the message says what to do. */
export class VsShimError extends Error {
  override readonly name = 'VsShimError'
  readonly code: VsShimErrorCode

  constructor(code: VsShimErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
