import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { BenchReport } from '@worldswitch/bench'
import { exitKinds } from '@worldswitch/hypervisor'
import { expect, test } from 'vitest'
import { scratchFolder, startWorldswitch, worldswitch } from './command.ts'

const folder = scratchFolder()
const inside = (name: string): string => {
  mkdirSync(path.join(folder, name))
  return path.join(folder, name)
}

test('run prints a comparison in 100 columns and writes both results', async () => {
  const cwd = inside('default')
  const { status, stdout, stderr } = await worldswitch(['run', '-w', 'getpid,compute'], { cwd })
  expect(stderr).toBe('running on bare\nrunning on trap-emulate\nrunning on hardware-assisted\n')
  expect(status).toBe(0)
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100)
  expect(stdout).toMatch(/^getpid +bare +[\d,]+ +[\d,]+ +[\d,]+ +1\.00x$/m)
  expect(stdout).toMatch(/^ +trap-emulate +[\d,]+ +[\d,]+ +[\d,]+ +1\d\.\dx$/m)
  expect(stdout).toMatch(/^compute +1\.0\dx {2}\d+ % executing/m)
  expect(stdout).toContain('worldswitch-results/bench.json')
  expect(readdirSync(path.join(cwd, 'worldswitch-results')).sort()).toEqual(['bench.json', 'bench.md'])

  const report = JSON.parse(
    readFileSync(path.join(cwd, 'worldswitch-results/bench.json'), 'utf8'),
  ) as BenchReport
  expect(report).toMatchObject({
    format: 'worldswitch-bench',
    version: 1,
    profile: { name: 'riscv', hertz: 1e9 },
    strategies: ['bare', 'trap-emulate', 'hardware-assisted'],
    repetitions: 1,
    scale: 1,
    memory: 64 * 2 ** 20,
  })
  expect(report.workloads.map(({ name }) => name)).toEqual(['boot', 'getpid', 'compute'])
  for (const { results } of report.workloads) {
    expect(results.map(({ strategy }) => strategy)).toEqual(report.strategies)
    const [bare, virtual] = results
    expect(Object.keys(bare.figures.events)).toEqual([
      'exception',
      'interrupt',
      'firmwareCall',
      'deviceAccess',
    ])
    expect(Object.keys(virtual.figures.events)).toEqual(exitKinds)
    expect(virtual.slowdown).toBe(virtual.figures.virtualCycles / bare.figures.virtualCycles)
  }
  const markdown = readFileSync(path.join(cwd, 'worldswitch-results/bench.md'), 'utf8')
  expect(markdown).toContain('| getpid ')
  expect(markdown).toContain('## Why')
})

test('run writes where it is told, and needs no bare metal', async () => {
  const cwd = inside('told')
  const args = ['run', '-w', 'compute', '-s', 'trap-emulate', '--json', 'a/b.json', '--markdown', 'c.md']
  const { status, stdout } = await worldswitch(args, { cwd })
  expect(status).toBe(0)
  expect(stdout).not.toContain('Wall-clock ratio')
  expect(readdirSync(cwd).sort()).toEqual(['a', 'c.md'])
  const { workloads } = JSON.parse(readFileSync(path.join(cwd, 'a/b.json'), 'utf8')) as BenchReport
  expect(workloads[1].results[0]).not.toHaveProperty('slowdown')
})

test('run that is interrupted leaves nothing behind', async () => {
  const cwd = inside('interrupted')
  const { process, seen, finished } = startWorldswitch(['run', '--repetitions', '50'], cwd)
  await seen('running on bare')
  process.kill('SIGINT')
  expect(await finished).toEqual({
    status: 130,
    stdout: '',
    stderr: 'running on bare, repetition 1 of 50\nworldswitch: stopped; nothing was written\n',
  })
  expect(existsSync(path.join(cwd, 'worldswitch-results'))).toBe(false)
})

test('run says when it cannot write, and keeps what it printed', async () => {
  const { status, stdout, stderr } = await worldswitch(
    ['run', '-w', 'compute', '--json', '/dev/null/x.json'],
    {
      cwd: inside('unwritable'),
    },
  )
  expect(status).toBe(1)
  expect(stdout).toContain('Virtual cycles')
  expect(stderr).toContain('/dev/null/x.json could not be written')
})
