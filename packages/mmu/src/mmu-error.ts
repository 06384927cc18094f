/** What an embedder did wrong; see {@link MmuError}. */
export type MmuErrorCode =
  | 'bad-address'
  | 'bad-field'
  | 'bad-layout'
  | 'bad-permissions'
  | 'misaligned'
  | 'not-canonical'
  | 'not-mapped'
  | 'out-of-frames'
  | 'outside-memory'
  | 'overlap'

/** Misuse of this package by the embedder. Nothing a guest does can raise it. */
export class MmuError extends Error {
  override readonly name = 'MmuError'
  /** Stable name of the mistake. */
  readonly code: MmuErrorCode

  constructor(code: MmuErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
