/**
 * HSM states of a hart. Transitions take no time here, so the pending states of the specification never show.
 *
 * @see RISC-V SBI Specification 2.0, chapter 9
 */
export const HartState = { STARTED: 0, STOPPED: 1, SUSPENDED: 4 } as const

/** One of the values of {@link HartState}. */
export type HartState = (typeof HartState)[keyof typeof HartState]

/** Where a hart goes on after a non-retentive suspend. */
export interface ResumePoint {
  readonly address: bigint
  readonly opaque: bigint
}

/** The HSM state of every hart, and where suspended ones resume. */
export class HsmStates {
  readonly #states: HartState[]
  readonly #resume: (ResumePoint | undefined)[]

  /** @param boot - the one hart that runs at first. */
  constructor(harts: number, boot: number) {
    this.#states = Array.from({ length: harts }, (_, hart) =>
      hart === boot ? HartState.STARTED : HartState.STOPPED,
    )
    this.#resume = new Array(harts).fill(undefined)
  }

  /** State of a hart that exists. */
  of(hart: number): HartState {
    return this.#states[hart]!
  }
  /** The hart is started. */
  start(hart: number): void {
    this.#states[hart] = HartState.STARTED
  }
  /** The hart is stopped. */
  stop(hart: number): void {
    this.#states[hart] = HartState.STOPPED
  }
  /**
   * The hart is suspended.
   *
   * @param resume - where to resume; undefined for a retentive suspend, which goes on where it is.
   */
  suspend(hart: number, resume: ResumePoint | undefined): void {
    this.#states[hart] = HartState.SUSPENDED
    this.#resume[hart] = resume
  }
  /** Ends a suspend. @returns where the hart goes on, when not where it was. */
  wake(hart: number): ResumePoint | undefined {
    if (this.#states[hart] !== HartState.SUSPENDED) return undefined
    this.#states[hart] = HartState.STARTED
    const resume = this.#resume[hart]
    this.#resume[hart] = undefined
    return resume
  }
}
