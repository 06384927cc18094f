import { programs } from '@worldswitch/linux-guest'
import type { InstalledGuest } from '@worldswitch/linux-guest/node'
import { describe, expect, test } from 'vitest'
import { linuxJobs, linuxWorkloads } from './linux-jobs.ts'

const hashes = { bench: programs.bench.sha256, init: programs.init.sha256 }
const guest = (programs: Record<string, string> = hashes): InstalledGuest =>
  ({
    name: 'debian',
    programs,
    paths: { kernel: '/k', initrd: '/i', firmwareDynamic: '/d', firmwareJump: '/j' },
  }) as unknown as InstalledGuest

describe('jobs under Linux', () => {
  test('are one boot to the shell and one for all workloads, on the same files', () => {
    const jobs = linuxJobs(
      'linux',
      linuxWorkloads('linux').map(({ name }) => name),
      guest(),
    )
    expect(jobs.map(({ label }) => label)).toEqual(['linux-boot', 'linux workloads'])
    for (const { task } of jobs) expect(task).toMatchObject({ kernel: '/k', initrd: '/i', firmware: '/d' })
    const spans = jobs.flatMap((job) => job.spans.map(({ name }) => name))
    expect(spans).toEqual(linuxWorkloads('linux').map(({ name }) => name))
  })

  test('run the workloads that were asked for, each with its scale, after the kernel has settled', () => {
    const [job, ...more] = linuxJobs('linux', ['linux-fork', 'linux-pipe'], guest())
    expect(more).toEqual([])
    expect(job.task.bootargs).toMatch(/^console=ttyS0 worldswitch\.run=timer:\d+,pipe:\d+,fork:\d+ quiet$/)
    expect(job.spans.map(({ name }) => name)).toEqual(['linux-pipe', 'linux-fork'])
  })

  test('do less in VS-mode, where it takes QEMU longer', () => {
    const scaleOf = (group: 'linux' | 'vs'): number =>
      Number(/,pipe:(\d+) /.exec(linuxJobs(group, [`${group}-pipe`], guest())[0].task.bootargs)![1])
    expect(scaleOf('vs')).toBe(Math.round(scaleOf('linux') * 0.4))
  })

  test('take another scale', () => {
    expect(linuxJobs('linux', ['linux-pipe'], guest(), 2)[0].task.bootargs).toContain(',pipe:2 ')
  })

  test('know right from wrong', () => {
    const [job] = linuxJobs('linux', ['linux-pipe'], guest())
    const end = '@bench end pipe checksum=0123456789abcdef expected=0123456789abcdef ok\r\n'
    expect(job.check(`@bench begin pipe\r\n${end}`)).toBe('the checksum 0123456789abcdef of pipe is wrong')
  })

  test.each(['bench', 'init'])('refuse a guest with another %s', (program) => {
    expect(() => linuxJobs('linux', ['linux-pipe'], guest({ ...hashes, [program]: 'old' }))).toThrow(
      'run `worldswitch guests pull debian` again',
    )
  })
})
