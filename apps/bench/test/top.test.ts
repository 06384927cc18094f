import { expect, test } from 'vitest'
import type { Sample } from '../src/top/sample.ts'
import { startWorldswitch, worldswitch } from './command.ts'

const both = ['top', '-s', 'hardware-assisted,trap-emulate', '-n', '2', '-w', 'getpid']

const samples = (stdout: string): Sample[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Sample)

test('top prints exact counts of what each machine does, and the same every time', async () => {
  const args = [...both, '--interval', '50', '--json']
  const { status, stdout, stderr } = await worldswitch(args)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const all = samples(stdout)
  expect(all.length).toBeGreaterThan(2)
  expect(all[0]).toMatchObject({
    vms: [
      { name: 'vm1', strategy: 'hardware-assisted' },
      { name: 'vm2', strategy: 'trap-emulate' },
    ],
  })
  expect(all.at(-1)?.vms.map(({ state }) => state)).toEqual(['poweroff', 'poweroff'])
  const [assisted, trapped] = [0, 1].map((vm) =>
    all.reduce((sum, { vms }) => sum + vms[vm]!.exits.guestSystemCall, 0),
  )
  expect(assisted).toBe(0)
  expect(trapped).toBeGreaterThan(10_000)
  expect((await worldswitch(args)).stdout).toBe(stdout)
})

test('top prints lines where there is no terminal, and ends after so many samples', async () => {
  const { status, stdout } = await worldswitch([...both, '-i', '20', '--samples', '2'])
  expect(status).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.split(' ').slice(1, 3))).toEqual([
    ['vm1', 'hardware-assisted'],
    ['vm2', 'trap-emulate'],
    ['vm1', 'hardware-assisted'],
    ['vm2', 'trap-emulate'],
  ])
  expect(lines[3]).toMatch(/instructions\/s, .* exits\/s: /)
})

test('top that is interrupted ends at once', async () => {
  const { process, seen, finished } = startWorldswitch(['top', '--scale', '8', '-i', '5'])
  await seen('vm1')
  process.kill('SIGINT')
  expect((await finished).status).toBe(130)
})

test.each([
  [['--strategies', 'bare'], "no strategy is named 'bare'"],
  [['--workloads', 'nothing'], "no workload is named 'nothing'"],
  [['--profile', 'none'], "no cost profile is named 'none'"],
  [['--vms', '0'], 'no whole number from 1 on'],
])('top %j is refused', async (args, message) => {
  const { status, stderr, stdout } = await worldswitch(['top', ...args])
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain(message)
})
