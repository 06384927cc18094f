/**
 * What a network card is plugged into: a port of a switch, a network in the host. Frames are Ethernet from destination
 * address to payload. `virtioNet` of `@worldswitch/devices` takes anything of this shape, and so can other emulators.
 */
export interface NetworkBackend {
  /** Plugs a card in, once, before anything else. */
  connect(card: NetworkCard): void
  /** The card sends a frame; it may be answered at once. The array is the backend's to keep. */
  send(frame: Uint8Array): void
  /** The card refused a frame before and has room again. */
  drained?(): void
  /** Something outside may send frames without being asked again. */
  readonly awaiting?: boolean
  /** The machine was switched on again: what it had under way is forgotten. */
  reset?(): void
  /** The card is gone for good: it neither sends nor takes frames any more. */
  disconnect?(): void
}

/** A network card, as the other end of its cable sees it. */
export interface NetworkCard {
  /** Gives it a frame, of which it copies what it keeps; @returns `false` when it was dropped. */
  receive(frame: Uint8Array): boolean
  /** The cable was plugged in or pulled out. */
  setLink(up: boolean): void
}

/**
 * Joins two backends, such as a port of a switch and a network in the host, by a cable with a card at each end.
 */
export const join = (one: NetworkBackend, other: NetworkBackend): void => {
  const end = (far: NetworkBackend): NetworkCard => ({
    receive(frame) {
      // The far end may keep it, and the near one may use it again.
      far.send(frame.slice())
      return true
    },
    setLink() {},
  })
  one.connect(end(other))
  other.connect(end(one))
}
