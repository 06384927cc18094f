import { bootargs as programArgs, programElf, readResult } from '@worldswitch/compute-programs'
import type { EngineName, TranslationStatistics } from '@worldswitch/cpu'
import { memoryBlocks } from '@worldswitch/devices'
import { bootargs, disk, kernelElf, type WorkloadName } from '@worldswitch/guest-kernel'
import { Host, type LedgerTotals, runVms, type VmEnd } from '@worldswitch/hypervisor'
import { createMachine, type MachineCounters } from '@worldswitch/machine'
import { GUEST_MEMORY, kernelGuest } from '../test/kernel-guest.ts'

/** Two quick ones: processes and demand paging; page protection and what a fence costs. */
export const bench: readonly WorkloadName[] = ['fork-exec', 'mprotect']

/** Engines that translate; the second one everything that is executed. */
export const engines = ['auto', 'translator'] as const satisfies readonly EngineName[]

/** Rounds of the program: so many that `auto` translates its loops. */
const ROUNDS = 4
const PROGRAM = 'mixed'

/** What was translated, without what depends on the host's speed. */
export type Translated = Omit<TranslationStatistics, 'milliseconds'>

/** A run of a machine. Everything is the same on every host. */
export interface MachineRun {
  readonly text: string
  readonly reason: string
  readonly counters: MachineCounters
  readonly translated: Translated
}

/** What an engine made of the guest kernel and of a program. Everything but `milliseconds` is the same on every host. */
export interface EngineRun {
  /** The guest kernel on the bare machine. */
  readonly bare: MachineRun
  /** In a VM under trap-and-emulate. */
  readonly virtual: {
    readonly text: string
    readonly end: VmEnd | undefined
    readonly totals: LedgerTotals
    readonly translated: Translated
  }
  /** A program that computes, on the bare machine. */
  readonly program: MachineRun & { readonly status: string | undefined }
  /** Time to boot and run, images unpacked before. */
  readonly milliseconds: { readonly bare: number; readonly virtual: number; readonly program: number }
}

/** The runs of all {@link engines}. */
export type GuestRun = Readonly<Record<(typeof engines)[number], EngineRun>>

/** The guest kernel with its workloads, bare and virtualized, and a program: what the browser and Node both run. */
export async function guestRun(): Promise<GuestRun> {
  const runs = {} as Record<(typeof engines)[number], EngineRun>
  for (const engine of engines) runs[engine] = await engineRun(engine)
  return runs
}

async function engineRun(engine: EngineName): Promise<EngineRun> {
  const kernel = {
    kernel: await kernelElf(),
    disks: [memoryBlocks(await disk())],
    bootargs: bootargs({ bench }),
  }
  const program = { kernel: await programElf(PROGRAM), bootargs: programArgs({ rounds: ROUNDS }) }
  const times = [performance.now()]
  const passed = (): number => {
    times.push(performance.now())
    return times.at(-1)! - times.at(-2)!
  }
  const bare = machineRun(engine, kernel)
  const bareTime = passed()
  const host = new Host({ memory: 2 * GUEST_MEMORY, engine })
  const guest = await kernelGuest(host, bench)
  runVms(host, [guest.vm])
  const virtualTime = passed()
  const computed = machineRun(engine, program)
  return {
    bare,
    virtual: {
      text: guest.text(),
      end: guest.vm.ended,
      totals: guest.vm.ledger.totals(),
      translated: translated(host.hart.translation),
    },
    program: { ...computed, status: readResult(computed.text)?.status },
    milliseconds: { bare: bareTime, virtual: virtualTime, program: passed() },
  }
}

type Parts = Pick<Parameters<typeof createMachine>[0], 'kernel' | 'disks' | 'bootargs'>

function machineRun(engine: EngineName, parts: Parts): MachineRun {
  let text = ''
  const machine = createMachine({
    ...parts,
    ram: GUEST_MEMORY,
    hart: { engine },
    console: {
      output: (bytes) => {
        text += String.fromCharCode(...bytes)
      },
    },
  })
  const { reason } = machine.runSlice(1e9)
  const [hart] = machine.harts
  return { text, reason, counters: machine.counters(), translated: translated(hart.translation) }
}

function translated(statistics: TranslationStatistics | undefined): Translated {
  if (!statistics) throw new Error('this engine does not translate')
  const { milliseconds: _host, ...counts } = statistics
  return counts
}
