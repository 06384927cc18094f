import { memoryBlocks } from '@worldswitch/devices'
import { bootargs, disk, expectedTranscript, kernelElf, type WorkloadName } from '@worldswitch/guest-kernel'
import { Host, type LedgerTotals, runVms, Vm } from '@worldswitch/hypervisor'
import { createMachine } from '@worldswitch/machine'
import { expect, test } from 'vitest'
import { trapEmulate } from './trap-emulate.ts'

const MEMORY = 32 * 2 ** 20
/** The quick ones; the bench runs them all. */
const bench: WorkloadName[] = ['fork-exec', 'mprotect', 'timer', 'make']
const args = bootargs({ bench })

async function bare(): Promise<string> {
  const text: number[] = []
  const machine = createMachine({
    kernel: await kernelElf(),
    disks: [memoryBlocks(await disk())],
    ram: MEMORY,
    bootargs: args,
    console: { output: (bytes) => text.push(...bytes) },
  })
  expect(machine.runSlice(1e9).reason).toBe('poweroff')
  return String.fromCharCode(...text)
}

interface Guest {
  readonly vm: Vm
  text(): string
}

async function start(host: Host): Promise<Guest> {
  const text: number[] = []
  const vm = new Vm(host, {
    strategy: trapEmulate,
    kernel: await kernelElf(),
    disks: [memoryBlocks(await disk())],
    memory: MEMORY,
    bootargs: args,
    output: (byte) => text.push(byte),
  })
  return { vm, text: () => String.fromCharCode(...text) }
}

test('the kernel, unaware, says what it says on the bare machine, and counts repeat exactly', async () => {
  const expected = expectedTranscript({ memoryBytes: MEMORY, bench, diskBytes: (await disk()).length })
  expect(await bare()).toBe(expected)
  const totals: LedgerTotals[] = []
  for (let run = 0; run < 2; run++) {
    const host = new Host({ memory: 2 * MEMORY })
    const { vm, text } = await start(host)
    expect(runVms(host, [vm])).toBe('ended')
    expect(vm.ended).toEqual({ reason: 'poweroff', code: 0 })
    expect(text()).toBe(expected)
    totals.push(vm.ledger.totals())
  }
  expect(totals[1]).toEqual(totals[0])
}, 120_000)

test('two of them at once, in turns, each say the same', async () => {
  const expected = expectedTranscript({ memoryBytes: MEMORY, bench, diskBytes: (await disk()).length })
  const host = new Host({ memory: 3 * MEMORY })
  const guests = [await start(host), await start(host)]
  expect(
    runVms(
      host,
      guests.map(({ vm }) => vm),
    ),
  ).toBe('ended')
  for (const { text } of guests) expect(text()).toBe(expected)
}, 120_000)
