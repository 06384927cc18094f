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

/** Most steps between two looks at the host's clock: a fraction of a millisecond. */
const STEPS_PER_LOOK = 50_000

/** The host's time. */
export function wallClock(): Clock {
  const clock = { start: performance.now(), epoch: 0n }
  const reset = (): void => {
    clock.start = performance.now()
    clock.epoch = BigInt(Date.now()) * 1_000_000n
  }
  reset()
  return {
    get epoch() {
      return clock.epoch
    },
    elapsed: () => Math.floor((performance.now() - clock.start) * 1e6),
    advance() {},
    stepsUntil: () => STEPS_PER_LOOK,
    jumpTo: () => false,
    reset,
  }
}
