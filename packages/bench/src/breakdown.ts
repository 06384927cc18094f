import { type CostProfile, type ExitKind, exitTitle, type HardwareEvent } from '@worldswitch/hypervisor'
import type { Figures } from './figures.ts'

/** One term of a sum of virtual cycles. */
export interface CostShare {
  /** Name of the count, such as an exit kind. */
  readonly what: string
  /** The same in a few words. */
  readonly title: string
  readonly count: number
  readonly cycles: number
}

const titles = {
  exception: 'exception taken by the kernel',
  interrupt: 'interrupt taken by the kernel',
  firmwareCall: 'firmware call',
  deviceAccess: 'device register access',
} as const satisfies Partial<Record<HardwareEvent, string>>

const isNative = (kind: string): kind is keyof typeof titles => Object.hasOwn(titles, kind)

/**
 * Takes virtual cycles apart: which count makes up how much of them.
 *
 * @returns the terms that are not zero, largest first. They add up to `figures.virtualCycles`.
 */
export function breakdown(figures: Figures, profile: CostProfile): CostShare[] {
  const { hardware, monitor, exits } = profile
  const share = (what: string, title: string, count: number, each: number): CostShare => ({
    what,
    title,
    count,
    cycles: count * each,
  })
  const direct = figures.instructions - figures.emulatedInstructions
  return [
    share('instruction', 'instructions executed', direct, hardware.instruction.cycles),
    share(
      'walkReference',
      'page-table entries read by the hart',
      figures.walkReferences,
      hardware.walkReference.cycles,
    ),
    share(
      'softwareWalkReference',
      'page-table entries read by the monitor',
      figures.softwareWalkReferences,
      monitor.softwareWalkReference.cycles,
    ),
    share('exception', titles.exception, figures.directExceptions, hardware.exception.cycles),
    share('interrupt', titles.interrupt, figures.directInterrupts, hardware.interrupt.cycles),
    share('fence', 'fence, or other page tables chosen', figures.fences, hardware.fence.cycles),
    share('dmaLine', '64 bytes moved by a device', figures.dmaLines, hardware.dmaLine.cycles),
    share('copiedLine', '64 bytes copied by the monitor', figures.copiedLines, monitor.copiedLine.cycles),
    share('injection', 'virtual interrupt delivered', figures.injections, monitor.injection.cycles),
    ...Object.entries(figures.events).map(([kind, count]) =>
      isNative(kind)
        ? share(kind, titles[kind], count, hardware[kind].cycles)
        : share(kind, exitTitle(kind as ExitKind), count, exits[kind as ExitKind].cycles),
    ),
  ]
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.cycles - a.cycles)
}
