import { expect, test } from 'vitest'
import { compare } from './compare.ts'
import type { Job } from './job.ts'
import type { Peer } from './peer.ts'
import { peersText } from './peers-text.ts'

const machine = (name: string, milliseconds: number): Peer => ({
  name,
  title: name,
  version: async () => `${name} 1.0`,
  command: () => ({
    file: process.execPath,
    args: ['-e', `console.log('begin'); setTimeout(() => console.log('end'), ${milliseconds})`],
  }),
})

const job = (name: string, group: 'integer' | 'linux'): Job => ({
  label: name,
  task: { kernel: '/k', bootargs: '', memory: 2 ** 20 },
  spans: [{ name, title: name, group, begin: 'begin', end: 'end' }],
  seconds: 20,
  check: () => undefined,
})

test('machines take turns, and the report and its table say who was faster', async () => {
  const started: string[] = []
  const report = await compare({
    machine: machine('ours', 50),
    peers: [machine('slow', 100)],
    jobs: [job('sort', 'integer'), job('pipe', 'linux')],
    runs: 2,
    time: 'wall' as const,
    signal: new AbortController().signal,
    onStart: (run, { label }, { name }) => void started.push(`${run} ${label} ${name}`),
  })
  const turn = ['sort ours', 'sort slow', 'pipe ours', 'pipe slow']
  expect(started).toEqual([...turn.map((one) => `0 ${one}`), ...turn.map((one) => `1 ${one}`)])
  expect(report).toMatchObject({
    format: 'worldswitch-peers',
    machine: { name: 'ours', version: 'ours 1.0' },
    peers: [{ name: 'slow', version: 'slow 1.0' }],
    runs: 2,
    workloads: [{ name: 'sort' }, { name: 'pipe' }],
    integerMeans: [{ peer: 'slow', workloads: 1 }],
  })
  expect(report.workloads[0].peers[0].ratio.median).toBeGreaterThan(0)

  const lines = peersText(report).split('\n')
  expect(lines).toContain('  slow: slow 1.0')
  expect(lines.find((line) => line.startsWith('sort'))).toMatch(
    /^sort +[\d.,]+ +[\d.,]+-[\d.,]+ +[\d.,]+ +[\d.,]+-[\d.,]+ +[\d.]+x +[\d.]+x-[\d.]+x$/,
  )
  expect(lines.find((line) => line.startsWith('Geometric'))).toMatch(/^Geometric mean of 1 integer program: /)
  expect(lines.find((line) => line.startsWith('The ratio'))).toContain('above 1 ours is faster')
})

test('a peer that is not there stops the comparison before anything runs', async () => {
  const missing: Peer = {
    ...machine('missing', 0),
    version: () => Promise.reject(new Error('install it')),
  }
  const options = {
    machine: machine('ours', 0),
    peers: [missing],
    jobs: [job('sort', 'integer')],
    runs: 1,
    time: 'wall' as const,
    signal: new AbortController().signal,
    onStart: () => expect.unreachable(),
  }
  await expect(compare(options)).rejects.toThrow('install it')
})
