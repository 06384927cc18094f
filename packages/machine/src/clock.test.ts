import { describe, expect, test } from 'vitest'
import { HORIZON, virtualClock } from './clock.ts'

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
