import { memoryBlocks } from '@worldswitch/devices'
import { bootargs, disk, expectedTranscript, kernelElf, type WorkloadName } from '@worldswitch/guest-kernel'
import { Host, runVms, Vm } from '@worldswitch/hypervisor'
import { expect, test } from 'vitest'
import { strategies } from './strategies.ts'

const MEMORY = 32 * 2 ** 20
const bench: WorkloadName[] = ['fork-exec', 'mprotect']

test('VMs under different strategies share one hart, and each says what it says alone', async () => {
  const expected = expectedTranscript({ memoryBytes: MEMORY, bench, diskBytes: (await disk()).length })
  const host = new Host({ memory: 6 * MEMORY, hypervisor: true })
  const kernel = await kernelElf()
  const contents = await disk()
  // Two of each, so that every one follows on its like and on the others.
  const guests = [...strategies.all, ...strategies.all].map((strategy) => {
    let text = ''
    const vm = new Vm(host, {
      strategy,
      kernel,
      disks: [memoryBlocks(contents.slice())],
      memory: MEMORY,
      bootargs: bootargs({ bench }),
      output: (byte) => {
        text += String.fromCharCode(byte)
      },
    })
    return { vm, text: () => text }
  })
  const vms = guests.map(({ vm }) => vm)
  expect(runVms(host, vms, { slice: 100_000 })).toBe('ended')
  for (const { vm, text } of guests) {
    expect(vm.ended).toEqual({ reason: 'poweroff', code: 0 })
    expect(text(), vm.strategy.name).toBe(expected)
    vm.destroy()
  }
  expect(host.frames.used).toBe(0)
}, 120_000)
