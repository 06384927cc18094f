import { workloads } from '@worldswitch/guest-kernel'
import { riscvModelled } from '@worldswitch/hypervisor'
import { expect, test } from 'vitest'
import { guestImage } from './guest-image.ts'
import { runBench } from './run.ts'
import { subjects } from './strategies.ts'

test('the guest kernel computes and prints the same on everything, and two runs count the same', async () => {
  const report = await runBench({
    guest: await guestImage(),
    workloads: workloads.filter(({ name }) => name === 'mprotect' || name === 'block-direct'),
    subjects,
    profile: riscvModelled,
    repetitions: 2,
    memory: 64 * 2 ** 20,
    warmUp: false,
  })
  expect(report.strategies).toEqual(['bare', 'trap-emulate', 'hardware-assisted'])
  for (const { name, results } of report.workloads) {
    for (const { strategy, figures, breakdown, slowdown } of results) {
      const sum = breakdown.reduce((cycles, part) => cycles + part.cycles, 0)
      expect(sum, `${name} under ${strategy}`).toBe(figures.virtualCycles)
      expect(figures.instructions).toBeGreaterThan(100_000)
      if (strategy !== 'bare') expect(slowdown, `${name} under ${strategy}`).toBeGreaterThan(1)
    }
  }
})
