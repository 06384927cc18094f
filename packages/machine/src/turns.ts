import type { Hart } from '@worldswitch/cpu'
import { csr } from './csr.ts'

const MIP = csr('mip')
const MIE = csr('mie')

/** What a hart is doing: executing, waiting for an interrupt, or nothing until somebody starts it. */
export type HartActivity = 'running' | 'waiting' | 'stopped'

/**
 * Whose turn it is: harts run one after another, a quantum of steps each. A hart that waits gives the rest of its
 * quantum away. Which hart runs which step depends on nothing but what the harts do, never on how the steps are
 * divided into calls.
 */
export class Turns {
  readonly #harts: readonly Hart[]
  readonly #activity: HartActivity[]
  readonly #quantum: number
  readonly #woken: (hart: number) => void
  #turn = 0
  #left: number

  /** @param woken - called when a waiting hart goes on. */
  constructor(harts: readonly Hart[], quantum: number, woken: (hart: number) => void) {
    this.#harts = harts
    // Alone, a hart has nobody to give way to.
    this.#quantum = harts.length === 1 ? Number.POSITIVE_INFINITY : quantum
    this.#left = this.#quantum
    this.#woken = woken
    this.#activity = harts.map(() => 'stopped')
  }

  /** Steps left to the hart whose turn it is. */
  get left(): number {
    return this.#left
  }

  /** Says what a hart is doing from now on. */
  set(hart: number, activity: HartActivity): void {
    this.#activity[hart] = activity
  }

  /** What a hart is doing. */
  of(hart: number): HartActivity {
    return this.#activity[hart]!
  }

  /** The hart to run now, its turn begun; undefined when none can run. */
  next(): Hart | undefined {
    for (let tries = 0; tries < this.#harts.length; tries++) {
      if (this.#canRun(this.#turn)) return this.#harts[this.#turn]
      this.#pass()
    }
    return undefined
  }

  /** The hart whose turn it is has executed so many steps. @param gives - the rest of its turn away. */
  used(steps: number, gives = false): void {
    this.#left -= steps
    if (gives || this.#left <= 0) this.#pass()
  }

  #pass(): void {
    this.#turn = (this.#turn + 1) % this.#harts.length
    this.#left = this.#quantum
  }

  #canRun(number: number): boolean {
    const activity = this.#activity[number]
    if (activity === 'running') return true
    if (activity === 'stopped') return false
    const hart = this.#harts[number]!
    if ((hart.readCsr(MIP) & hart.readCsr(MIE)) === 0n) return false
    this.#activity[number] = 'running'
    this.#woken(number)
    return true
  }
}
