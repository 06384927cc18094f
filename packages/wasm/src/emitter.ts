import { ByteWriter } from './byte-writer.ts'
import { Declarations } from './declarations.ts'
import { encoders, type Method } from './encoders.ts'
import type { Instruction } from './instructions/instruction.ts'
import { type InstructionMethods, instructions } from './instructions/table.ts'
import { Label } from './label.ts'
import {
  type BlockType,
  type FunctionIndex,
  type FunctionType,
  type Local,
  type ValueType,
  valueTypeByte,
} from './value-type.ts'
import { WasmBuildError } from './wasm-error.ts'

const BLOCK = 0x02
const LOOP = 0x03
const IF = 0x04
const ELSE = 0x05
const END = 0x0b
const I64_CONST = 0x42
const EMPTY_BLOCK = 0x40

/** V8 takes longer to set the length of an array, even of one that is empty. */
function empty(array: unknown[]): void {
  while (array.length > 0) array.pop()
}

/** The body of a block, loop or branch of an `if`, given the label that branches to it take. */
export type BlockBody = (label: Label) => void

/**
 * Emits the code of one function: locals, structured control flow, and one method per instruction (those come
 * from the table and are typed by {@link InstructionMethods}). Writes bytes at once; checks no types.
 */
export class Emitter {
  /** The bytes of the expression so far. */
  readonly out = new ByteWriter(1024)
  /** The locals that hold the function's parameters. */
  params: readonly Local[] = []
  /** The label of the whole function: branching to it returns. */
  body = new Label(0)
  /** The name of the function, for messages. */
  name = ''
  /** Names of locals, for the name section. */
  readonly localNames: [Local, string][] = []
  /** What the module declares. */
  protected declarations = new Declarations()
  /** Types of parameters and declared locals, by index. */
  protected readonly localTypes: ValueType[] = []
  /** Locals that were released, by type. */
  protected readonly freeLocals: Record<ValueType, Local[]> = {
    i32: [],
    i64: [],
    f32: [],
    f64: [],
    funcref: [],
    externref: [],
  }
  readonly #runTypes: ValueType[] = []
  readonly #runLengths: number[] = []
  readonly #runs = new ByteWriter(64)
  /** The open constructs, outermost first. */
  readonly #labels: Label[] = []

  /** Bytes emitted so far: where the next instruction starts, counted from the function's expression. */
  get offset(): number {
    return this.out.length
  }

