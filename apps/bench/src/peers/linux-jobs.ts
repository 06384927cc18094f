import {
  bootargs,
  programs,
  readConsole,
  type Workload,
  type WorkloadName,
  workloads,
} from '@worldswitch/linux-guest'
import type { InstalledGuest } from '@worldswitch/linux-guest/node'
import { UserError } from '../user-error.ts'
import type { Job } from './job.ts'

const MEMORY = 256 * 2 ** 20
const SECONDS = 1200
/** What the shell of the guest prints when it is ready. */
const PROMPT = '/ # '

/**
 * Workloads that are compared, and how often each does its work: so that QEMU takes about a second. Those that wait
 * for a clock or need a disk are left out.
 */
const scales = {
  compute: 200,
  float: 20,
  memory: 1,
  getpid: 20,
  pipe: 4,
  fork: 8,
  'fork-exec': 8,
  mmap: 1,
  mprotect: 10,
  files: 4,
  signals: 1,
  threads: 5,
} as const satisfies Partial<Record<WorkloadName, number>>

type Compared = keyof typeof scales

const isCompared = ({ name }: Workload): boolean => Object.hasOwn(scales, name)

/** The boot to a shell, then the workloads. */
export const linuxWorkloads: readonly { readonly name: string; readonly title: string }[] = [
  { name: 'linux-boot', title: 'Debian boots, from firmware to shell' },
  ...workloads.filter(isCompared).map(({ name, title }) => ({ name: `linux-${name}`, title })),
]

/**
 * One boot to the shell and one that runs the workloads, as far as they were asked for.
 *
 * @param names - of {@link linuxWorkloads}.
 * @param scale - instead of each workload's own.
 * @throws UserError when the guest was made by another version of this program.
 */
export function linuxJobs(names: readonly string[], guest: InstalledGuest, scale?: number): Job[] {
  if (guest.programs.bench !== programs.bench.sha256 || guest.programs.init !== programs.init.sha256) {
    throw new UserError(
      'the guest debian has workloads of another version: run `worldswitch guests pull debian` again',
      1,
    )
  }
  const { kernel, initrd, firmwareDynamic: firmware } = guest.paths
  const common = { kernel, initrd, firmware, memory: MEMORY }
  const jobs: Job[] = []
  if (names.includes('linux-boot')) {
    jobs.push({
      label: 'linux-boot',
      task: { ...common, bootargs: `${bootargs()} quiet` },
      spans: [{ ...linuxWorkloads[0], group: 'linux', begin: 'OpenSBI', end: PROMPT }],
      seconds: SECONDS,
      input: 'poweroff\n',
      check: () => undefined,
    })
  }
  const chosen = workloads.filter((one) => isCompared(one) && names.includes(`linux-${one.name}`))
  if (chosen.length === 0) return jobs
  const run = chosen.map(({ name }) => `${name as Compared}:${scale ?? scales[name as Compared]}` as const)
  jobs.push({
    label: 'linux workloads',
    task: { ...common, bootargs: `${bootargs({ run })} quiet` },
    spans: chosen.map(({ name, title }) => ({
      name: `linux-${name}`,
      title,
      group: 'linux',
      begin: `@bench begin ${name}`,
      end: `@bench end ${name} `,
    })),
    seconds: SECONDS,
    check(console) {
      const wrong = readConsole(console).workloads.find(({ status }) => status === 'mismatch')
      return wrong && `the checksum ${wrong.checksum} of ${wrong.name} is wrong`
    },
  })
  return jobs
}
