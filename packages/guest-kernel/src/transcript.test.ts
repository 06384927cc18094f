import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { expectedTranscript, parseTranscript, TranscriptReader } from './transcript.ts'
import { workloads } from './workloads.ts'

const golden = readFileSync(new URL('../test/golden/bench.txt', import.meta.url), 'utf8')
const pipe = workloads.find(({ name }) => name === 'pipe')!
const [sum, sum2] = pipe.checksums
const end = (name: string, checksum: string, expected: string, claim = 'ok') =>
  `@bench end ${name} checksum=${checksum} expected=${expected} ${claim}\n`
const good = `@bench begin pipe\n${end('pipe', sum!, sum!)}@bench done\n`

describe('the transcript of a whole run', () => {
  test('is the one that QEMU printed', () => {
    expect(expectedTranscript({ memoryBytes: 128 * 2 ** 20, bench: 'all' })).toBe(golden)
  })

  test('has every workload, all right', () => {
    const { results, ok } = parseTranscript(golden, 1)
    expect(ok).toBe(true)
    expect(results.map(({ name }) => name)).toEqual(workloads.map(({ name }) => name))
  })

  test('can be predicted for other runs', () => {
    const run = { memoryBytes: 32 * 2 ** 20, bench: ['pipe', 'pipe'], scale: 2, diskBytes: 1024 } as const
    const text = expectedTranscript(run)
    expect(text).toContain('memory 32 MiB, timebase 10000000 Hz\ndisk 2 sectors')
    expect(parseTranscript(text, 2)).toMatchObject({
      ok: true,
      results: [{ checksum: sum2 }, { checksum: sum2 }],
    })
  })

  test('cannot be predicted for what the guest refuses', () => {
    expect(() => expectedTranscript({ memoryBytes: 0, bench: 'all', scale: 9 })).toThrow(/scale 9/)
  })

  test('is not right at another scale', () => expect(parseTranscript(golden, 2).ok).toBe(false))

  test('reads the same with carriage returns and firmware noise before it', () => {
    const noisy = `OpenSBI v1.1\r\n\0\0\r\n${golden.replaceAll('\n', '\r\n')}`
    expect(parseTranscript(noisy, 1)).toEqual(parseTranscript(golden, 1))
  })

  test('reads the same byte by byte', () => {
    const reader = new TranscriptReader({}, 1)
    for (const byte of golden) reader.push(byte)
    expect(reader.transcript).toEqual(parseTranscript(golden, 1))
  })
})

describe('what is not a good run', () => {
  test.each([
    ['nothing at all', '', []],
    ['no workload', '@bench done\n', []],
    ['no end of the run', good.replace('@bench done\n', ''), ['ok']],
    ['a line that is cut off', good.slice(0, -1), ['ok']],
    ['a workload without an end', '@bench begin pipe\n', ['unfinished']],
    ['a workload that never ends before the run does', '@bench begin pipe\n@bench done\n', ['unfinished']],
    ['a workload that another one interrupts', `@bench begin getpid\n${good}`, ['unfinished', 'ok']],
    ['an admitted mismatch', good.replace(' ok', ' MISMATCH'), ['mismatch']],
    ['a claim that the checksums contradict', good.replace(sum!, '0'.repeat(16)), ['mismatch']],
    ['a wrong checksum that is expected', good.replaceAll(sum!, '0'.repeat(16)), ['mismatch']],
    ['an end without a begin', `${end('pipe', sum!, sum!)}@bench done\n`, ['mismatch']],
    ['an end of another workload', good.replace('begin pipe', 'begin make'), ['unfinished', 'mismatch']],
    ['an unknown workload', good.replaceAll('pipe', 'none'), ['mismatch']],
    ['a damaged end line', good.replace('checksum=', 'checksum'), ['unfinished']],
  ])('%s', (_name, text, statuses) => {
    const transcript = parseTranscript(text)
    expect(transcript.ok).toBe(false)
    expect(transcript.results.map(({ status }) => status)).toEqual(statuses)
  })
})

test('any known scale will do unless one is named', () => {
  const other = good.replaceAll(sum!, sum2!)
  expect(parseTranscript(other).ok).toBe(true)
  expect(parseTranscript(other, 2).ok).toBe(true)
  expect(parseTranscript(other, 1).ok).toBe(false)
})

test('a failure message is kept with its workload', () => {
  const text = `@bench begin pipe\nbench: fault at 10000\n${end('pipe', sum!, sum!, 'MISMATCH')}`
  expect(parseTranscript(text).results[0]).toMatchObject({
    status: 'mismatch',
    output: ['bench: fault at 10000'],
  })
})

test('events come when a line is complete, in order', () => {
  const seen: string[] = []
  const reader = new TranscriptReader({
    begin: (name) => seen.push(`begin ${name}`),
    end: ({ name, status }) => seen.push(`end ${name} ${status}`),
    done: () => seen.push('done'),
  })
  reader.push('@bench begin pipe')
  expect(seen).toEqual([])
  reader.push(good.slice('@bench begin pipe'.length))
  expect(seen).toEqual(['begin pipe', 'end pipe ok', 'done'])
})

test('a guest that prints without end costs no memory', () => {
  const reader = new TranscriptReader()
  reader.push('@bench begin pipe\n')
  for (let i = 0; i < 1000; i++) reader.push('x'.repeat(10_000))
  for (let i = 0; i < 1000; i++) reader.push('y\n')
  const [result] = reader.transcript.results
  expect(result!.output.length).toBeLessThanOrEqual(64)
  expect(result!.output[0]!.length).toBeLessThanOrEqual(1024)
})
