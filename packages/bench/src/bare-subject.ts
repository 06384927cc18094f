import { memoryBlocks } from '@worldswitch/devices'
import { type NativeCounts, nativeCycles } from '@worldswitch/hypervisor'
import { createMachine, type MachineCounters, type MachineResult } from '@worldswitch/machine'
import { Stopwatch } from './stopwatch.ts'
import { BARE, type SubjectMaker } from './subject.ts'

/** Steps of one stretch. */
const STRETCH = 5_000_000
/** Exception code of ECALL from S-mode: a call to the firmware. */
const ECALL_FROM_S = 9

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

/** Sorts what a machine counted into the events that a profile has costs for. */
const nativeCounts = ({
  retired,
  traps,
  walkReferences,
  mmio,
  fences,
  dmaLines,
}: MachineCounters): NativeCounts => {
  const firmwareCall = traps.exceptions[ECALL_FROM_S] ?? 0
  return {
    instruction: retired,
    walkReference: walkReferences,
    exception: sum(traps.exceptions) - firmwareCall,
    interrupt: sum(traps.interrupts),
    firmwareCall,
    deviceAccess: sum(Object.values(mmio)),
    fence: fences,
    dmaLine: dmaLines,
  }
}

const outcomes: Readonly<Record<MachineResult['reason'], string>> = {
  poweroff: 'it powered off',
  reset: 'it asked for a reset',
  fail: 'it reported a failure',
  budget: 'it was still running',
  idle: 'it waits for something that will not come',
  aborted: 'it was aborted',
}

/** The guest on the machine itself, without a hypervisor. */
export const bareSubject: SubjectMaker = {
  name: BARE,
  title: 'Bare metal: the guest on the machine itself',
  start({ guest, profile, memory, bootargs, output }) {
    const machine = createMachine({
      kernel: guest.kernel,
      ram: memory,
      ...(guest.initrd && { initrd: guest.initrd }),
      bootargs,
      hertz: profile.hertz / profile.hardware.instruction.cycles,
      disks: [memoryBlocks(guest.disk.slice())],
      console: {
        output(bytes) {
          for (const byte of bytes) output(byte)
        },
      },
    })
    const stopwatch = new Stopwatch()
    let reason: MachineResult['reason'] = 'budget'
    return {
      advance() {
        if (reason !== 'budget') return 0
        const result = stopwatch.during(() => machine.runSlice(STRETCH))
        reason = result.reason
        return result.steps
      },
      figures() {
        const counters = machine.counters()
        const counts = nativeCounts(counters)
        const { exception, interrupt, firmwareCall, deviceAccess } = counts
        return {
          instructions: counters.retired,
          emulatedInstructions: 0,
          events: { exception, interrupt, firmwareCall, deviceAccess },
          tlbMisses: counters.tlbMisses,
          walkReferences: counters.walkReferences,
          softwareWalkReferences: 0,
          directExceptions: 0,
          directInterrupts: 0,
          fences: counters.fences,
          dmaLines: counters.dmaLines,
          copiedLines: 0,
          injections: 0,
          virtualCycles: nativeCycles(profile, counts),
          wallMilliseconds: stopwatch.milliseconds,
        }
      },
      outcome: () => outcomes[reason],
      destroy() {},
    }
  },
}
