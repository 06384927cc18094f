import { GuestKernelError } from './guest-kernel-error.ts'
import { isWorkloadName, maxScale, type WorkloadName } from './workloads.ts'

/** What the guest does after booting; without any of these, an interactive shell. */
export interface BootOptions {
  /** Workloads to run, in this order; then the guest switches the machine off. */
  readonly bench?: 'all' | readonly WorkloadName[]
  /** Multiplies every workload's operations: an integer from 1 to {@link maxScale}. Default 1. */
  readonly scale?: number
  /** Path of a shell script on the disk to run instead; then the guest switches the machine off. */
  readonly script?: string
}

/**
 * The kernel command line (`/chosen/bootargs` of the device tree) for a run.
 *
 * @throws GuestKernelError with code `UNKNOWN_WORKLOAD`, `SCALE_RANGE` or `SCRIPT_PATH`.
 * @example
 * bootargs({ bench: ['pipe', 'make'], scale: 2 }) // 'bench=pipe,make scale=2'
 */
export function bootargs({ bench, scale = 1, script }: BootOptions = {}): string {
  if (!Number.isInteger(scale) || scale < 1 || scale > maxScale)
    throw new GuestKernelError(
      'SCALE_RANGE',
      `scale ${scale} has no predicted checksums: use 1 to ${maxScale}`,
    )
  if (bench === undefined) {
    if (script === undefined) return ''
    if (!/^\/[^\s]{1,62}$/.test(script))
      throw new GuestKernelError(
        'SCRIPT_PATH',
        `script ${JSON.stringify(script)} must be an absolute path without spaces`,
      )
    return `script=${script}`
  }
  if (script !== undefined)
    throw new GuestKernelError('SCRIPT_PATH', 'a run has either workloads or a script: leave one out')
  if (bench !== 'all') {
    const unknown = bench.find((name) => !isWorkloadName(name))
    if (unknown !== undefined || bench.length === 0)
      throw new GuestKernelError(
        'UNKNOWN_WORKLOAD',
        `no workload ${unknown ?? 'given'}: see the table \`workloads\``,
      )
  }
  return `bench=${bench === 'all' ? bench : bench.join(',')} scale=${scale}`
}
