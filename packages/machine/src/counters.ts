import type { HartCounters } from '@worldswitch/cpu'

/** What a machine has done since power-on: exact counts, whenever they are read. */
export interface MachineCounters {
  /** Steps of all harts: instructions attempted, and interrupts taken. */
  readonly steps: number
  /** Instructions retired. */
  readonly retired: number
  /** Traps by exception code and by interrupt number, those that the firmware handled included. */
  readonly traps: { readonly exceptions: readonly number[]; readonly interrupts: readonly number[] }
  /** Translations that were not in a TLB. */
  readonly tlbMisses: number
  /** Page-table entries read for them. */
  readonly walkReferences: number
  /** Fences of translations, and writes to `satp`, `vsatp` and `hgatp`. */
  readonly fences: number
  /** Lines of 64 bytes that devices and the built-in firmware read from RAM or wrote there; those begun count. */
  readonly dmaLines: number
  /** Accesses to each device that was accessed, by the name of its row. */
  readonly mmio: Readonly<Record<string, number>>
}

const added = (lists: readonly (readonly number[])[]): number[] =>
  lists.reduce<number[]>((sums, list) => list.map((count, index) => count + (sums[index] ?? 0)), [])

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** Sums the counters of harts. */
export const sumCounters = (
  harts: readonly HartCounters[],
  mmio: Record<string, number>,
  dmaLines: number,
): MachineCounters => ({
  steps: total(harts.map((hart) => hart.steps)),
  retired: total(harts.map((hart) => hart.retired)),
  traps: {
    exceptions: added(harts.map((hart) => hart.traps.exceptions)),
    interrupts: added(harts.map((hart) => hart.traps.interrupts)),
  },
  tlbMisses: total(harts.map((hart) => hart.tlbMisses)),
  walkReferences: total(harts.map((hart) => hart.walkReferences)),
  fences: total(harts.map((hart) => hart.fences)),
  dmaLines,
  mmio,
})
