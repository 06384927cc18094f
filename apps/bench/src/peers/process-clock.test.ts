import { expect, test } from 'vitest'
import { processClock, processorTime } from './process-clock.ts'

test('processor time is that of user and system, whatever the program is called', () => {
  const behind = 'R 1 2 3 4 5 6 7 8 9 10 250 31 14 15'
  for (const name of ['node', 'a b', ') 1 (x']) expect(processorTime(`42 (${name}) ${behind}`)).toBe(2810)
})

test('the clock on the wall goes on', () => {
  const now = processClock('wall', undefined)
  const first = now()
  expect(now()).toBeGreaterThanOrEqual(first)
})

test.runIf(process.platform === 'linux')('the clock of a process counts its work, and stops with it', () => {
  const now = processClock('cpu', process.pid)
  const begun = now()
  for (const end = process.cpuUsage().user + 100_000; process.cpuUsage().user < end; );
  expect(now() - begun).toBeGreaterThan(50)
  expect(processClock('cpu', 2 ** 30)()).toBe(0)
})
