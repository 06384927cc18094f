import { describe, expect, test } from 'vitest'
import { HORIZON, virtualClock, wallClock } from './clock.ts'

describe.each([1e9, 3.8e9, 2.5e9, 1e6, 1e11, 999_999_937])('a virtual clock of %d Hz', (hertz) => {
  test('a deadline has come at the step that was told, and not one before', () => {
    const clock = virtualClock(() => 0, hertz)
    for (const deadline of [100, 12_345, 1_000_000, 2 ** 40 + 1, 2 ** 45 + 1]) {
      const steps = clock.stepsUntil(deadline)
      clock.advance(steps - 1)
      expect(clock.elapsed()).toBeLessThan(deadline)
      clock.advance(1)
      expect(clock.elapsed()).toBeGreaterThanOrEqual(deadline)
      expect(clock.stepsUntil(deadline)).toBe(0)
      clock.reset()
    }
  })

  test('how steps are sliced does not matter, nor does a jump forget or go back', () => {
    const whole = virtualClock(() => 0, hertz)
    const sliced = virtualClock(() => 0, hertz)
    for (const clock of [whole, sliced]) clock.jumpTo(2 ** 41 + 3)
    whole.advance(1_000_003)
    for (let i = 0; i < 1_000_003; i += 7) sliced.advance(Math.min(7, 1_000_003 - i))
    expect(sliced.elapsed()).toBe(whole.elapsed())
    whole.jumpTo(5)
    expect(whole.elapsed()).toBe(sliced.elapsed())
  })

  test('a deadline beyond what it counts singly is reached all the same', () => {
    const clock = virtualClock(() => 0, hertz)
    clock.advance(clock.stepsUntil(HORIZON - 2))
    expect(clock.elapsed()).toBeGreaterThanOrEqual(HORIZON - 2)
  })

  test('at its end it stands still', () => {
    const clock = virtualClock(() => 0, hertz)
    clock.jumpTo(HORIZON - 1)
    clock.advance(1e13)
    expect(clock.elapsed()).toBe(HORIZON)
    expect(clock.stepsUntil(HORIZON)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the wall clock', () => {
  /** A host on which steps take `nanoseconds` each, and whose clock shows multiples of `grain` milliseconds. */
  const host = (nanoseconds: number, grain = 0) => {
    const state = { time: 5, nanoseconds }
    const clock = wallClock(() => (grain === 0 ? state.time : Math.floor(state.time / grain) * grain))
    const execute = (steps: number): void => {
      state.time += (steps * state.nanoseconds) / 1e6
      clock.advance(steps)
    }
    return { clock, state, execute }
  }
  const LATER = 1e12

  test.each([
    [1, 0],
    [10, 0],
    [10, 0.1],
    [1, 0.1],
    [100, 0.005],
  ])(
    'steps of %d ns, shown by %d ms: looks about every half of a millisecond while no timer is near',
    (nanoseconds, grain) => {
      const { clock, execute } = host(nanoseconds, grain)
      for (let i = 0; i < 500; i++) execute(clock.stepsUntil(LATER))
      const period = clock.stepsUntil(LATER) * nanoseconds
      expect(period).toBeGreaterThan(400_000)
      expect(period).toBeLessThan(1_200_000)
    },
  )

  test('a deadline that is nearer is not missed by more than some microseconds', () => {
    const { clock, execute } = host(1)
    for (let i = 0; i < 500; i++) execute(clock.stepsUntil(LATER))
    const deadline = clock.elapsed() + 70_000
    execute(clock.stepsUntil(deadline))
    expect(Math.abs(clock.elapsed() - deadline)).toBeLessThanOrEqual(1000)
  })

  test('the nearer a deadline, the more often it looks', () => {
    const { clock, execute } = host(1)
    for (let i = 0; i < 500; i++) execute(clock.stepsUntil(LATER))
    const periodBefore = (left: number): number => clock.stepsUntil(clock.elapsed() + left)
    for (const [left, period] of [
      [4_000_000, 500_000],
      [800_000, 400_000],
      [300_000, 200_000],
      [150_000, 150_000],
    ])
      expect(periodBefore(left) / period).toBeCloseTo(1, 1)
  })

  test('what becomes slow is noticed after some looks that come late', () => {
    const { clock, state, execute } = host(1)
    for (let i = 0; i < 500; i++) execute(clock.stepsUntil(LATER))
    state.nanoseconds = 100
    for (let i = 0; i < 3; i++) execute(clock.stepsUntil(LATER))
    expect(clock.stepsUntil(LATER) * 100).toBeLessThan(1_200_000)
  })

  test('waiting does not count as execution, nor does a deadline that has passed stop it', () => {
    const { clock, state, execute } = host(10)
    for (let i = 0; i < 500; i++) execute(clock.stepsUntil(LATER))
    const usual = clock.stepsUntil(LATER)
    state.time += 60_000
    for (let i = 0; i < 500; i++) execute(clock.stepsUntil(LATER))
    expect(clock.stepsUntil(LATER)).toBe(usual)
    expect(clock.stepsUntil(0)).toBeGreaterThan(0)
  })
})
