/**
 * The target of branches: the end of a block or `if`, the start of a loop.
 *
 * Made by the emitter when it opens the construct; the relative depth that the binary format wants is computed
 * where a branch is emitted.
 */
export class Label {
  /** How many constructs of the function enclose this one; 0 is the function's body. */
  readonly level: number

  /**
   * What the construct still allows: an `else` once, in an `if`.
   * @internal
   */
  elseAllowed: boolean

  /** @internal */
  constructor(level: number, elseAllowed = false) {
    this.level = level
    this.elseAllowed = elseAllowed
  }
}
