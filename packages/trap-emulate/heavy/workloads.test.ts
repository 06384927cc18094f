import { disk, expectedTranscript, workloads } from '@worldswitch/guest-kernel'
import { Host, runVms } from '@worldswitch/hypervisor'
import { expect, test } from 'vitest'
import { GUEST_MEMORY, kernelGuest } from '../test/kernel-guest.ts'

test('all workloads of the kernel, in two VMs at once and alone, twice with the same counts', async () => {
  const bench = workloads.map(({ name }) => name)
  const expected = expectedTranscript({
    memoryBytes: GUEST_MEMORY,
    bench,
    diskBytes: (await disk()).length,
  })
  const alone = async () => {
    const host = new Host({ memory: 2 * GUEST_MEMORY })
    const { vm, text } = await kernelGuest(host, bench)
    expect(runVms(host, [vm])).toBe('ended')
    expect(text()).toBe(expected)
    return vm.ledger.totals()
  }
  expect(await alone()).toEqual(await alone())
  const host = new Host({ memory: 3 * GUEST_MEMORY })
  const both = [await kernelGuest(host, bench), await kernelGuest(host, bench)]
  expect(
    runVms(
      host,
      both.map(({ vm }) => vm),
    ),
  ).toBe('ended')
  for (const { text } of both) expect(text()).toBe(expected)
}, 900_000)
