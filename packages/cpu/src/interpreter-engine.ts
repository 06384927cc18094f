import type { HartCore } from './hart-core.ts'
import type { Engine, ReferenceEngine } from './reference-engine.ts'

/** Placeholder until generated. */
export class InterpreterEngine implements Engine {
  readonly #reference: ReferenceEngine
  constructor(_core: HartCore, reference: ReferenceEngine) {
    this.#reference = reference
  }
  run(): void {
    this.#reference.run()
  }
}
