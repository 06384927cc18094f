import { computePrograms } from '@worldswitch/compute-programs'
import { describe, expect, test } from 'vitest'
import { linuxWorkloads } from './linux-jobs.ts'
import { comparable, selection } from './selection.ts'
import { vsWorkloads } from './vs-jobs.ts'

const programs = computePrograms.map(({ name }) => name)
const linux = linuxWorkloads('linux').map(({ name }) => name)
const vs = vsWorkloads.map(({ name }) => name)

describe('a selection', () => {
  test.each([
    [undefined, programs, linux, vs],
    ['all', programs, linux, vs],
    ['programs', programs, [], []],
    ['linux', [], linux, []],
    ['vs', [], [], vs],
    ['vs-pipe,vs-call,linux-boot', [], ['linux-boot'], ['vs-call', 'vs-pipe']],
    ['crc, sort', ['sort', 'crc'], [], []],
    ['linux-pipe,float', ['float'], ['linux-pipe'], []],
    ['sort,programs', programs, [], []],
  ])('%s', (only, ...chosen) => {
    expect(selection(only)).toEqual({ programs: chosen[0], linux: chosen[1], vs: chosen[2] })
  })

  test.each([
    ['sorte', "no workload is named 'sorte'; did you mean sort"],
    ['pipe', 'did you mean linux-pipe or vs-pipe?'],
    [',', 'name at least one workload'],
  ])('%s is refused', (only, message) => expect(() => selection(only)).toThrow(message))
})

test('no two things that can be compared have one name', () => {
  const names = comparable.map(([name]) => name)
  expect(new Set(names).size).toBe(names.length)
})

test('what the bench is about can be compared: calls, processes, pages, computing and the boot', () => {
  for (const name of ['boot', 'compute', 'float', 'getpid', 'pipe', 'fork', 'fork-exec', 'mmap']) {
    expect(linux).toContain(`linux-${name}`)
    expect(vs).toContain(`vs-${name}`)
  }
})
