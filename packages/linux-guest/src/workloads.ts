import { workloadTable } from './generated/workload-table.ts'

/** Name of a workload, as `worldswitch.run=` takes it. */
export type WorkloadName = (typeof workloadTable)[number]['name']

/** One row of the table of workloads. The guest's `/bin/bench` is built from the same rows. */
export interface Workload {
  readonly name: WorkloadName
  /** For people. */
  readonly title: string
  /** What of a machine or of a virtual machine monitor it stresses. */
  readonly stresses: string
  /** What one operation is, in the singular. */
  readonly unit: string
  /** Number of operations per unit of scale. */
  readonly operations: number
  /** The right checksum, at every scale: 16 hexadecimal digits. */
  readonly checksum: string
}

/** All workloads, in the order in which `all` runs them; `disk` only where a disk is named. */
export const workloads: readonly Workload[] = workloadTable

/**
 * Narrows a string to the name of a workload.
 *
 * @example
 * isWorkloadName('pipe') // true
 */
export const isWorkloadName = (name: string): name is WorkloadName =>
  workloads.some((workload) => workload.name === name)
