import { CheckedEmitter } from './checked-emitter.ts'
import { Emitter } from './emitter.ts'

/** Emitters kept for the next function; more are only in use while functions are defined inside each other. */
const MAX_IDLE = 4
/** Buffers beyond this size are not kept, in bytes. */
const MAX_KEPT_BUFFER = 1 << 20

const idleChecked: CheckedEmitter[] = []
const idleUnchecked: Emitter[] = []

/** An emitter for one function, with the buffer that an earlier function grew where there is one. */
export const takeEmitter = (validate: boolean): Emitter =>
  validate ? (idleChecked.pop() ?? new CheckedEmitter()) : (idleUnchecked.pop() ?? new Emitter())

/** Gives an emitter back when its function is finished or abandoned. */
export const returnEmitter = (emitter: Emitter): void => {
  if (emitter.out.bytes.length > MAX_KEPT_BUFFER) return
  const idle = emitter instanceof CheckedEmitter ? idleChecked : idleUnchecked
  if (idle.length < MAX_IDLE) idle.push(emitter as CheckedEmitter)
}
