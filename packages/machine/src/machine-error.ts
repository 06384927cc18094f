/** What can be wrong with how a machine is made or used. */
export type MachineErrorCode =
  | 'bad-ram'
  | 'bad-harts'
  | 'bad-quantum'
  | 'bad-clock'
  | 'bad-seed'
  | 'bad-bootargs'
  | 'bad-extension'
  | 'bad-steps'
  | 'unknown-option'
  | 'too-many-virtio-devices'
  | 'running'

/** Misuse of a machine by its embedder. What a guest does never throws. */
export class MachineError extends Error {
  override readonly name = 'MachineError'
  /** Machine-readable kind of the problem. */
  readonly code: MachineErrorCode
  /** @param message - what is wrong and what to do about it. */
  constructor(code: MachineErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
