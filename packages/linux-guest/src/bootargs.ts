import { LinuxGuestError } from './linux-guest-error.ts'
import { isWorkloadName, type WorkloadName, workloads } from './workloads.ts'

type Runnable = WorkloadName | 'all' | 'kvm-test'

/** What the guest's `/init` is to do. */
export interface BootOptions {
  /**
   * Workloads, `all` of them, or `kvm-test`, in this order; then the machine is switched off. `pipe:4` has a scale of
   * its own. Without it: a shell.
   */
  readonly run?: readonly (Runnable | `${Runnable}:${number}`)[]
  /** How often each workload without a scale of its own does its work: 1 (default) to 1,000,000. */
  readonly scale?: number
  /** Block device that the workload `disk` may overwrite: `/dev/vda`. */
  readonly disk?: string
  /** Device of the console; `ttyS0` by default. */
  readonly console?: string
}

const word = (value: string, what: string): string => {
  if (/^[\w/.-]+$/.test(value)) return value
  throw new LinuxGuestError('BOOT_ARGUMENT', `the ${what} ${JSON.stringify(value)} is no name of a device`)
}

const checkScale = (scale: number): void => {
  if (Number.isInteger(scale) && scale >= 1 && scale <= 1_000_000) return
  throw new LinuxGuestError('SCALE_RANGE', `the scale ${scale} is no whole number from 1 to 1,000,000`)
}

/**
 * The kernel command line for a guest with this package's `/init`.
 *
 * @throws LinuxGuestError
 * @example
 * bootargs({ run: ['getpid', 'kvm-test'] }) // 'console=ttyS0 worldswitch.run=getpid,kvm-test'
 */
export function bootargs({ run, scale = 1, disk, console = 'ttyS0' }: BootOptions = {}): string {
  const words = [`console=${word(console, 'console')}`]
  for (const item of run ?? []) {
    const [name = '', own] = item.split(':', 2)
    if (own !== undefined) checkScale(Number(own))
    if (name !== 'all' && name !== 'kvm-test' && !isWorkloadName(name)) {
      const known = workloads.map((workload) => workload.name).join(', ')
      throw new LinuxGuestError('UNKNOWN_WORKLOAD', `no workload is named '${name}'; there are ${known}`)
    }
  }
  if (run && run.length > 0) words.push(`worldswitch.run=${run.join(',')}`)
  checkScale(scale)
  if (scale !== 1) words.push(`worldswitch.scale=${scale}`)
  if (disk !== undefined) words.push(`worldswitch.disk=${word(disk, 'disk')}`)
  return words.join(' ')
}
