import type { Declarations } from './declarations.ts'
import { Emitter } from './emitter.ts'
import { immediateChecks, typingRules } from './instruction-typing.ts'
import type { Instruction } from './instructions/instruction.ts'
import { instructions } from './instructions/table.ts'
import type { Label } from './label.ts'
import type { BlockType, FunctionType, Local, ValueType } from './value-type.ts'
import { WasmBuildError, WasmTypeError, type WasmTypeErrorCode } from './wasm-error.ts'

/** A type on the operand stack; `unknown` is what unreachable code may take for any type. */
export type OperandType = ValueType | 'unknown'

interface Frame {
  readonly label: Label
  readonly type: FunctionType
  /** What a branch to the label takes: results, or the parameters of a loop. */
  readonly branchTypes: readonly ValueType[]
  /** An `if` without an `else` so far. */
  elseMissing: boolean
  /** Operands below this construct's own. */
  readonly height: number
  unreachable: boolean
}

const emptyType: FunctionType = { params: [], results: [] }

const singleResult: Record<ValueType, FunctionType> = {
  i32: { params: [], results: ['i32'] },
  i64: { params: [], results: ['i64'] },
  f32: { params: [], results: ['f32'] },
  f64: { params: [], results: ['f64'] },
  funcref: { params: [], results: ['funcref'] },
  externref: { params: [], results: ['externref'] },
}

/**
 * An emitter that validates every instruction before it emits it.
 *
 * @see WebAssembly core specification, appendix "Validation Algorithm"
 */
export class CheckedEmitter extends Emitter {
  /** The instruction that is being checked, for messages. */
  at = 'function'
  /** The types that the function returns. */
  resultTypes: readonly ValueType[] = []
  readonly #operands: OperandType[] = []
  readonly #frames: Frame[] = []

  /** What the module declares. */
  get module(): Declarations {
    return this.declarations
  }

  override begin(declarations: Declarations, name: string, type: FunctionType): void {
    super.begin(declarations, name, type)
    this.resultTypes = type.results
    this.#operands.length = 0
    this.#frames.length = 0
    this.#enter(this.body, { params: [], results: type.results }, type.results, false)
  }

  override finish(...section: Parameters<Emitter['finish']>): void {
    if (this.#frames.length === 1) {
      this.at = 'end'
      this.#closeFrame()
    }
    super.finish(...section)
  }

  override release(local: Local): void {
    this.at = 'release'
    const type = this.localTypes[local]
    if (type === undefined) this.fail('unknown-local', `there is no local ${local}`)
    if (this.freeLocals[type].includes(local))
      throw new WasmBuildError(
        'local-already-free',
        `function "${this.name}": local ${local} was released twice`,
      )
    super.release(local)
  }

  override openBlock(type: BlockType = 'empty'): Label {
    const signature = this.#signature('block', type)
    this.popAll(signature.params)
    return this.#enter(super.openBlock(type), signature, signature.results, false)
  }

  override openLoop(type: BlockType = 'empty'): Label {
    const signature = this.#signature('loop', type)
    this.popAll(signature.params)
    return this.#enter(super.openLoop(type), signature, signature.params, false)
  }

  override openIf(type: BlockType = 'empty'): Label {
    const signature = this.#signature('if', type)
    this.pop('i32')
    this.popAll(signature.params)
    return this.#enter(super.openIf(type), signature, signature.results, true)
  }

  override else(label: Label): void {
    const frame = this.#innermost
    if (frame.label === label && frame.elseMissing) {
      this.at = 'else'
      this.#closeFrame()
      frame.elseMissing = false
      frame.unreachable = false
      this.pushAll(frame.type.params)
    }
    super.else(label)
  }

  override end(label: Label): void {
    const frame = this.#innermost
    if (frame.label === label && this.#frames.length > 1) {
      this.at = 'end'
      this.#closeFrame()
      const { params, results } = frame.type
      if (
        frame.elseMissing &&
        (params.length !== results.length || params.some((param, i) => param !== results[i]))
      )
        this.fail(
          'else-missing',
          `the if turns [${params.join(' ')}] into [${results.join(' ')}] and so needs an else`,
        )
      this.#frames.pop()
      this.pushAll(results)
    }
    super.end(label)
  }

  override i64ConstParts(low: number, high: number): void {
    this.push('i64')
    super.i64ConstParts(low, high)
  }

