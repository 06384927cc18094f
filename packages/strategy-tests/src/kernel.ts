import { memoryBlocks } from '@worldswitch/devices'
import { bootargs, disk, expectedTranscript, kernelElf, type WorkloadName } from '@worldswitch/guest-kernel'
import { type LedgerTotals, runVms } from '@worldswitch/hypervisor'
import { createMachine } from '@worldswitch/machine'
import { expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'
import { GUEST_MEMORY } from './strategy-kit.ts'

/** The guest kernel says what it says on the bare machine. */
export function testKernel(kit: StrategyKit): void {
  const { kernelGuest } = kit
  /** Quick ones that use much of the kernel; the heavy suite runs them all. */
  const bench: WorkloadName[] = ['fork-exec', 'mprotect', 'timer']

  async function bare(): Promise<string> {
    const text: number[] = []
    const machine = createMachine({
      kernel: await kernelElf(),
      disks: [memoryBlocks(await disk())],
      ram: GUEST_MEMORY,
      bootargs: bootargs({ bench }),
      console: { output: (bytes) => text.push(...bytes) },
    })
    expect(machine.runSlice(1e9).reason).toBe('poweroff')
    return String.fromCharCode(...text)
  }

  test('the kernel, unaware, says what it says on the bare machine, and counts repeat exactly', async () => {
    const expected = expectedTranscript({
      memoryBytes: GUEST_MEMORY,
      bench,
      diskBytes: (await disk()).length,
    })
    expect(await bare()).toBe(expected)
    const totals: LedgerTotals[] = []
    for (let run = 0; run < 2; run++) {
      const host = kit.host({ memory: 2 * GUEST_MEMORY })
      const { vm, text } = await kernelGuest(host, bench)
      expect(runVms(host, [vm])).toBe('ended')
      expect(vm.ended).toEqual({ reason: 'poweroff', code: 0 })
      expect(text()).toBe(expected)
      totals.push(vm.ledger.totals())
    }
    expect(totals[1]).toEqual(totals[0])
  }, 120_000)

  test('two of them at once, in turns, each say the same', async () => {
    const expected = expectedTranscript({
      memoryBytes: GUEST_MEMORY,
      bench,
      diskBytes: (await disk()).length,
    })
    const host = kit.host({ memory: 3 * GUEST_MEMORY })
    const guests = [await kernelGuest(host, bench), await kernelGuest(host, bench)]
    const vms = guests.map(({ vm }) => vm)
    expect(runVms(host, vms)).toBe('ended')
    for (const { text } of guests) expect(text()).toBe(expected)
  }, 120_000)
}
