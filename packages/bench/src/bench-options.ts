import type { CostProfile } from '@worldswitch/hypervisor'
import type { GuestImage, SubjectMaker } from './subject.ts'

/** What a bench tells while it runs. Repetitions count from 0. */
export type BenchProgress =
  | { readonly kind: 'warm-up' }
  | { readonly kind: 'start'; readonly strategy: string; readonly repetition: number }
  | {
      readonly kind: 'workload'
      readonly strategy: string
      readonly repetition: number
      readonly workload: string
    }
  | { readonly kind: 'end'; readonly strategy: string; readonly repetition: number }

/** A workload of a guest. */
export interface BenchWorkload {
  /** As the guest knows it. */
  readonly name: string
  /** For people. */
  readonly title: string
}

/** What to run, and how. */
export interface BenchOptions {
  readonly guest: GuestImage
  /** In the order in which they run. */
  readonly workloads: readonly BenchWorkload[]
  /** What to run them on. Ratios are to `bare`, if it is among them. */
  readonly subjects: readonly SubjectMaker[]
  readonly profile: CostProfile
  /** How often everything runs; counts must not differ. Default 1. */
  readonly repetitions?: number
  /** Factor of the guest's own default amounts, a whole number from 1 on. Default 1. */
  readonly scale?: number
  /** Bytes of guest RAM. */
  readonly memory: number
  /**
   * Runs the first workload once on everything before it measures, so that the host's compilers have done their work
   * and the first strategy does not pay for all of them. Changes host times only. Default true.
   */
  readonly warmUp?: boolean
  /** Most steps and exits of one run before it is given up. Default ten billion. */
  readonly limit?: number
  /** Told what is under way. */
  readonly onProgress?: (progress: BenchProgress) => void
  /** Ends the bench with `aborted`, some milliseconds after it fired. */
  readonly signal?: AbortSignal
}
