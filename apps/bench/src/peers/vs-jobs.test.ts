import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { programs } from '@worldswitch/linux-guest'
import type { InstalledGuest } from '@worldswitch/linux-guest/node'
import { exitProgramElf, exitPrograms } from '@worldswitch/vs-shim'
import { afterAll, describe, expect, test } from 'vitest'
import { exitJobs, needsLinux, vsLinuxJobs, vsWorkloads } from './vs-jobs.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'worldswitch-vs-jobs-'))
afterAll(() => rmSync(folder, { recursive: true }))
const kernel = path.join(folder, 'Image')
writeFileSync(kernel, await exitProgramElf('call'))
const guest = {
  programs: { bench: programs.bench.sha256, init: programs.init.sha256 },
  paths: { kernel, initrd: '/i', firmwareDynamic: '/d', firmwareJump: '/j' },
} as unknown as InstalledGuest

const names = vsWorkloads.map(({ name }) => name)

describe('jobs in VS-mode', () => {
  test('are a boot for each program that exits, with its right number of answers', async () => {
    const jobs = await exitJobs(names, folder)
    expect(jobs.map(({ label }) => label)).toEqual(exitPrograms.map(({ name }) => `vs-${name}`))
    for (const [index, { task, check }] of jobs.entries()) {
      const { name, rounds, checksum } = exitPrograms[index]
      expect(task).toMatchObject({ bootargs: `rounds=${rounds}`, hypervisor: true })
      expect(readFileSync(task.kernel).readUInt16LE(18)).toBe(243)
      expect(check(`@bench end ${name} checksum=${checksum}\n`)).toBeUndefined()
      expect(check(`@bench end ${name} checksum=${'0'.repeat(16)}\n`)).toBe('an answer was wrong')
    }
  })

  test('are those of Linux on a hart with the extension, with the kernel above the shim', async () => {
    const jobs = await vsLinuxJobs(names, guest, folder)
    expect(jobs.map(({ label }) => label)).toEqual(['vs-boot', 'vs workloads'])
    for (const { task } of jobs) {
      expect(task).toMatchObject({ initrd: '/i', firmware: '/d', hypervisor: true })
      expect(task.kernel).not.toBe(kernel)
      expect(readFileSync(task.kernel).readBigUInt64LE(24)).toBe(0x8010_0000n)
    }
    const spans = jobs.flatMap((job) => job.spans)
    expect(spans.map(({ name }) => name)).toEqual(names.filter(needsLinux))
    expect(new Set(spans.map(({ group }) => group))).toEqual(new Set(['vs']))
  })

  test('run what was asked for', async () => {
    expect((await exitJobs(['vs-device', 'vs-pipe'], folder, 2)).map(({ task }) => task.bootargs)).toEqual([
      'rounds=2',
    ])
    const [job, ...more] = await vsLinuxJobs(['vs-device', 'vs-pipe'], guest, folder, 2)
    expect(more).toEqual([])
    expect(job.task.bootargs).toContain(',pipe:2 ')
  })
})
