import { AcrossEntries } from './across-entries.ts'
import { ALLOWED } from './csr-file.ts'
import type { HartCore } from './hart-core.ts'
import {
  buildInterpreter,
  type InterpreterExports,
  type InterpreterImports,
  type InterpreterVariant,
} from './interpreter-module.ts'
import { Predecoder } from './predecoder.ts'
import type { Engine, ReferenceEngine } from './reference-engine.ts'
import { Across, State } from './state-layout.ts'
import { FAULT } from './translation.ts'
import type { Translator } from './translator/translator.ts'
import { ExceptionCause } from './trap.ts'

/** Compiled modules by what they depend on: all harts of a process share them. */
const modules = new Map<string, WebAssembly.Module>()

function interpreterModule(variant: InterpreterVariant): WebAssembly.Module {
  const key = `${variant.tlbArraySize} ${variant.translates}`
  let module = modules.get(key)
  if (module === undefined) {
    module = new WebAssembly.Module(buildInterpreter(variant))
    modules.set(key, module)
  }
  return module
}

/** How an interpreter has hot code translated. */
export interface Promotion {
  readonly translator: Translator
  /** At the first arrival, without delay. */
  readonly isEager: boolean
}

/** Of an instruction's 32 bits. */
const OPCODE = 0x7f
/** Opcode of CSR instructions, and bits of which one at least is set in them, and not in the others that have it. */
const CSR_OPCODE = 0x73
const CSR_FUNCTIONS = 0x3000

/** Continue with the next record. */
const GO_ON = 0
/** Read everything anew from the state block. */
const RELOAD = 1
/** Complete the instruction, then read everything anew. */
const CONTEXT_CHANGED = 2

/** The generated interpreter of one hart, and what it calls on its cold paths. */
export class InterpreterEngine implements Engine {
  readonly #run: () => void

  /** @param promotion - undefined: nothing is translated. */
  constructor(core: HartCore, reference: ReferenceEngine, promotion?: Promotion) {
    const { memory, state } = core
    const translator = promotion?.translator
    const isEager = promotion?.isEager === true
    const told = { steps: 0, interpreted: 0 }
    /** Tells the translator, which serves all harts, what this one has interpreted, and takes over what that changes. */
    const meet = (): void => {
      if (translator === undefined) return
      const { steps } = state
      const interpreted = steps - state.floats[State.translatedSteps >> 3]
      translator.hotness.executed(
        Math.max(0, steps - told.steps),
        Math.max(0, interpreted - told.interpreted),
      )
      told.steps = steps
      told.interpreted = interpreted
      state.words[State.promotionThreshold >> 2] = isEager ? 0 : translator.hotness.threshold
      state.words[State.arrivalsPeriod >> 2] = isEager ? 0 : translator.hotness.period
    }
    const variant = { tlbArraySize: memory.tlbLayout.arraySize, translates: promotion !== undefined }
    const instance = new WebAssembly.Instance(interpreterModule(variant), {
      host: {
        ...hostFunctions(core, reference),
        promote(record: number) {
          meet()
          translator?.promote(record, isEager)
        },
        memory: memory.memory,
        ...(translator !== undefined && { regions: translator.table, dispatch: translator.dispatch }),
      },
    })
    const { run } = instance.exports as unknown as InterpreterExports
    this.#run = () => {
      meet()
      const before = state.steps
      run(state.base)
      meet()
      translator?.tick(state.steps - before)
    }
  }

  run(): void {
    this.#run()
  }
}

