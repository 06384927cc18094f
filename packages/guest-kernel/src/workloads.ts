import { workloadTable } from './generated/workload-table.ts'

/** Name of a workload, as `bench=` takes it. */
export type WorkloadName = (typeof workloadTable)[number]['name']

/** One row of the table of workloads. The kernel's `/bin/bench` is built from the same rows. */
export interface Workload {
  readonly name: WorkloadName
  /** For people. */
  readonly title: string
  /** What of a virtual machine monitor it stresses. */
  readonly stresses: string
  /** What one operation is, in the singular. */
  readonly unit: string
  /** Number of operations per unit of scale. */
  readonly operations: number
  /** The right checksum at scale 1, 2, ...: 16 hexadecimal digits, computed natively when the image was built. */
  readonly checksums: readonly string[]
}

/** All workloads, in the order in which `bench=all` runs them. */
export const workloads: readonly Workload[] = workloadTable

/** Largest scale whose checksums are known; the guest refuses larger ones. */
export const maxScale: number = workloadTable[0].checksums.length

/**
 * Narrows a string to the name of a workload.
 *
 * @example
 * isWorkloadName('pipe') // true
 */
export const isWorkloadName = (name: string): name is WorkloadName =>
  workloads.some((workload) => workload.name === name)
