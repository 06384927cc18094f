/** What a machine printed, and when. Offsets are in characters. */
export class TimedConsole {
  #text = ''
  readonly #pieces: { readonly end: number; readonly time: number }[] = []

  /** Everything so far. */
  get text(): string {
    return this.#text
  }

  /** Takes a piece that arrived at `time`, in milliseconds. */
  add(piece: string, time: number): void {
    this.#text += piece
    this.#pieces.push({ end: this.#text.length, time })
  }

  /**
   * Finds a text.
   *
   * @param from - offset to begin at.
   * @returns when all of it was there, and the offset behind it; `undefined` when it has not come.
   */
  find(text: string, from: number): { readonly time: number; readonly end: number } | undefined {
    const at = this.#text.indexOf(text, from)
    if (at === -1) return undefined
    const end = at + text.length
    const piece = this.#pieces.find((one) => one.end >= end)
    return piece && { time: piece.time, end }
  }
}
