import { workloads } from '@worldswitch/guest-kernel'
import { riscvModelled } from '@worldswitch/hypervisor'
import { describe, expect, test } from 'vitest'
import type { BenchOptions, BenchProgress } from './bench-options.ts'
import { runBench } from './run.ts'
import { fakeSubject, goodConsole, noGuest } from './test-subject.ts'

const pair = workloads.filter(({ name }) => name === 'null-call' || name === 'pipe')
const good = goodConsole(['null-call', 'pipe'])
const options = (over: Partial<BenchOptions>): BenchOptions => ({
  guest: noGuest,
  workloads: pair,
  subjects: [fakeSubject('bare', { console: () => good })],
  profile: riscvModelled,
  memory: 64 * 2 ** 20,
  warmUp: false,
  ...over,
})
const bare = () => fakeSubject('bare', { console: () => good })

describe('a bench of guests that do as they should', () => {
  test('measures from after the begin line to before the end line', async () => {
    const { workloads: results } = await runBench(options({}))
    expect(results.map(({ name }) => name)).toEqual(['boot', 'null-call', 'pipe'])
    // The fake retires 10 instructions for each byte, before the byte is out.
    expect(results[0].results[0].figures.instructions).toBe(('hello\n'.length + 1) * 10)
    expect(results[1].results[0].figures.instructions).toBe(10)
  })

  test('relates strategies to bare metal', async () => {
    const slow = fakeSubject('slow', { console: () => good, pace: () => 40 })
    const { workloads: results } = await runBench(options({ subjects: [bare(), slow] }))
    expect(results[1].results.map(({ slowdown }) => slowdown)).toEqual([1, 4])
    expect(results[1].results[1].wallRatio).toEqual({ median: 1, min: 1, max: 1 })
    expect(results[1].checksum).toBe(pair[0].checksums[0])
    expect(results[0]).not.toHaveProperty('checksum')
  })

  test('gives no ratios without bare metal', async () => {
    const { workloads: results } = await runBench(
      options({ subjects: [fakeSubject('slow', { console: () => good })] }),
    )
    expect(results[1].results[0]).not.toHaveProperty('slowdown')
    expect(results[1].results[0]).not.toHaveProperty('wallRatio')
  })

  test('tells what it does, and gives back what it took', async () => {
    const told: BenchProgress[] = []
    const subject = bare()
    await runBench(
      options({
        subjects: [subject],
        repetitions: 2,
        warmUp: true,
        onProgress: (progress) => told.push(progress),
      }),
    )
    expect(told.map((progress) => ('workload' in progress ? progress.workload : progress.kind))).toEqual([
      'warm-up',
      ...['start', 'null-call', 'pipe', 'end'],
      ...['start', 'null-call', 'pipe', 'end'],
    ])
    expect(subject.destroyed).toBe(3)
  })
})

test('a guest whose kernel tells what it found is compared by its results', async () => {
  const guest = { ...noGuest, sameConsole: 'results' } as const
  const other = fakeSubject('other', { console: () => `[ 0.1 ] other hardware\n${good}` })
  const report = await runBench(options({ guest, subjects: [bare(), other] }))
  expect(report).toMatchObject({ guest: 'none', strategies: ['bare', 'other'] })
})

test('what a guest does besides the workloads asked for is measured with none of them, and not told', async () => {
  const settled = `hello\n@bench begin timer\n${' '.repeat(50)}\n@bench end timer checksum=${'0'.repeat(16)} expected=${'0'.repeat(16)} ok\n${good.slice('hello\n'.length)}`
  const judge: typeof noGuest.judge = (name, ...rest) => name === 'timer' || noGuest.judge(name, ...rest)
  const told: string[] = []
  const report = await runBench(
    options({
      guest: { ...noGuest, judge },
      subjects: [fakeSubject('bare', { console: () => settled })],
      onProgress: (progress) => 'workload' in progress && told.push(progress.workload),
    }),
  )
  expect(told).toEqual(['null-call', 'pipe'])
  expect(report.workloads.map(({ name }) => name)).toEqual(['boot', 'null-call', 'pipe'])
  expect(report.workloads[1].results[0].figures.instructions).toBe(10)
})

const [right] = pair[0].checksums
const wrong = '0123456789abcdef'

describe('a bench has no result when', () => {
  test.each<[what: string, code: string, message: RegExp, over: Partial<BenchOptions>]>([
    ['no workload is selected', 'nothing-selected', /at least one workload/, { workloads: [] }],
    ['no strategy is selected', 'nothing-selected', /one strategy/, { subjects: [] }],
    ['repetitions are none', 'bad-option', /repetitions is 0/, { repetitions: 0 }],
    ['the scale is no whole number', 'bad-option', /scale is 1\.5/, { scale: 1.5 }],
    [
      'a checksum is wrong',
      'wrong-result',
      /null-call under bare computed 0123456789abcdef, not /,
      {
        subjects: [
          fakeSubject('bare', { console: () => good.replace(`checksum=${right}`, `checksum=${wrong}`) }),
        ],
      },
    ],
    [
      'a guest is content with a result that is not the known one',
      'wrong-result',
      /computed 0123456789abcdef, a result that is not the known one/,
      { subjects: [fakeSubject('bare', { console: () => good.replaceAll(right, wrong) })] },
    ],
    [
      'the guest stops early',
      'guest-stopped',
      /under bare stopped \(it powered off\) before pipe was done; its last words:\nhello/,
      { subjects: [fakeSubject('bare', { console: () => good.slice(0, good.indexOf('@bench end pipe')) })] },
    ],
    [
      'the guest never says that it is done',
      'guest-stopped',
      /before it said that it was done/,
      { subjects: [fakeSubject('bare', { console: () => good.replace('@bench done\n', '') })] },
    ],
    [
      'the guest never ends',
      'guest-stopped',
      /more steps than the limit/,
      { subjects: [fakeSubject('bare', { console: () => 'hello\n', endless: true })], limit: 1000 },
    ],
    [
      'counts differ between repetitions',
      'not-repeatable',
      /boot under bare: counts differ/,
      { subjects: [fakeSubject('bare', { console: () => good, pace: (run) => 10 + run })], repetitions: 2 },
    ],
    [
      'the console differs between strategies',
      'console-differs',
      /line 1\n {2}bare \(repetition 1\): "hello"\n {2}other \(repetition 1\): "hullo"/,
      { subjects: [bare(), fakeSubject('other', { console: () => good.replace('hello', 'hullo') })] },
    ],
    [
      'one console goes on',
      'console-differs',
      /bare \(repetition 1\): "" *\n {2}other \(repetition 1\): "more"/,
      { subjects: [bare(), fakeSubject('other', { console: () => `${good}more\n` })] },
    ],
    ['it is stopped', 'aborted', /stopped/, { signal: AbortSignal.abort() }],
  ])('%s', async (_what, code, message, over) => {
    await expect(runBench(options(over))).rejects.toMatchObject({
      name: 'BenchError',
      code,
      message: expect.stringMatching(message),
    })
  })
})
