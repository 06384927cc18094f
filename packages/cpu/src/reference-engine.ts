import { Evaluator } from '@worldswitch/isa'
import { HartContext } from './evaluator-context.ts'
import type { HartCore } from './hart-core.ts'
import { State } from './state-layout.ts'
import { FAULT } from './translation.ts'
import { ExceptionCause } from './trap.ts'

/** What has no effect in U-mode on a hart with sensitive holes, beside CSR instructions. */
const ignored: ReadonlySet<string> = new Set(['sfence.vma', 'wfi'])

/** Executes instructions until the steps left in the state block are used up or withheld. */
export interface Engine {
  run(): void
}

/**
 * Fetches, decodes and evaluates one instruction at a time on the hart's state. It is the reference engine, and it
 * carries the instructions that the interpreter does not: those that lie across two pages, or on pages whose
 * permissions PMP divides.
 */
export class ReferenceEngine implements Engine {
  readonly context: HartContext
  readonly #core: HartCore
  readonly #evaluator: Evaluator
  readonly #bytes: DataView

  constructor(core: HartCore) {
    this.#core = core
    this.context = new HartContext(core)
    this.#evaluator = new Evaluator(this.context)
    this.#bytes = new DataView(core.memory.memory.buffer)
  }

  run(): void {
    const words = this.#core.state.words
    while (words[State.left >> 2] > 0) this.step()
  }

  /** One step: an instruction, or the exception that its fetch raises. */
  step(): void {
    const words = this.#core.state.words
    const linear = this.#fetch(words[State.pc >> 2], words[(State.pc >> 2) + 1])
    if (linear !== FAULT) this.stepAt(linear)
  }

  /** One step, when the first halfword of the instruction has been fetched already. @param linear - its address. */
  stepAt(linear: number): void {
    const core = this.#core
    const words = core.state.words
    const low = words[State.pc >> 2]
    const high = words[(State.pc >> 2) + 1]
    const first = this.#bytes.getUint16(linear, true)
    let word = first
    if ((first & 3) === 3) {
      const next = (low + 2) | 0
      const second = this.#fetch(next, next === 0 ? (high + 1) | 0 : high)
      if (second === FAULT) return
      word = first | (this.#bytes.getUint16(second, true) << 16)
    }
    if (!this.evaluate(word)) {
      words[State.left >> 2]--
      core.settle(true)
    }
  }

  /**
   * Evaluates an instruction at the `pc` of the state.
   *
   * @param word - 32 bits, or 16 with the others zero.
   * @returns whether it trapped, which has consumed the step; otherwise `pc` is the next one's and the step is not counted yet.
   */
  evaluate(word: number): boolean {
    const core = this.#core
    const decoded = core.instructions.decode(word)
    core.word = word >>> 0
    if (decoded === undefined) {
      this.context.raise(ExceptionCause.illegalInstruction, BigInt(word >>> 0))
      core.settle(true)
      return true
    }
    if (
      core.sensitiveHoles &&
      ignored.has(decoded.base.name) &&
      this.context.privilege === 'U' &&
      !core.virtual
    ) {
      core.state.set64(State.pc, core.state.get64(State.pc) + BigInt(decoded.length))
      return false
    }
    core.inInstruction = 1
    const next = this.#evaluator.run(decoded)
    core.inInstruction = 0
    if (next !== undefined) core.state.set64(State.pc, next)
    else if (this.#evaluator.trapped) {
      core.settle(true)
      return true
    }
    return false
  }

  /** Linear address of a halfword of an instruction; {@link FAULT} when its fetch has raised an exception. */
  #fetch(low: number, high: number): number {
    const core = this.#core
    const linear = core.translation.fetch(low, high)
    if (linear !== FAULT) return linear
    core.fetchFailed(low, high)
    core.settle(true)
    return FAULT
  }
}
