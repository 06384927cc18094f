import type { PeerWorkloadGroup } from '@worldswitch/bench'
import { bootargs, readConsole, type Workload, type WorkloadName, workloads } from '@worldswitch/linux-guest'
import type { InstalledGuest } from '@worldswitch/linux-guest/node'
import { requireOwnPrograms } from '../bench-guests.ts'
import type { Job } from './job.ts'

const MEMORY = 256 * 2 ** 20
const SECONDS = 1200
/** What the shell of the guest prints when it is ready. */
const PROMPT = '/ # '

/**
 * Workloads that are compared, and how often each does its work: so that QEMU takes some three seconds, of which
 * translating cold code is a part but not the most, on either side. Those that wait for a clock or need a disk are left out.
 */
const scales = {
  compute: 1500,
  float: 150,
  memory: 8,
  getpid: 150,
  pipe: 30,
  fork: 60,
  'fork-exec': 60,
  mmap: 8,
  mprotect: 75,
  files: 30,
  signals: 8,
  threads: 38,
} as const satisfies Partial<Record<WorkloadName, number>>

/** The part of it that is done in VS-mode, where it takes QEMU longer by about so much. */
const VS_PART = 0.4

type Compared = keyof typeof scales

/**
 * What is run before the first of them and not timed: sleep, for a second and a half, while a thread of the kernel verifies
 * signatures. It would take half of the processor from whatever came first.
 */
const SETTLING = 'timer:120'

const isCompared = ({ name }: Workload): boolean => Object.hasOwn(scales, name)

/** How Linux is run: as it is, or in VS-mode. */
export type LinuxGroup = Extract<PeerWorkloadGroup, 'linux' | 'vs'>

const about = {
  linux: 'Debian boots, from firmware to shell',
  vs: 'Debian boots in VS-mode, from firmware to shell',
} satisfies Record<LinuxGroup, string>

/** The boot to a shell, then the workloads. */
export const linuxWorkloads = (group: LinuxGroup): readonly Named[] => [
  { name: `${group}-boot`, title: about[group] },
  ...workloads.filter(isCompared).map(({ name, title }) => ({
    name: `${group}-${name}`,
    title: `${title}${group === 'vs' ? ', VS-mode' : ''}`,
  })),
]

interface Named {
  readonly name: string
  readonly title: string
}

/**
 * One boot to the shell and one that runs the workloads, as far as they were asked for.
 *
 * @param names - of {@link linuxWorkloads} of the group.
 * @param scale - instead of each workload's own.
 * @param kernel - for VS-mode: the guest's kernel above the shim.
 * @throws UserError when the guest was made by another version of this program.
 */
export function linuxJobs(
  group: LinuxGroup,
  names: readonly string[],
  guest: InstalledGuest,
  scale?: number,
  kernel: string = guest.paths.kernel,
): Job[] {
  requireOwnPrograms(guest)
  const { initrd, firmwareDynamic: firmware } = guest.paths
  const common = { kernel, initrd, firmware, memory: MEMORY, hypervisor: group === 'vs' }
  const asked = linuxWorkloads(group).filter(({ name }) => names.includes(name))
  const jobs: Job[] = []
  const [boot] = asked
  if (boot?.name === `${group}-boot`) {
    jobs.push({
      label: boot.name,
      task: { ...common, bootargs: `${bootargs()} quiet` },
      spans: [{ ...boot, group, begin: 'OpenSBI', end: PROMPT }],
      seconds: SECONDS,
      input: 'poweroff\n',
      check: () => undefined,
    })
  }
  const chosen = workloads.filter((one) => isCompared(one) && names.includes(`${group}-${one.name}`))
  if (chosen.length === 0) return jobs
  const scaleOf = (name: Compared): number =>
    scale ?? Math.round(scales[name] * (group === 'vs' ? VS_PART : 1))
  const run = chosen.map(({ name }) => `${name as Compared}:${scaleOf(name as Compared)}` as const)
  jobs.push({
    label: `${group} workloads`,
    task: { ...common, bootargs: `${bootargs({ run: [SETTLING, ...run] })} quiet` },
    spans: chosen.map(({ name }) => ({
      ...asked.find((one) => one.name === `${group}-${name}`)!,
      group,
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
