/**
 * What one stretch of a run came to. Everything but `wallMilliseconds` is exact and the same on every machine;
 * `virtualCycles` are the counts weighted by a cost profile.
 */
export interface Figures {
  /** Instructions that the guest retired, whether the hart or a monitor carried them out. */
  readonly instructions: number
  /** Those of them that a monitor carried out. */
  readonly emulatedInstructions: number
  /** How often the guest left its own code, by kind: exit kinds under a strategy, traps and accesses on bare metal. */
  readonly events: Readonly<Record<string, number>>
  readonly tlbMisses: number
  /** Page-table entries that the hart read. */
  readonly walkReferences: number
  /** Page-table entries of the guest that a monitor read in software. */
  readonly softwareWalkReferences: number
  /** Exceptions that went to the kernel of a virtual machine without an exit. On bare metal they are `events`. */
  readonly directExceptions: number
  /** Interrupts that did. */
  readonly directInterrupts: number
  /** Fences of translations, and writes to `satp`, that the hart carried out. */
  readonly fences: number
  /** Lines of 64 bytes that devices and firmware moved on bare metal. */
  readonly dmaLines: number
  /** Lines of 64 bytes that a monitor copied in their place. */
  readonly copiedLines: number
  /** Virtual interrupts delivered by a monitor. */
  readonly injections: number
  readonly virtualCycles: number
  /** Host time. Only ratios within one run mean anything. */
  readonly wallMilliseconds: number
}

/** @returns what happened from `earlier` to `later`. */
export function between(earlier: Figures, later: Figures): Figures {
  const events: Record<string, number> = {}
  for (const [kind, count] of Object.entries(later.events)) events[kind] = count - (earlier.events[kind] ?? 0)
  return {
    instructions: later.instructions - earlier.instructions,
    emulatedInstructions: later.emulatedInstructions - earlier.emulatedInstructions,
    events,
    tlbMisses: later.tlbMisses - earlier.tlbMisses,
    walkReferences: later.walkReferences - earlier.walkReferences,
    softwareWalkReferences: later.softwareWalkReferences - earlier.softwareWalkReferences,
    directExceptions: later.directExceptions - earlier.directExceptions,
    directInterrupts: later.directInterrupts - earlier.directInterrupts,
    fences: later.fences - earlier.fences,
    dmaLines: later.dmaLines - earlier.dmaLines,
    copiedLines: later.copiedLines - earlier.copiedLines,
    injections: later.injections - earlier.injections,
    virtualCycles: later.virtualCycles - earlier.virtualCycles,
    wallMilliseconds: later.wallMilliseconds - earlier.wallMilliseconds,
  }
}

/** @returns all events together. */
export const eventCount = (figures: Figures): number =>
  Object.values(figures.events).reduce((sum, count) => sum + count, 0)
