/** What the embedder did wrong; stable, for programs to test. */
export type NetworkErrorCode = 'bad-address' | 'bad-port' | 'second-card' | 'port-in-use'

/** Misuse by the embedder. No guest can cause it. */
export class NetworkError extends Error {
  /** Which mistake. */
  readonly code: NetworkErrorCode

  /**
   * @param code - which mistake.
   * @param message - what is wrong, and what to do about it.
   */
  constructor(code: NetworkErrorCode, message: string) {
    super(message)
    this.name = 'NetworkError'
    this.code = code
  }
}

/**
 * Refuses what is no port.
 *
 * @throws {@link NetworkError} `bad-port`.
 */
export const checkPort = (port: number, least: number, what: string): void => {
  if (!Number.isInteger(port) || port < least || port > 65_535)
    throw new NetworkError('bad-port', `${what} is ${port}: give ${least} to 65535`)
}