  /** The type of a local, if there is such a local. */
  localType(local: Local): ValueType | undefined {
    return this.localTypes[local]
  }

  /** Refuses a label that is not open, or of another function. */
  requireLabel(label: Label): void {
    if (this.#frames[label.level]?.label !== label)
      this.fail('unknown-label', "the label's block is not open here: branch only from inside of it")
  }

  /** What a branch to `label` takes. */
  branchTypes(label: Label): readonly ValueType[] {
    return this.#frames[label.level].branchTypes
  }

  push(type: OperandType): void {
    this.#operands.push(type)
  }

  pushAll(types: readonly ValueType[]): void {
    for (let i = 0; i < types.length; i++) this.#operands.push(types[i])
  }

  popAny(): OperandType {
    const frame = this.#innermost
    if (this.#operands.length > frame.height) return this.#operands.pop()!
    if (!frame.unreachable) this.fail('operand-missing', 'the operand stack of this block is empty')
    return 'unknown'
  }

  pop(expected: ValueType): void {
    const frame = this.#innermost
    if (this.#operands.length > frame.height) {
      const actual = this.#operands.pop()!
      if (actual !== expected && actual !== 'unknown')
        this.fail('operand-type', `needs ${expected}, found ${actual}`)
    } else if (!frame.unreachable)
      this.fail('operand-missing', `needs ${expected}, but the operand stack of this block is empty`)
  }

  /** Pops operands of these types, the last one first. */
  popAll(types: readonly ValueType[]): void {
    for (let i = types.length - 1; i >= 0; i--) this.pop(types[i])
  }

  /** Checks that operands of these types are on the stack, and leaves them as they are. */
  peekAll(types: readonly ValueType[]): void {
    const { height } = this.#innermost
    const kept = this.#operands.slice(Math.max(height, this.#operands.length - types.length))
    this.popAll(types)
    this.#operands.push(...kept)
  }

  /** What follows, up to the end of the block, is not executed: it may take any operands. */
  leave(): void {
    const frame = this.#innermost
    this.#operands.length = frame.height
    frame.unreachable = true
  }

  /** Refuses the instruction at hand. */
  fail(code: WasmTypeErrorCode, details: string): never {
    throw new WasmTypeError(
      code,
      { functionName: this.name, instruction: this.at, offset: this.offset },
      details,
    )
  }

  get #innermost(): Frame {
    return this.#frames[this.#frames.length - 1]
  }

  #signature(instruction: string, type: BlockType): FunctionType {
    this.at = instruction
    if (type === 'empty') return emptyType
    if (typeof type === 'string') return singleResult[type]
    if (typeof type === 'object') return type
    const known = this.declarations.types[type]
    return known ?? this.fail('unknown-type', `there is no type ${type}`)
  }

  #enter(label: Label, type: FunctionType, branchTypes: readonly ValueType[], elseMissing: boolean): Label {
    this.#frames.push({
      label,
      type,
      branchTypes,
      elseMissing,
      height: this.#operands.length,
      unreachable: false,
    })
    this.pushAll(type.params)
    return label
  }

  /** Takes the results of the innermost construct; nothing else may be left. */
  #closeFrame(): void {
    const { type, height } = this.#innermost
    this.popAll(type.results)
    const left = this.#operands.slice(height)
    if (left.length > 0)
      this.fail('operands-left', `[${left.join(' ')}] is left on the operand stack besides the results`)
  }
}

for (const [name, instruction] of Object.entries(instructions))
  Object.defineProperty(CheckedEmitter.prototype, name, {
    value: checkedMethodFor(name, instruction as Instruction),
    writable: true,
    configurable: true,
  })

/** The method that checks and emits a row of the table. */
function checkedMethodFor(name: string, instruction: Instruction) {
  type Anything = (...immediates: unknown[]) => void
  const emit = (Emitter.prototype as unknown as Record<string, Anything>)[name]
  const checkImmediates = immediateChecks[instruction.immediate] as Anything
  const { operands, results } = instruction
  const rule: Anything | undefined =
    instruction.typing === 'dependent'
      ? (typingRules as unknown as Record<string, Anything>)[name]
      : undefined
  return function (this: CheckedEmitter, first: unknown, second: unknown): void {
    this.at = instruction.name
    checkImmediates(this, instruction, first, second)
    if (rule) rule(this, first, second)
    else {
      this.popAll(operands)
      this.pushAll(results)
    }
    emit.call(this, first, second)
  }
}
