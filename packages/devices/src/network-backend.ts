/**
 * What a network card is plugged into: a switch, a network in the host, anything that takes and gives Ethernet frames
 * (from destination address to payload; no preamble, no checksum at the end).
 */
export interface NetworkBackend {
  /** Plugs a card in, once, before anything else. */
  connect(card: NetworkCard): void
  /**
   * The card sends a frame: called while the guest's notification executes, so it must not drive the machine. It may
   * answer with {@link NetworkCard.receive} at once. The array is the backend's to keep.
   */
  send(frame: Uint8Array): void
  /** The card refused a frame before and has room again. */
  drained?(): void
  /**
   * Something outside may send frames without being asked again: a connection is open, a question is unanswered. A
   * machine that has nothing else to do then waits in real time instead of letting its virtual clock jump.
   */
  readonly awaiting?: boolean
  /** The machine was switched on again: what it had under way is forgotten. */
  reset?(): void
  /** The card is gone for good: it neither sends nor takes frames any more. */
  disconnect?(): void
}

/** A network card, as the other end of its cable sees it. */
export interface NetworkCard {
  /**
   * Gives a frame to the guest, or keeps it until the guest has room. The card copies what it keeps.
   *
   * @returns `false` when it was dropped: too long or short, no driver, or too many are waiting; `drained` says when
   *   there is room.
   */
  receive(frame: Uint8Array): boolean
  /** The cable was plugged in or pulled out; plugged in at first. */
  setLink(up: boolean): void
}
