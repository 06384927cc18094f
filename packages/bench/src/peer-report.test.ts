import { describe, expect, test } from 'vitest'
import { type PeerMeasurements, type PeerTiming, type PeerWorkload, peersReport } from './peer-report.ts'

const machine = { name: 'ours', version: '1' }
const qemu = { name: 'qemu', version: '7.2' }
const other = { name: 'other', version: '2' }

const workload = (name: string, group: PeerWorkload['group'] = 'integer'): PeerWorkload => ({
  name,
  title: name.toUpperCase(),
  group,
})

const timings = (name: string, on: string, ...milliseconds: number[]): PeerTiming[] =>
  milliseconds.map((time, turn) => ({ workload: name, machine: on, turn, milliseconds: time }))

const one: PeerMeasurements = {
  time: 'wall',
  machine,
  peers: [qemu],
  workloads: [workload('sort')],
  timings: [...timings('sort', 'ours', 10, 40, 20), ...timings('sort', 'qemu', 30, 40, 10)],
}

describe('a comparison', () => {
  test('has medians and ranges of times, and of the ratios turn by turn', () => {
    const { runs, workloads } = peersReport(one)
    expect(runs).toBe(3)
    expect(workloads).toEqual([
      {
        ...workload('sort'),
        milliseconds: { median: 20, min: 10, max: 40 },
        peers: [
          {
            peer: 'qemu',
            milliseconds: { median: 30, min: 10, max: 40 },
            // Not 30 / 20: what slowed the host down in one turn slowed both down.
            ratio: { median: 1, min: 0.5, max: 3 },
          },
        ],
      },
    ])
  })

  test('does not depend on the order of the timings', () => {
    expect(peersReport({ ...one, timings: [...one.timings].reverse() })).toEqual(peersReport(one))
  })

  test('has a geometric mean of integer programs only, for each peer', () => {
    const { integerMeans } = peersReport({
      time: 'cpu',
      machine,
      peers: [qemu, other],
      workloads: [workload('sort'), workload('crc'), workload('float', 'float'), workload('pipe', 'linux')],
      timings: ['sort', 'crc', 'float', 'pipe'].flatMap((name, index) => [
        ...timings(name, 'ours', 10),
        ...timings(name, 'qemu', [20, 80, 7, 900][index]),
        ...timings(name, 'other', 10),
      ]),
    })
    expect(integerMeans).toEqual([
      { peer: 'qemu', ratio: 4, workloads: 2 },
      { peer: 'other', ratio: 1, workloads: 2 },
    ])
  })

  test('has no mean without integer programs', () => {
    expect(peersReport({ ...one, workloads: [workload('sort', 'float')] }).integerMeans).toEqual([])
  })
})

test.each<[string, Partial<PeerMeasurements>, string]>([
  ['no workload', { workloads: [] }, 'nothing-selected'],
  ['no peer', { peers: [] }, 'nothing-selected'],
  ['no turn', { timings: [] }, 'nothing-selected'],
  ['a turn that one machine did not take', { timings: one.timings.slice(0, -1) }, 'bad-option'],
  [
    'a time of zero',
    { timings: [...timings('sort', 'ours', 0), ...timings('sort', 'qemu', 1)] },
    'bad-option',
  ],
])('%s is refused', (_what, change, code) => {
  expect(() => peersReport({ ...one, ...change })).toThrow(expect.objectContaining({ code }))
})
