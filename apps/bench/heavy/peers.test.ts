import type { PeersReport } from '@worldswitch/bench'
import { computePrograms } from '@worldswitch/compute-programs'
import { expect, test } from 'vitest'
import { worldswitch } from '../test/command.ts'
import { debianGuest, guestEnv } from '../test/debian-guest.ts'

const compare = async (...args: string[]): Promise<PeersReport> => {
  const command = ['peers', '--rounds', '1', '--runs', '1', '--json', ...args]
  const { status, stdout, stderr } = await worldswitch(command, { env: guestEnv })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as PeersReport
}

test('all programs compute on QEMU what they compute here', async () => {
  const { peers, workloads, integerMeans } = await compare('--only', 'programs')
  expect(peers[0].version).toMatch(/^QEMU emulator version \d/)
  expect(workloads.map(({ name }) => name)).toEqual(computePrograms.map(({ name }) => name))
  expect(integerMeans).toMatchObject([{ peer: 'qemu', workloads: 9 }])
})

test('Debian boots to a shell on both, and its workloads run', async () => {
  await debianGuest()
  const names = ['linux-boot', 'linux-getpid', 'linux-pipe', 'linux-fork']
  const { workloads } = await compare('--only', names.join(','))
  expect(workloads.map(({ name }) => name)).toEqual(names)
  for (const { peers } of workloads) expect(peers[0].ratio.median).toBeGreaterThan(0)
})

test('the same in VS-mode, with two-stage translation and the devices behind a hypervisor', async () => {
  const names = ['vs-call', 'vs-firmware', 'vs-device', 'vs-boot', 'vs-getpid', 'vs-pipe', 'vs-fork']
  const { workloads } = await compare('--only', names.join(','))
  expect(workloads.map(({ name }) => name)).toEqual(names)
  for (const { peers } of workloads) expect(peers[0].ratio.median).toBeGreaterThan(0)
})