  /** Starts a function; whatever the last one left is forgotten. */
  begin(declarations: Declarations, name: string, type: FunctionType): void {
    this.declarations = declarations
    this.name = name
    this.out.length = 0
    empty(this.localTypes)
    empty(this.localNames)
    empty(this.#runTypes)
    empty(this.#runLengths)
    empty(this.#labels)
    for (const valueType in this.freeLocals) empty(this.freeLocals[valueType as ValueType])
    for (const param of type.params) this.localTypes.push(param)
    this.params = type.params.map((_, index) => index as Local)
    this.body = this.#enter(false)
  }

  /** Ends the function and writes its entry of the code section. */
  finish(section: ByteWriter): void {
    if (this.#labels.length !== 1)
      throw new WasmBuildError(
        'block-unclosed',
        `function "${this.name}" ends with ${this.#labels.length - 1} open block(s): call end(label) for each, innermost first`,
      )
    this.out.u8(END)
    const runs = this.#runs
    runs.length = 0
    runs.u32(this.#runTypes.length)
    this.#runTypes.forEach((type, i) => {
      runs.u32(this.#runLengths[i])
      runs.u8(valueTypeByte[type])
    })
    section.u32(runs.length + this.out.length)
    section.append(runs.bytes, runs.length)
    section.append(this.out.bytes, this.out.length)
  }

  /**
   * A local of type `type`: one that was released, or a new one.
   *
   * A new local holds zero (or null); one that was released before holds what its last user left in it.
   * @param name - for the name section
   */
  local<T extends ValueType>(type: T, name?: string): Local<T> {
    const free = this.freeLocals[type].pop()
    if (free !== undefined) return free as Local<T>
    const local = (this.localTypes.push(type) - 1) as Local<T>
    const last = this.#runTypes.length - 1
    if (last >= 0 && this.#runTypes[last] === type) this.#runLengths[last]++
    else {
      this.#runTypes.push(type)
      this.#runLengths.push(1)
    }
    if (name !== undefined) this.localNames.push([local, name])
    return local
  }

  /** Gives a local back: {@link local} hands it out again. Its value must not be used any more. */
  release(local: Local): void {
    this.freeLocals[this.localTypes[local]].push(local)
  }

  /** `block ... end`: branches to the label go behind the end. */
  block(type: BlockType, body: BlockBody): void {
    const label = this.openBlock(type)
    body(label)
    this.end(label)
  }

  /** `loop ... end`: branches to the label go to the start. */
  loop(type: BlockType, body: BlockBody): void {
    const label = this.openLoop(type)
    body(label)
    this.end(label)
  }

  /** `if ... else ... end` on the `i32` operand: branches to the label go behind the end. */
  if(type: BlockType, whenTrue: BlockBody, whenFalse?: BlockBody): void {
    const label = this.openIf(type)
    whenTrue(label)
    if (whenFalse) {
      this.else(label)
      whenFalse(label)
    }
    this.end(label)
  }

  /** Opens a block; close it by {@link end}. */
  openBlock(type: BlockType = 'empty'): Label {
    return this.#open(BLOCK, type)
  }

  /** Opens a loop; close it by {@link end}. */
  openLoop(type: BlockType = 'empty'): Label {
    return this.#open(LOOP, type)
  }

  /** Opens an `if`; {@link else} may follow once, then {@link end}. */
  openIf(type: BlockType = 'empty'): Label {
    return this.#open(IF, type)
  }

  /** Starts the `else` branch of the `if` that `label` stands for. */
  else(label: Label): void {
    this.#requireInnermost('else', label)
    if (!label.elseAllowed)
      throw new WasmBuildError(
        'else-misplaced',
        `function "${this.name}": else needs an open if without an else`,
      )
    label.elseAllowed = false
    this.out.u8(ELSE)
  }

  /** Closes the innermost construct, which must be that of `label`. */
  end(label: Label): void {
    this.#requireInnermost('end', label)
    this.#labels.pop()
    this.out.u8(END)
  }

  /** `i64.const` of `high * 2^32 + low`, without a `bigint`; only the low 32 bits of each count. */
  i64ConstParts(low: number, high: number): void {
    this.out.u8(I64_CONST)
    this.out.s64(low, high)
  }

  /** How many constructs a branch to `label` leaves. */
  relativeDepth(label: Label): number {
    return this.#labels.length - 1 - label.level
  }

  /** Remembers that code holds a reference to a function, which the module must declare. */
  noteReference(target: FunctionIndex): void {
    this.declarations.referenced.add(target)
  }

  #open(opcode: number, type: BlockType): Label {
    if (type === 'empty') this.out.u8Pair(opcode, EMPTY_BLOCK)
    else {
      this.out.u8(opcode)
      this.#blockType(type)
    }
    return this.#enter(opcode === IF)
  }

  #enter(elseAllowed: boolean): Label {
    const label = new Label(this.#labels.length, elseAllowed)
    this.#labels.push(label)
    return label
  }

  #blockType(type: Exclude<BlockType, 'empty'>): void {
    if (typeof type === 'string') this.out.u8(valueTypeByte[type])
    else if (typeof type === 'number') this.out.s32(type)
    else if (type.params.length === 0 && type.results.length === 0) this.out.u8(EMPTY_BLOCK)
    else if (type.params.length === 0 && type.results.length === 1)
      this.out.u8(valueTypeByte[type.results[0]])
    else this.out.s32(this.declarations.typeIndex(type.params, type.results))
  }

  #requireInnermost(instruction: string, label: Label): void {
    const innermost = this.#labels[this.#labels.length - 1]
    if (label !== innermost || label.level === 0)
      throw new WasmBuildError(
        'label-not-innermost',
        `function "${this.name}": ${instruction} for a block at level ${label.level}, but the innermost open one is at level ${innermost.level}`,
      )
  }
}

for (const [name, instruction] of Object.entries(instructions))
  Object.defineProperty(Emitter.prototype, name, {
    value: methodFor(instruction as Instruction),
    writable: true,
    configurable: true,
  })

/** The method that emits a row of the table. */
function methodFor(instruction: Instruction): Method<never> {
  const encoder = encoders[instruction.immediate] as (instruction: Instruction) => Method<never>
  return encoder(instruction)
}

/**
 * The code of one function under construction: a method for each instruction, locals, blocks and labels.
 *
 * Obtained in the body callback of `ModuleBuilder.func` or `define`, and of no use after it returned.
 */
export type Code = Omit<
  Emitter,
  'out' | 'begin' | 'finish' | 'relativeDepth' | 'noteReference' | 'localNames'
> &
  InstructionMethods
