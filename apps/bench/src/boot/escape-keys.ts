const CONTROL_A = 0x01
const letter = (byte: number): string => String.fromCharCode(byte).toLowerCase()

/** What the keys after Ctrl-A do. */
export interface EscapeActions {
  quit(): void
  help(): void
}

/**
 * Takes the escapes out of what is typed: Ctrl-A x quits, Ctrl-A h helps, Ctrl-A twice is one Ctrl-A for the guest.
 * Anything else after a Ctrl-A is dropped.
 */
export class EscapeKeys {
  readonly #actions: EscapeActions
  #escaped = false

  constructor(actions: EscapeActions) {
    this.#actions = actions
  }

  /** @returns what is left for the guest. */
  filter(bytes: Uint8Array): Uint8Array {
    const kept: number[] = []
    for (const byte of bytes) {
      if (!this.#escaped) {
        if (byte === CONTROL_A) this.#escaped = true
        else kept.push(byte)
        continue
      }
      this.#escaped = false
      if (byte === CONTROL_A) kept.push(byte)
      else if (letter(byte) === 'x') this.#actions.quit()
      else if (letter(byte) === 'h') this.#actions.help()
    }
    return Uint8Array.from(kept)
  }
}
