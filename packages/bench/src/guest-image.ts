import { bootargs, disk, kernelElf } from '@worldswitch/guest-kernel'
import type { GuestImage } from './subject.ts'

/** The kernel and the disk that come with the project. Its workloads are `workloads` of `@worldswitch/guest-kernel`. */
export const guestImage = async (): Promise<GuestImage> => ({
  kernel: await kernelElf(),
  disk: await disk(),
  bootargs,
})
