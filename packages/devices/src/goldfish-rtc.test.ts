import { expect, test } from 'vitest'
import { goldfishRtc } from './goldfish-rtc.ts'

const NOW = 0x1122_3344_5566_7788n

const setUp = () => {
  const clock = { now: NOW }
  const lines: boolean[] = []
  const rtc = goldfishRtc({ now: () => clock.now, interrupt: (on) => lines.push(on) })
  return {
    rtc,
    clock,
    lines,
    get: (offset: number) => rtc.read(offset, 4),
    set: (offset: number, value: number) => rtc.write(offset, 4, value),
    /** Sets the alarm as Linux does: high word, then low word. */
    alarm: (time: bigint) => {
      rtc.write(0x0c, 4, Number(time >> 32n))
      rtc.write(0x08, 4, Number(time & 0xffff_ffffn))
    },
  }
}

test('the low word latches the high word', () => {
  const { clock, get } = setUp()
  expect(get(0x04)).toBe(0)
  expect(get(0x00)).toBe(0x5566_7788)
  clock.now = 0x9999_0000_0000_0000n
  expect(get(0x04)).toBe(0x1122_3344)
})

test('an alarm goes off when its time has come, not before', () => {
  const { rtc, clock, lines, get, set, alarm } = setUp()
  set(0x10, 1)
  alarm(NOW + 100n)
  expect([get(0x18), rtc.nextDeadline(), get(0x08), get(0x0c)]).toEqual([
    1,
    NOW + 100n,
    0x5566_77ec,
    0x1122_3344,
  ])
  clock.now += 99n
  rtc.tick()
  expect(lines).toEqual([])
  clock.now += 1n
  rtc.tick()
  expect([lines, get(0x18), rtc.nextDeadline()]).toEqual([[true], 0, undefined])
  set(0x1c, 1)
  expect(lines).toEqual([true, false])
})

test('an alarm in the past goes off at once', () => {
  const { lines, set, alarm } = setUp()
  set(0x10, 1)
  alarm(NOW - 1n)
  expect(lines).toEqual([true])
})

test('an alarm is silent until interrupts are enabled', () => {
  const { lines, get, set, alarm } = setUp()
  alarm(NOW)
  expect([lines, get(0x10)]).toEqual([[], 0])
  set(0x10, 0xffff_ffff)
  expect([lines, get(0x10)]).toEqual([[true], 1])
  set(0x10, 0)
  expect(lines).toEqual([true, false])
})

test('an alarm can be called off', () => {
  const { rtc, clock, lines, get, set, alarm } = setUp()
  set(0x10, 1)
  alarm(NOW + 1n)
  set(0x14, 1)
  clock.now += 5n
  rtc.tick()
  expect([lines, get(0x18)]).toEqual([[], 0])
})

test('the guest can set the clock, and alarms follow it', () => {
  const { rtc, clock, get, set, alarm } = setUp()
  set(0x04, 0)
  set(0x00, 1000)
  clock.now += 5n
  expect([get(0x00), get(0x04)]).toEqual([1005, 0])
  alarm(1105n)
  expect(rtc.nextDeadline()).toBe(clock.now + 100n)
})

test('narrow accesses read 0 and do nothing', () => {
  const { rtc, get } = setUp()
  rtc.write(0x10, 1, 1)
  rtc.write(0x08, 2, 1)
  expect([rtc.read(0, 1), rtc.read(0, 2), get(0x10), get(0x18)]).toEqual([0, 0, 0, 0])
})

test('reset shows the time of the host and deasserts', () => {
  const { rtc, lines, get, set, alarm } = setUp()
  set(0x00, 0)
  set(0x10, 1)
  alarm(0n)
  rtc.reset()
  expect([lines, get(0x00), get(0x10), get(0x08)]).toEqual([[true, false], 0x5566_7788, 0, 0])
})
