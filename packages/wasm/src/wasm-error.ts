/** Why {@link WasmTypeError} was thrown. */
export type WasmTypeErrorCode =
  | 'operand-missing'
  | 'operand-type'
  | 'operands-left'
  | 'unknown-local'
  | 'unknown-label'
  | 'unknown-function'
  | 'unknown-type'
  | 'unknown-global'
  | 'unknown-table'
  | 'unknown-memory'
  | 'unknown-data'
  | 'unknown-element'
  | 'immutable-global'
  | 'alignment'
  | 'immediate-range'
  | 'label-types'
  | 'tail-call-results'
  | 'else-missing'

/** Where in which function a wrong instruction was to be emitted. */
export interface WasmTypeErrorPlace {
  /** The function's name. */
  readonly functionName: string
  /** The instruction in the text format's spelling, such as `i32.add`. */
  readonly instruction: string
  /** Bytes between the start of the function's expression and the instruction. */
  readonly offset: number
}

/** An instruction that WebAssembly's validation would refuse; thrown by the call that tried to emit it. */
export class WasmTypeError extends Error implements WasmTypeErrorPlace {
  override readonly name = 'WasmTypeError'
  readonly code: WasmTypeErrorCode
  readonly functionName: string
  readonly instruction: string
  readonly offset: number

  constructor(code: WasmTypeErrorCode, place: WasmTypeErrorPlace, details: string) {
    super(`${place.instruction} at byte ${place.offset} of function "${place.functionName}": ${details}`)
    this.code = code
    this.functionName = place.functionName
    this.instruction = place.instruction
    this.offset = place.offset
  }
}

/** Why {@link WasmBuildError} was thrown. */
export type WasmBuildErrorCode =
  | 'import-after-definition'
  | 'function-undefined'
  | 'function-already-defined'
  | 'function-unknown'
  | 'block-unclosed'
  | 'label-not-innermost'
  | 'else-misplaced'
  | 'local-already-free'
  | 'second-memory'
  | 'duplicate-export'
  | 'start-signature'
  | 'limits'
  | 'constant'

/** A module that was put together in a way that cannot be encoded; the message says what to do instead. */
export class WasmBuildError extends Error {
  override readonly name = 'WasmBuildError'
  readonly code: WasmBuildErrorCode

  constructor(code: WasmBuildErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
