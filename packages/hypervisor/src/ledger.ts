import type { CostProfile } from './cost-profile.ts'
import { type ExitKind, exitKinds } from './exit.ts'
import { type PcCount, PcCounts } from './pc-counts.ts'

/** Most guest PCs that a ledger keeps apart per exit kind; further ones are counted together. */
export const PC_LIMIT = 4096

/** Exits of one kind at one guest PC. */
export type HotSpot = PcCount

/** What the hart did in one entry. */
export interface DirectCounts {
  /** Instructions retired. */
  readonly instructions: number
  readonly tlbMisses: number
  readonly walkReferences: number
  /** Exceptions that went to the guest's kernel without an exit. */
  readonly exceptions: number
  /** Interrupts that did. */
  readonly interrupts: number
  /** Fences of translations, and writes to `satp`, that did not exit. */
  readonly fences: number
}

/** A ledger's figures at one moment: plain data, all exact counts except `virtualCycles`. */
export interface LedgerTotals {
  /** Instructions that retired in the guest on the hart itself. */
  readonly directInstructions: number
  /** Instructions that the monitor carried out for the guest. */
  readonly emulatedInstructions: number
  readonly exits: Readonly<Record<ExitKind, number>>
  /** Exceptions that the hart took to the guest's kernel, without an exit. */
  readonly directExceptions: number
  /** Interrupts that the hart took to the guest's kernel, without an exit. */
  readonly directInterrupts: number
  /** Fences of translations, and writes to `satp`, that the hart carried out. */
  readonly directFences: number
  /** Virtual interrupts delivered by the monitor. */
  readonly injections: number
  /** Lines of 64 bytes that device models and the firmware copied for the guest; those begun count. */
  readonly copiedLines: number
  /** TLB misses of the hart while it ran the guest. */
  readonly tlbMisses: number
  /** Page-table entries that the hart read on them. */
  readonly walkReferences: number
  /** Entries of the guest's page tables that the monitor read. */
  readonly softwareWalkReferences: number
  /** The counts weighted by the profile. */
  readonly virtualCycles: number
}

/**
 * The account of one VM: exact counts of what happened, and what it costs by a profile. Virtual cycles are kept up
 * to date, because the guest's clock runs on them.
 */
export class Ledger {
  readonly profile: CostProfile
  directInstructions = 0
  emulatedInstructions = 0
  directExceptions = 0
  directInterrupts = 0
  directFences = 0
  injections = 0
  copiedLines = 0
  tlbMisses = 0
  walkReferences = 0
  softwareWalkReferences = 0
  readonly #exits: Record<ExitKind, number>
  readonly #pcs = new Map<ExitKind, PcCounts>()
  #cycles = 0

  constructor(profile: CostProfile) {
    this.profile = profile
    this.#exits = Object.fromEntries(exitKinds.map((kind) => [kind, 0])) as Record<ExitKind, number>
  }

  /** Cycles so far: what ran, what the hart walked, and what the monitor did. */
  get virtualCycles(): number {
    return this.#cycles
  }

  /** Adds what the hart did in one entry. */
  ran({ instructions, tlbMisses, walkReferences, exceptions, interrupts, fences }: DirectCounts): void {
    this.directInstructions += instructions
    this.tlbMisses += tlbMisses
    this.walkReferences += walkReferences
    this.directExceptions += exceptions
    this.directInterrupts += interrupts
    this.directFences += fences
    const { hardware } = this.profile
    this.#cycles +=
      instructions * hardware.instruction.cycles +
      walkReferences * hardware.walkReference.cycles +
      exceptions * hardware.exception.cycles +
      interrupts * hardware.interrupt.cycles +
      fences * hardware.fence.cycles
  }

  /** Counts an exit at a guest PC. */
  exited(kind: ExitKind, pc: bigint): void {
    this.#exits[kind]++
    this.#cycles += this.profile.exits[kind].cycles
    let pcs = this.#pcs.get(kind)
    if (!pcs) {
      pcs = new PcCounts(PC_LIMIT)
      this.#pcs.set(kind, pcs)
    }
    pcs.add(pc)
  }

  /** Counts an instruction that the monitor carried out. */
  emulated(): void {
    this.emulatedInstructions++
  }

  /** Counts entries of guest page tables that the monitor read. */
  walkedInSoftware(references: number): void {
    this.softwareWalkReferences += references
    this.#cycles += references * this.profile.monitor.softwareWalkReference.cycles
  }

  /** Counts a virtual interrupt. */
  injected(): void {
    this.injections++
    this.#cycles += this.profile.monitor.injection.cycles
  }

  /** Counts lines of 64 bytes that were copied for the guest. */
  copied(lines: number): void {
    this.copiedLines += lines
    this.#cycles += lines * this.profile.monitor.copiedLine.cycles
  }

  /** Exits of one kind so far. */
  exits(kind: ExitKind): number {
    return this.#exits[kind]
  }

  /** The guest PCs at which a kind occurred most, most frequent first; ties by address. */
  hotSpots(kind: ExitKind, limit = 10): HotSpot[] {
    return (this.#pcs.get(kind)?.entries() ?? [])
      .sort((a, b) => b.count - a.count || (a.pc < b.pc ? -1 : 1))
      .slice(0, limit)
  }

  /** A copy of the figures. */
  totals(): LedgerTotals {
    return {
      directInstructions: this.directInstructions,
      emulatedInstructions: this.emulatedInstructions,
      exits: { ...this.#exits },
      directExceptions: this.directExceptions,
      directInterrupts: this.directInterrupts,
      directFences: this.directFences,
      injections: this.injections,
      copiedLines: this.copiedLines,
      tlbMisses: this.tlbMisses,
      walkReferences: this.walkReferences,
      softwareWalkReferences: this.softwareWalkReferences,
      virtualCycles: this.#cycles,
    }
  }
}

/** What happened between two moments of one ledger. */
export function difference(later: LedgerTotals, earlier: LedgerTotals): LedgerTotals {
  const exits = Object.fromEntries(
    exitKinds.map((kind) => [kind, later.exits[kind] - earlier.exits[kind]]),
  ) as Record<ExitKind, number>
  return {
    directInstructions: later.directInstructions - earlier.directInstructions,
    emulatedInstructions: later.emulatedInstructions - earlier.emulatedInstructions,
    exits,
    directExceptions: later.directExceptions - earlier.directExceptions,
    directInterrupts: later.directInterrupts - earlier.directInterrupts,
    directFences: later.directFences - earlier.directFences,
    injections: later.injections - earlier.injections,
    copiedLines: later.copiedLines - earlier.copiedLines,
    tlbMisses: later.tlbMisses - earlier.tlbMisses,
    walkReferences: later.walkReferences - earlier.walkReferences,
    softwareWalkReferences: later.softwareWalkReferences - earlier.softwareWalkReferences,
    virtualCycles: later.virtualCycles - earlier.virtualCycles,
  }
}
