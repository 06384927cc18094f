import type { HartState } from './hart-state.ts'
import { State } from './state-layout.ts'

/**
 * The value of `time` as a function of what a hart has counted:
 *
 * ```text
 * units = start + (steps + before) * perStep + traps * perTrap + walkReferences * perWalkReference + fences * perFence
 * time  = floor(floor(min(units, most)) / perTick) + offset
 * ```
 *
 * Computed from the left to the right in double precision, but for the offset, which is added modulo 2^64. `traps` are steps
 * that did not retire an instruction: `steps - retired` of `HartCounters`.
 */
export interface CountedTime {
  /** In units of the embedder's, such as nanoseconds or cycles; so are the others, but for `before` and `offset`. */
  readonly start: number
  /** Steps. */
  readonly before: number
  readonly perStep: number
  readonly perTrap: number
  readonly perWalkReference: number
  readonly perFence: number
  readonly most: number
  readonly perTick: number
  /** Ticks. */
  readonly offset: bigint
}

/** Tells generated code what `time` is until it returns; undefined: it has to ask. */
export function tellTime(state: HartState, time: CountedTime | undefined): void {
  state.words[State.timeKnown >> 2] = time === undefined ? 0 : 1
  if (time === undefined) return
  const { floats } = state
  floats[State.timeStart >> 3] = time.start
  floats[State.timeBefore >> 3] = time.before
  floats[State.timePerStep >> 3] = time.perStep
  floats[State.timePerTrap >> 3] = time.perTrap
  floats[State.timePerWalkReference >> 3] = time.perWalkReference
  floats[State.timePerFence >> 3] = time.perFence
  floats[State.timeMost >> 3] = time.most
  floats[State.timePerTick >> 3] = time.perTick
  state.set64(State.timeOffset, time.offset)
}
