/** What a caller did wrong; see {@link Ieee754Error}. */
export type Ieee754ErrorCode = 'bad-rounding'

/** Misuse of this package by its caller. No operand can raise it. */
export class Ieee754Error extends Error {
  override readonly name = 'Ieee754Error'
  /** Stable name of the mistake. */
  readonly code: Ieee754ErrorCode

  constructor(code: Ieee754ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
