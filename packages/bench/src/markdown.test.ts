import { riscvModelled } from '@worldswitch/hypervisor'
import { expect, test } from 'vitest'
import { breakdown } from './breakdown.ts'
import type { Figures } from './figures.ts'
import { toMarkdown } from './markdown.ts'
import type { StrategyResult } from './report.ts'

const figures = (over: Partial<Figures>): Figures => ({
  instructions: 1_000_000,
  emulatedInstructions: 0,
  events: {},
  tlbMisses: 20,
  walkReferences: 60,
  softwareWalkReferences: 0,
  directExceptions: 0,
  directInterrupts: 0,
  fences: 0,
  dmaLines: 0,
  copiedLines: 0,
  injections: 0,
  virtualCycles: 0,
  wallMilliseconds: 5,
  ...over,
})

function result(strategy: string, given: Figures, slowdown: number): StrategyResult {
  const parts = breakdown(given, riscvModelled)
  const virtualCycles = parts.reduce((sum, { cycles }) => sum + cycles, 0)
  return {
    strategy,
    figures: { ...given, virtualCycles },
    slowdown,
    wallMilliseconds: { median: 5, min: 5, max: 5 },
    wallRatio: { median: slowdown / 2, min: 1, max: slowdown },
    breakdown: parts,
  }
}

test('a report as Markdown', () => {
  const bare = result('bare', figures({ events: { exception: 12, interrupt: 0 } }), 1)
  const virtual = result(
    'trap-emulate',
    figures({ emulatedInstructions: 9000, events: { csrAccess: 9000, trapReturn: 0, shadowFault: 12 } }),
    3.97,
  )
  expect(
    toMarkdown({
      format: 'worldswitch-bench',
      version: 1,
      guest: 'guest-kernel',
      profile: { name: 'riscv', title: riscvModelled.title, hertz: riscvModelled.hertz },
      strategies: ['bare', 'trap-emulate'],
      repetitions: 3,
      scale: 2,
      memory: 64 * 2 ** 20,
      workloads: [
        { name: 'boot', title: 'From reset to the first workload', results: [bare, virtual] },
        { name: 'pipe', title: 'Pipe ping-pong', checksum: '00c0ffee', results: [bare, virtual] },
      ],
    }),
  ).toMatchSnapshot()
})
