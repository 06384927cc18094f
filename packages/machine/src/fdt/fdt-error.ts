/** What can be wrong with a device tree or a flattened blob. */
export type FdtErrorCode =
  | 'bad-name'
  | 'bad-value'
  | 'duplicate-label'
  | 'unknown-reference'
  | 'truncated'
  | 'bad-magic'
  | 'bad-version'
  | 'bad-structure'

/** A device tree that cannot be encoded, or bytes that are no flattened device tree. */
export class FdtError extends Error {
  override readonly name = 'FdtError'
  /** Machine-readable kind of the problem. */
  readonly code: FdtErrorCode
  /** @param message - what is wrong and what to do about it. */
  constructor(code: FdtErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
