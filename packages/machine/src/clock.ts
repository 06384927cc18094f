import type { CountedTime } from '@worldswitch/cpu'
import { hostNow } from './host-time.ts'

/** Nanoseconds of a tick: the timebase runs at 10 MHz. */
export const NANOSECONDS_PER_TICK = 100

/** A machine's time, in nanoseconds since power-on. */
export interface Clock {
  /** Nanoseconds since power-on: an integer that never falls. */
  elapsed(): number
  /** Nanoseconds since 1970 at power-on, for the real-time clock. */
  readonly epoch: bigint
  /** A hart has executed so many steps. */
  advance(steps: number): void
  /** Steps that may be executed before `deadline` (nanoseconds since power-on) has to be looked at. */
  stepsUntil(deadline: number): number
  /**
   * Nanoseconds as a function of a hart's steps while it executes; undefined if they are none.
   *
   * @param from - its steps when it began.
   */
  counted(from: number): Omit<CountedTime, 'perTick' | 'offset'> | undefined
  /** All harts wait: goes to `deadline` at once, if this clock can. */
  jumpTo(deadline: number): boolean
  /** Power-on again. */
  reset(): void
}

/**
 * Deadlines at or after this (104 days) are never reached: beyond it a `number` does not count single nanoseconds. The
 * virtual clock, which a guest can send there with one timer, stands still at it.
 */
export const HORIZON = 2 ** 53

/** Real-time clock at power-on under the virtual clock: 2025-01-01T00:00:00Z. */
const VIRTUAL_EPOCH = 1_735_689_600_000_000_000n

/** Steps per second of the virtual clock unless somebody says otherwise: one a nanosecond. */
export const VIRTUAL_HERTZ = 1_000_000_000

/** From a count of steps to the next: one, as long as a `number` counts singly. */
const spacing = (count: number): number => Math.max(1, count * 2 ** -52)

/**
 * Time as a function of the steps executed: each takes the same time, whichever hart executes it, and waiting takes
 * none. The same run sees the same times.
 *
 * @param running - steps of the call that a hart is in at the moment; they are not yet given to `advance`.
 * @param hertz - steps per second.
 */
export function virtualClock(running: () => number, hertz = VIRTUAL_HERTZ): Clock {
  const step = VIRTUAL_HERTZ / hertz
  /** Time of the last jump, and the steps since: a product of whole steps rounds the same however they were sliced. */
  let base = 0
  let since = 0
  const timeAt = (steps: number): number => Math.min(HORIZON, Math.floor(base + steps * step))
  /** The first step since the last jump at which `deadline` has come. */
  const stepOf = (deadline: number): number => {
    let first = Math.max(0, Math.ceil((deadline - base) / step))
    while (first > 0 && timeAt(first - spacing(first)) >= deadline) first -= spacing(first)
    while (timeAt(first) < deadline) first += spacing(first)
    return first
  }
  return {
    epoch: VIRTUAL_EPOCH,
    elapsed: () => timeAt(since + running()),
    advance(steps) {
      since += steps
    },
    stepsUntil: (deadline) =>
      deadline >= HORIZON ? Number.POSITIVE_INFINITY : Math.max(0, stepOf(deadline) - since),
    counted: (from) => ({
      start: base,
      before: since - from,
      perStep: step,
      perTrap: 0,
      perWalkReference: 0,
      perFence: 0,
      most: HORIZON,
    }),
    jumpTo(deadline) {
      if (deadline > timeAt(since)) {
        base = deadline
        since = 0
      }
      return true
    },
    reset() {
      base = 0
      since = 0
    },
  }
}

/** Nanoseconds between two looks at the host's clock when a timer is near: so late may it be. */
const LOOK_PERIOD = 200_000
/** Nanoseconds between two looks at most, when none is near. */
const LONGEST_PERIOD = 500_000
/** Nanoseconds of execution after which its speed is known anew: hosts tell the time in tenths of a millisecond at worst. */
const SPEED_PERIOD = 2_000_000
/** Steps between two looks: of a timer that is near, and of code that is suddenly slow. */
const LEAST_STEPS = 1000
const MOST_STEPS = 1_000_000
/** Steps a nanosecond, before anything was executed. */
const FIRST_SPEED = 0.1

/**
 * The host's time.
 *
 * @param now - milliseconds of a clock of the host that never falls.
 */
export function wallClock(now: () => number = hostNow): Clock {
  const clock = { start: now(), epoch: 0n }
  let speed = FIRST_SPEED
  let began = 0
  let executed = 0
  let took = 0
  const elapsed = (): number => Math.floor((now() - clock.start) * 1e6)
  const reset = (): void => {
    clock.start = now()
    clock.epoch = BigInt(Date.now()) * 1_000_000n
    began = 0
  }
  reset()
  return {
    get epoch() {
      return clock.epoch
    },
    elapsed,
    advance(steps) {
      executed += steps
      took += elapsed() - began
      if (took < SPEED_PERIOD) return
      speed = executed / took
      executed = 0
      took = 0
    },
    stepsUntil(deadline) {
      began = elapsed()
      const left = deadline - began
      const period = Math.min(Math.max(left / 2, LOOK_PERIOD), LONGEST_PERIOD)
      const steps = Math.floor(Math.min(period, left) * speed)
      return Math.min(Math.max(steps, LEAST_STEPS), MOST_STEPS)
    },
    counted: () => undefined,
    jumpTo: () => false,
    reset,
  }
}
