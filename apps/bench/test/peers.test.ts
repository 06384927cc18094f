import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { PeersReport } from '@worldswitch/bench'
import { computePrograms } from '@worldswitch/compute-programs'
import { exitPrograms } from '@worldswitch/vs-shim'
import { describe, expect, test } from 'vitest'
import { scratchFolder, startWorldswitch, worldswitch } from './command.ts'

const folder = scratchFolder()
const empty = path.join(folder, 'empty')
mkdirSync(empty)

/**
 * A folder for PATH with a program that takes itself for QEMU: it prints what a program of the table prints. `how` is
 * code that may change the checksum, or do something else.
 */
function fakeQemu(name: string, how = ''): string {
  const place = path.join(folder, name)
  mkdirSync(place)
  const checksums = Object.fromEntries(
    [...computePrograms, ...exitPrograms].map((program) => [program.name, program.checksum]),
  )
  const file = path.join(place, 'qemu-system-riscv64')
  writeFileSync(
    file,
    `#!${process.execPath}
const args = process.argv.slice(2)
if (args[0] === '--version') { console.log('QEMU emulator version 0.0 (fake)\\nCopyright'); process.exit(0) }
const kernel = args[args.indexOf('-kernel') + 1]
const name = require('node:path').basename(kernel, '.elf').replace(/^vs-/, '')
let checksum = (${JSON.stringify(checksums)})[name]
if (require('node:fs').readFileSync(kernel).readUInt16LE(18) !== 243) process.exit(9)
if (args[args.indexOf('-append') + 1] !== 'rounds=1') process.exit(8)
if (kernel.includes('vs-') !== args.includes('rv64,h=true')) process.exit(7)
${how}
console.log('@bench begin ' + name)
setTimeout(() => console.log('@bench end ' + name + ' checksum=' + checksum), 5)
`,
  )
  chmodSync(file, 0o755)
  return place
}

const qemu = fakeQemu('right')
const compare = (args: readonly string[], search = qemu) =>
  worldswitch(['peers', '--rounds', '1', '--runs', '2', ...args], {
    env: { PATH: search, WORLDSWITCH_CACHE: empty },
  })

test('peers runs the same images on both machines and prints the ratios', async () => {
  const json = path.join(folder, 'peers.json')
  const { status, stdout, stderr } = await compare(['--only', 'crc,sort', '--json', json])
  expect(stderr.trimEnd().split('\n')).toEqual(
    [1, 2].flatMap((run) =>
      ['sort', 'crc'].flatMap((name) =>
        ['worldswitch', 'qemu'].map((machine) => `run ${run} of 2: ${name} on ${machine}`),
      ),
    ),
  )
  expect(status).toBe(0)
  expect(stdout).toContain('  qemu: QEMU emulator version 0.0 (fake)\n')
  expect(stdout).toMatch(/^sort +[\d.,]+ .* [\d.]+x +[\d.]+x-[\d.]+x$/m)
  expect(stdout).toContain('Geometric mean of 2 integer programs: ')
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100)
  const report = JSON.parse(readFileSync(json, 'utf8')) as PeersReport
  expect(report).toMatchObject({ format: 'worldswitch-peers', version: 1, runs: 2 })
  expect(report.workloads.map(({ name }) => name)).toEqual(['sort', 'crc'])
})

test('peers prints JSON and nothing else, if told so', async () => {
  const { status, stdout } = await compare(['--only', 'matmul', '--json'])
  expect(status).toBe(0)
  expect((JSON.parse(stdout) as PeersReport).workloads).toHaveLength(1)
})

test('without the guest for Linux all programs run, and what is missing is said', async () => {
  const { status, stdout, stderr } = await compare(['--runs', '1'])
  expect(status).toBe(0)
  expect(stderr).toContain('without the workloads under Linux: the guest debian is not in ')
  expect(stderr).toContain('`worldswitch guests pull debian`')
  for (const { name } of computePrograms) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'))
  for (const { name } of exitPrograms) expect(stdout).toMatch(new RegExp(`^vs-${name} `, 'm'))
  expect(stdout).not.toContain('linux-')
})

describe('what cannot be compared ends with status 1, a reason and no result', () => {
  test.each([
    ['no QEMU', empty, ['--only', 'sort'], 'qemu-system-riscv64 is not on this system: install QEMU'],
    ['no guest', qemu, ['--only', 'linux-pipe'], 'run `worldswitch guests pull debian` first'],
    ['no folder', qemu, ['--only', 'sort', '--runs', '1', '--json', '/dev/null/x'], 'could not be written'],
    [
      'a wrong checksum',
      fakeQemu('wrong', "checksum = '0'.repeat(16)"),
      ['--only', 'sort'],
      'sort on qemu: the checksum 0000000000000000 is wrong',
    ],
    [
      'a QEMU that fails',
      fakeQemu('failing', "console.error('no such CPU'); process.exit(1)"),
      ['--only', 'sort'],
      'sort on qemu: the machine ended with status 1\n  no such CPU\n',
    ],
  ])('%s', async (_what, search, args, message) => {
    const { status, stderr } = await compare(args, search)
    expect(stderr).toContain(message)
    expect(status).toBe(1)
    expect(stderr).not.toContain('    at ')
  })
})

test('peers that is interrupted ends what it started', async () => {
  const pid = path.join(folder, 'pid')
  const search = fakeQemu(
    'endless',
    `require('node:fs').writeFileSync(${JSON.stringify(pid)}, String(process.pid)); console.error('up'); while (true) {}`,
  )
  const started = startWorldswitch(['peers', '--rounds', '1', '--only', 'sort'], folder, { PATH: search })
  await started.seen('sort on qemu')
  while (!isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
  started.process.kill('SIGINT')
  const { status, stdout, stderr } = await started.finished
  expect({ status, stdout }).toEqual({ status: 130, stdout: '' })
  expect(stderr).toContain('worldswitch: stopped; nothing was written\n')
  expect(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)).toThrow()
})

function isThere(file: string): boolean {
  try {
    return readFileSync(file, 'utf8') !== ''
  } catch {
    return false
  }
}
