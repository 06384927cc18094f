/** Something that the person at the keyboard can put right. Printed without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError'
  /** Exit status: 2 for a wrong call, 1 for what went wrong while doing as told. */
  readonly status: number

  constructor(message: string, status = 2) {
    super(message)
    this.status = status
  }
}
