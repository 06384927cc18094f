import type { CostShare } from './breakdown.ts'
import type { Figures } from './figures.ts'
import type { Spread } from './spread.ts'

/** One workload under one strategy. */
export interface StrategyResult {
  readonly strategy: string
  /** Exact counts: every repetition gave the same. `wallMilliseconds` is the median. */
  readonly figures: Figures
  /** Virtual cycles over those of bare metal; absent when that was not run. */
  readonly slowdown?: number
  /** Host time over that of bare metal, repetition by repetition; absent when that was not run. */
  readonly wallRatio?: Spread
  readonly wallMilliseconds: Spread
  /** What the virtual cycles are made of, largest first. */
  readonly breakdown: readonly CostShare[]
}

/** One workload under all strategies of a run. */
export interface WorkloadResult {
  /** `boot` for the way from reset to the first workload. */
  readonly name: string
  readonly title: string
  /** What the guest computed, equal under every strategy and to the native result; absent for `boot`. */
  readonly checksum?: string
  readonly results: readonly StrategyResult[]
}

/** Everything that a bench found out. Plain data: it is what the JSON file holds. */
export interface BenchReport {
  readonly format: 'worldswitch-bench'
  readonly version: 1
  /** `guest-kernel`, or the name of another guest such as `debian`. */
  readonly guest: string
  readonly profile: { readonly name: string; readonly title: string; readonly hertz: number }
  readonly strategies: readonly string[]
  readonly repetitions: number
  readonly scale: number
  /** Bytes of guest RAM. */
  readonly memory: number
  readonly workloads: readonly WorkloadResult[]
}
