import { memoryBlocks } from '@worldswitch/devices'
import { disk, kernelElf } from '@worldswitch/guest-kernel'
import { describe, expect, test } from 'vitest'
import { createMachine } from './machine.ts'
import type { MachineOptions } from './machine-options.ts'

async function boot(bootargs: string, options: Partial<MachineOptions> = {}) {
  let text = ''
  const machine = createMachine({
    kernel: await kernelElf(),
    disks: [memoryBlocks(await disk())],
    bootargs,
    ...options,
    console: {
      ...options.console,
      output: (bytes) => {
        text += String.fromCharCode(...bytes)
      },
    },
  })
  return { machine, text: () => text }
}

describe('the guest kernel', () => {
  test('runs workloads and powers off, the same way twice', async () => {
    const runs = []
    for (let run = 0; run < 2; run++) {
      const { machine, text } = await boot('bench=null-call,timer scale=1')
      runs.push({
        result: await machine.run({ maxSteps: 500_000_000 }),
        text: text(),
        counters: machine.counters(),
      })
    }
    expect(runs[0]!.result).toMatchObject({ reason: 'poweroff', code: 0 })
    expect(runs[0]!.text).toContain('@bench done')
    expect(runs[0]!.text).not.toContain('MISMATCH')
    expect(runs[1]).toEqual(runs[0])
  })

  test('does the same after a reset', async () => {
    const { machine, text } = await boot('bench=null-call scale=1')
    const first = await machine.run({ maxSteps: 500_000_000 })
    const printed = text()
    machine.reset()
    expect(await machine.run({ maxSteps: 500_000_000 })).toEqual(first)
    expect(text()).toBe(printed + printed)
  })

  test('takes commands on its console', async () => {
    const { machine, text } = await boot('')
    await machine.run({ maxSteps: 5_000_000 })
    machine.console.input(new TextEncoder().encode('echo hello from the host\n'))
    await machine.run({ maxSteps: 5_000_000 })
    expect(text()).toContain('\nhello from the host\n')
  })

  test('says when it has no disk', async () => {
    const { machine, text } = await boot('bench=all', { disks: [] })
    expect(await machine.run({ maxSteps: 500_000_000 })).toMatchObject({ reason: 'fail', code: 1 })
    expect(text()).toContain('no disk')
  })
})
