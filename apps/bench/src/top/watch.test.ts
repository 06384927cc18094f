import { describe, expect, test } from 'vitest'
import { type Sample, Sampler } from './sample.ts'
import { FakeHost, HERTZ } from './test-machine.ts'
import { type WatchOptions, watch } from './watch.ts'

const watching = async (host: FakeHost, over: Partial<WatchOptions> = {}) => {
  const shown: Sample[] = []
  const paced: number[] = []
  const end = await watch({
    run: host.run,
    cycles: () => host.cycles,
    sampler: new Sampler(host.watched, HERTZ, host.cycles),
    interval: HERTZ / 10,
    samples: Number.POSITIVE_INFINITY,
    show: (sample) => shown.push(sample),
    breathe: async () => {},
    pace: async (passed) => paced.push(passed),
    signal: new AbortController().signal,
    ...over,
  })
  return { end, shown, paced }
}

describe('a watch', () => {
  test('shows what happened in each interval, and in the last one, which is shorter', async () => {
    const { end, shown, paced } = await watching(new FakeHost(HERTZ / 4))
    expect(end).toBe('ended')
    expect(shown.map(({ time, seconds }) => [time, seconds])).toEqual([
      [0.1, 0.1],
      [0.2, 0.1],
      [0.25, 0.05],
    ])
    expect(shown.map(({ vms }) => vms.map((vm) => [vm.state, vm.exits.mmioWrite, vm.instructions]))).toEqual([
      [
        ['running', 100, 0],
        ['running', 0, 100_000],
      ],
      [
        ['running', 100, 0],
        ['running', 0, 100_000],
      ],
      [
        ['poweroff', 50, 0],
        ['poweroff', 0, 50_000],
      ],
    ])
    // Nobody waits after the end.
    expect(paced).toEqual([HERTZ / 10, HERTZ / 5])
  })

  test('says which part of the time each machine had the hart', async () => {
    const { shown } = await watching(new FakeHost(), { samples: 1 })
    expect(shown[0]!.vms[1]!.share).toBeCloseTo(0.001)
  })

  test('ends after so many samples', async () => {
    const host = new FakeHost()
    expect(await watching(host, { samples: 3 })).toMatchObject({ end: 'enough', shown: { length: 3 } })
    expect(host.cycles).toBe(0.3 * HERTZ)
  })

  test('ends where everything waits for something that does not come', async () => {
    const host = new FakeHost()
    const { end, shown } = await watching(host, { run: () => 'idle' })
    expect([end, shown.length, shown[0]!.seconds]).toEqual(['idle', 1, 0])
  })

  test('is stopped in the middle of an interval, and shows nothing more', async () => {
    const stop = new AbortController()
    let breaths = 0
    const { end, shown } = await watching(new FakeHost(), {
      breathe: async () => ++breaths === 30 && stop.abort(),
      signal: stop.signal,
    })
    // 20 breaths an interval.
    expect([end, shown.length]).toEqual(['stopped', 1])
  })
})
