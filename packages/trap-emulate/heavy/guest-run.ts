import { memoryBlocks } from '@worldswitch/devices'
import { bootargs, disk, kernelElf, type WorkloadName } from '@worldswitch/guest-kernel'
import { Host, type LedgerTotals, runVms, type VmEnd } from '@worldswitch/hypervisor'
import { createMachine, type MachineCounters } from '@worldswitch/machine'
import { GUEST_MEMORY, kernelGuest } from '../test/kernel-guest.ts'

/** Two quick ones: processes and demand paging; page protection and what a fence costs. */
export const bench: readonly WorkloadName[] = ['fork-exec', 'mprotect']

/** What an engine made of the guest kernel. Everything but `milliseconds` is the same on every engine. */
export interface GuestRun {
  /** On the bare machine. */
  readonly bare: { readonly text: string; readonly reason: string; readonly counters: MachineCounters }
  /** In a VM under trap-and-emulate. */
  readonly virtual: { readonly text: string; readonly end: VmEnd | undefined; readonly totals: LedgerTotals }
  /** Time to boot and run, images unpacked before. */
  readonly milliseconds: { readonly bare: number; readonly virtual: number }
}

/** The guest kernel with its workloads, bare and virtualized: what the browser and Node both run. */
export async function guestRun(): Promise<GuestRun> {
  const machineOptions = {
    kernel: await kernelElf(),
    disks: [memoryBlocks(await disk())],
    ram: GUEST_MEMORY,
    bootargs: bootargs({ bench }),
  }
  let text = ''
  const begin = performance.now()
  const machine = createMachine({
    ...machineOptions,
    console: {
      output: (bytes) => {
        text += String.fromCharCode(...bytes)
      },
    },
  })
  const { reason } = machine.runSlice(1e9)
  const between = performance.now()
  const host = new Host({ memory: 2 * GUEST_MEMORY })
  const guest = await kernelGuest(host, bench)
  runVms(host, [guest.vm])
  const end = performance.now()
  return {
    bare: { text, reason, counters: machine.counters() },
    virtual: { text: guest.text(), end: guest.vm.ended, totals: guest.vm.ledger.totals() },
    milliseconds: { bare: between - begin, virtual: end - between },
  }
}
