/** What a TCP connection of the outside tells. */
export interface StreamEvents {
  /** The connection is there; nothing else comes before. */
  connected(): void
  /**
   * Bytes have come, which are the callee's to keep.
   *
   * @returns `false` to hear no more until {@link StreamSocket.resume}; a little that was on its way may still come.
   */
  data(bytes: Uint8Array): boolean
  /** The other side will send no more. */
  ended(): void
  /** It is over: refused, broken, or both sides have finished. Nothing comes after this. */
  closed(): void
}

/** A TCP connection of the outside. */
export interface StreamSocket {
  /** Sends bytes; `written` is called when they need no memory here any more. */
  write(bytes: Uint8Array, written: () => void): void
  /** Sends no more. */
  end(): void
  /** Ends it at once, in both directions; no event comes after that. */
  destroy(): void
  /** Goes on after `data` returned `false`. */
  resume(): void
}

/** A UDP socket of the outside, with a port of its own. */
export interface DatagramSocket {
  /** Sends a datagram; one that cannot be sent is lost. */
  send(bytes: Uint8Array, address: string, port: number): void
  /** Ends it; no event comes after that. */
  close(): void
}

/** What a UDP socket of the outside tells. */
export interface DatagramEvents {
  /** A datagram has come, from four decimal numbers and a port. */
  message(bytes: Uint8Array, address: string, port: number): void
  /** It failed; nothing comes after this. */
  closed(): void
}

/**
 * The sockets of the host. No method throws for what a guest asks; what fails is told by events, and events come later,
 * never inside the call that asked for them.
 */
export interface SocketProvider {
  /** Opens a TCP connection to four decimal numbers and a port. */
  connect(address: string, port: number, events: StreamEvents): StreamSocket
  /** Opens a UDP socket. */
  datagrams(events: DatagramEvents): DatagramSocket
}
