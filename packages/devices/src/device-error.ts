/** What the embedder did wrong; stable, for programs to test. */
export type DeviceErrorCode =
  | 'bus-overlap'
  | 'bus-range'
  | 'interrupt-source'
  | 'bad-option'
  | 'block-size'
  | 'block-range'
  | 'block-read-only'
  | 'file-missing'
  | 'file-access'
  | 'file-kind'

/** Misuse by the embedder: a board that cannot be built, a disk image that is none. No guest can cause it. */
export class DeviceError extends Error {
  /** Which mistake. */
  readonly code: DeviceErrorCode

  /**
   * @param code - which mistake.
   * @param message - what is wrong, and what to do about it.
   */
  constructor(code: DeviceErrorCode, message: string) {
    super(message)
    this.name = 'DeviceError'
    this.code = code
  }
}