function hostFunctions(core: HartCore, reference: ReferenceEngine): Omit<InterpreterImports, 'promote'> {
  const words = core.state.words
  const bytes = new DataView(core.memory.memory.buffer)
  const { translation } = core
  const { code } = core.memory
  const predecoder = new Predecoder(core.memory, core.instructions.extensions)
  const across = new AcrossEntries(core.state)
  const I_LEFT = State.left >> 2
  const I_PC = State.pc >> 2

  /** The exception has consumed the step. */
  const trapped = (): number => {
    core.settle(true)
    return RELOAD
  }
  /** The instruction is complete, `pc` is the next one's. */
  const moved = (): number => {
    words[I_LEFT]--
    core.settle(true)
    return RELOAD
  }
  /** A CSR instruction raises an exception: all that a hypervisor without help of the hart is asked to emulate. */
  const refuse = (cause: number): number => {
    words[State.trapValue >> 2] = bytes.getInt32(code.instructionOf(words[State.ip >> 2]), true)
    words[(State.trapValue >> 2) + 1] = 0
    core.takeException(cause)
    core.settle(true)
    return RELOAD
  }
  /** Whether a CSR instruction is beyond the mode's reach: outside of guests there is one exception for that. */
  const isBeyondReach = (word: number): boolean =>
    (word & OPCODE) === CSR_OPCODE &&
    (word & CSR_FUNCTIONS) !== 0 &&
    !core.virtual &&
    core.csrs.refusal(word >>> 20, false) !== ALLOWED
  const evaluate = (): number => {
    const linear = code.instructionOf(words[State.ip >> 2])
    const first = bytes.getUint16(linear, true)
    const long = (first & 3) === 3
    const low = words[I_PC]
    const high = words[I_PC + 1]
    const word = long ? bytes.getInt32(linear, true) : first
    if (isBeyondReach(word)) return refuse(ExceptionCause.illegalInstruction)
    translation.changed = false
    if (reference.evaluate(word)) return RELOAD
    const straight = words[I_PC] - low === (long ? 4 : 2) && words[I_PC + 1] === high
    if (translation.changed || !straight) return moved()
    core.settle(false)
    return GO_ON
  }
  return {
    evaluate,
    csr(number, action) {
      translation.changed = false
      core.inInstruction = 1
      const refusal = core.csrs.execute(number, action)
      core.inInstruction = 0
      if (refusal !== ALLOWED) return refuse(refusal)
      core.settle(false)
      return translation.changed ? CONTEXT_CHANGED : GO_ON
    },
    fence(address, asid) {
      translation.changed = false
      core.fenceTranslations(address !== 0, asid !== 0)
      core.settle(false)
      return translation.changed ? CONTEXT_CHANGED : GO_ON
    },
    environmentCall() {
      words[State.trapValue >> 2] = 0
      words[(State.trapValue >> 2) + 1] = 0
      const level = words[State.privilege >> 2]
      core.takeException(
        level === 1 && core.virtual
          ? ExceptionCause.environmentCallFromVS
          : ExceptionCause.environmentCallFromU + level,
      )
      core.settle(true)
    },
    returnFrom(level) {
      core.returnFrom(level === 1 ? 'S' : 'M')
      moved()
    },
    load(width) {
      if (!core.load(width)) return trapped()
      core.settle(false)
      return GO_ON
    },
    store(width) {
      if (!core.store(width)) return trapped()
      core.settle(false)
      return GO_ON
    },
    across() {
      const from = words[State.ip >> 2]
      const first = code.instructionOf(from)
      const low = (words[I_PC] + 2) | 0
      const high = low === 0 ? (words[I_PC + 1] + 1) | 0 : words[I_PC + 1]
      translation.changed = false
      const second = translation.fetch(low, high)
      if (second === FAULT) {
        core.fetchFailed(low, high)
        trapped()
        return 0
      }
      // For the second page the records of all others were dropped: those of the first are to be made again.
      if (translation.changed || code.recordsAt(first) === 0) return 0
      const at = across.placeOf(from)
      predecoder.decodeAcross(at, bytes.getUint16(first, true) | (bytes.getUint16(second, true) << 16))
      bytes.setInt32(at + Across.from, from, true)
      bytes.setInt32(at + Across.to, code.recordsAt(second), true)
      bytes.setInt32(at + Across.first, first, true)
      bytes.setInt32(at + Across.second, second, true)
      return at
    },
    fetch() {
      const low = words[I_PC]
      const high = words[I_PC + 1]
      translation.changed = false
      const linear = translation.fetch(low, high)
      if (linear === FAULT) {
        core.fetchFailed(low, high)
        return trapped()
      }
      if (translation.cacheable) return translation.changed ? RELOAD : GO_ON
      reference.stepAt(linear)
      return RELOAD
    },
    decode(record) {
      predecoder.decode(record)
    },
  }
}
