import { bootargs, disk, isWorkloadName, kernelElf, workloads } from '@worldswitch/guest-kernel'
import * as linux from '@worldswitch/linux-guest'
import type { GuestImage } from './subject.ts'

/** The kernel and the disk that come with the project. Its workloads are `workloads` of `@worldswitch/guest-kernel`. */
export const guestImage = async (): Promise<GuestImage> => ({
  name: 'guest-kernel',
  kernel: await kernelElf(),
  disk: await disk(),
  bootargs: ({ bench, scale }) => bootargs({ bench: bench.filter(isWorkloadName), scale }),
  judge: (name, checksum, scale = 1) =>
    workloads.find((workload) => workload.name === name)?.checksums[scale - 1] === checksum,
  sameConsole: 'whole',
})

/** Bytes of the empty disk that the workload `disk` writes to. */
const LINUX_DISK = 2 ** 20
/**
 * What Linux does before the first workload: sleep, for a second and a half, while a thread of the kernel verifies
 * signatures. It would take half of the processor from whatever came first.
 */
const SETTLING = 'timer:120'

/**
 * Linux with an initial ramdisk that has the programs of `@worldswitch/linux-guest`, whose `workloads` it runs.
 *
 * @param name - what reports call it, such as `debian`.
 */
export const linuxImage = (
  name: string,
  { kernel, initrd }: { readonly kernel: Uint8Array; readonly initrd: Uint8Array },
): GuestImage => ({
  name,
  kernel,
  initrd,
  disk: new Uint8Array(LINUX_DISK),
  bootargs: ({ bench, scale }) =>
    `${linux.bootargs({ run: [SETTLING, ...bench.filter(linux.isWorkloadName)], scale, disk: '/dev/vda' })} quiet`,
  judge: (workload, checksum) =>
    linux.workloads.some((known) => known.name === workload && known.checksum === checksum),
  sameConsole: 'results',
})
