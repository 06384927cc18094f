/** One end of a connection. */
export interface Endpoint {
  /** IPv4 address as a number of 32 bits. */
  readonly address: number
  readonly port: number
}

/** A destination outside that a guest wants to reach. */
export interface Destination {
  readonly protocol: 'tcp' | 'udp'
  /** Four decimal numbers. */
  readonly address: string
  readonly port: number
}

/** Both ends as one string, for maps. */
export const flowKey = (guest: Endpoint, remote: Endpoint): string =>
  `${guest.address}:${guest.port}:${remote.address}:${remote.port}`
