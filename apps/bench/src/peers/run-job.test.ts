import { describe, expect, test } from 'vitest'
import type { Job } from './job.ts'
import type { Peer } from './peer.ts'
import { runJob } from './run-job.ts'

/** A peer that is a script of Node's. */
const peer = (script: string): Peer => ({
  name: 'fake',
  title: 'a script',
  version: async () => '1',
  command: () => ({ file: process.execPath, args: ['-e', script] }),
})

const job = (change: Partial<Job> = {}): Job => ({
  label: 'work',
  task: { kernel: '/k', bootargs: '', memory: 2 ** 20 },
  spans: [
    { name: 'one', title: 'One', group: 'integer', begin: 'begin 1\n', end: 'end 1' },
    { name: 'two', title: 'Two', group: 'integer', begin: 'begin 2\n', end: 'end 2' },
  ],
  seconds: 20,
  check: () => undefined,
  ...change,
})

const say = (text: string, more = ''): string => `process.stdout.write(${JSON.stringify(text)}); ${more}`
const all = 'begin 1\nend 1\nbegin 2\nend 2\n'
const never = { time: 'wall', signal: new AbortController().signal } as const

describe('a job', () => {
  test('has a time for each span', async () => {
    const pause = `setTimeout(() => { ${say('end 1\nbegin 2\nend 2\n')} }, 100)`
    const times = await runJob(job(), peer(say('begin 1\n', pause)), never)
    expect([...times.keys()]).toEqual(['one', 'two'])
    for (const time of times.values()) expect(time).toBeGreaterThan(0)
  })

  test('gets its input when the last span has ended', async () => {
    const script = `process.stdin.on('data', (d) => process.exit(String(d) === 'off' ? 0 : 3)); ${say(all)}`
    expect((await runJob(job({ input: 'off' }), peer(script), never)).size).toBe(2)
  })

  test.each<[string, Partial<Job>, string, string]>([
    ['ends with a failure', {}, say(all, 'process.exit(7)'), 'ended with status 7\n  begin 1'],
    ['is killed', {}, "process.kill(process.pid, 'SIGKILL')", 'ended with status SIGKILL'],
    ['computes something wrong', { check: () => 'all wrong' }, say(all), 'work on fake: all wrong'],
    ['takes too long', { seconds: 0.2 }, 'setInterval(() => {}, 1000)', 'not finished after 0.2 s'],
    ['never begins', {}, say('hello\n'), 'one did not begin\n  hello'],
    ['never ends', {}, say('begin 1\nend 1\nbegin 2\nend'), 'two did not end'],
    ['does one before the other', {}, say('begin 2\nend 2\nbegin 1\nend 1\n'), 'two did not begin'],
    ['complains', {}, "process.stderr.write('no such board'); process.exit(1)", '\n  no such board'],
    ['prints for ever', {}, "const p = () => process.stdout.write('x'.repeat(2 ** 20), p); p()", 'no end'],
  ])('that %s is an error', async (_what, change, script, message) => {
    await expect(runJob(job(change), peer(script), never)).rejects.toThrow(message)
  })

  test('on a machine that does not start is an error', async () => {
    const missing: Peer = { ...peer(''), command: () => ({ file: '/no/such/program', args: [] }) }
    await expect(runJob(job(), missing, never)).rejects.toThrow('/no/such/program does not start')
  })

  test.each([0, 100])('is ended by its signal after %i ms', async (wait) => {
    const stop = new AbortController()
    if (wait === 0) stop.abort()
    else setTimeout(() => stop.abort(), wait)
    await expect(
      runJob(job(), peer('setInterval(() => {}, 1000)'), { time: 'wall', signal: stop.signal }),
    ).rejects.toThrow('stopped')
  })
})
