import { memoryBlocks } from '@worldswitch/devices'
import { exitKinds, Host, runVms, type Strategy, Vm, type VmEnd } from '@worldswitch/hypervisor'
import { Stopwatch } from './stopwatch.ts'
import type { SubjectMaker } from './subject.ts'

/** Virtual cycles of one stretch: a turn of the scheduler's for a VM by itself, so that stretches do not show in counts. */
const STRETCH = 30_000_000
/** What the host has besides the guest's RAM, for page tables and the like. */
const MONITOR_MEMORY = 32 * 2 ** 20

const outcomes: Readonly<Record<VmEnd['reason'], string>> = {
  poweroff: 'it powered off',
  reset: 'it asked for a reset',
  failed: 'it reported a failure',
  'out-of-memory': 'the host had no memory left for it',
}

/** The guest in a virtual machine under a strategy, alone on its host. */
export const strategySubject = (strategy: Strategy): SubjectMaker => ({
  name: strategy.name,
  title: strategy.title,
  start({ guest, profile, memory, bootargs, output }) {
    const host = new Host({
      memory: memory + MONITOR_MEMORY,
      profile,
      hypervisor: strategy.needsHypervisor ?? false,
    })
    const vm = new Vm(host, {
      strategy,
      kernel: guest.kernel,
      memory,
      ...(guest.initrd && { initrd: guest.initrd }),
      bootargs,
      disks: [memoryBlocks(guest.disk.slice())],
      output,
    })
    const { ledger } = vm
    const stopwatch = new Stopwatch()
    let idle = false
    const work = (): number =>
      exitKinds.reduce((sum, kind) => sum + ledger.exits(kind), ledger.directInstructions)
    return {
      advance() {
        if (vm.ended || idle) return 0
        const before = work()
        const end = stopwatch.during(() => runVms(host, [vm], { cycles: STRETCH }))
        idle = end === 'idle'
        return Math.max(1, work() - before)
      },
      figures() {
        const totals = ledger.totals()
        return {
          instructions: totals.directInstructions + totals.emulatedInstructions,
          emulatedInstructions: totals.emulatedInstructions,
          events: totals.exits,
          tlbMisses: totals.tlbMisses,
          walkReferences: totals.walkReferences,
          softwareWalkReferences: totals.softwareWalkReferences,
          directExceptions: totals.directExceptions,
          directInterrupts: totals.directInterrupts,
          fences: totals.directFences,
          dmaLines: 0,
          copiedLines: totals.copiedLines,
          injections: totals.injections,
          virtualCycles: totals.virtualCycles,
          wallMilliseconds: stopwatch.milliseconds,
        }
      },
      outcome: () => (vm.ended ? outcomes[vm.ended.reason] : 'it waits for something that will not come'),
      destroy: () => vm.destroy(),
    }
  },
})
