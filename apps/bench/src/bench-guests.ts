import { type BenchWorkload, type GuestImage, guestImage, linuxImage } from '@worldswitch/bench'
import { maxScale, workloads } from '@worldswitch/guest-kernel'
import { workloads as linuxWorkloads, programs } from '@worldswitch/linux-guest'
import { type InstalledGuest, loadGuest } from '@worldswitch/linux-guest/node'
import { UserError } from './user-error.ts'

/** A guest that `run` can take, and what suits it. */
export interface BenchGuest {
  readonly workloads: readonly BenchWorkload[]
  image(): Promise<GuestImage>
  /** Bytes of RAM. */
  readonly memory: number
  readonly maxScale: number
  /** Whether to run it once before anything is measured. */
  readonly warmUp: boolean
}

/** The kernel that comes with the project. */
export const ownKernel: BenchGuest = {
  workloads,
  image: guestImage,
  memory: 64 * 2 ** 20,
  maxScale,
  warmUp: true,
}

/**
 * A guest that was pulled.
 *
 * @throws LinuxGuestError when it was not.
 * @throws UserError as {@link requireOwnPrograms}.
 */
export async function pulled(name: string): Promise<BenchGuest> {
  const guest = await loadGuest(name)
  requireOwnPrograms(guest)
  return {
    workloads: linuxWorkloads,
    image: async () => linuxImage(name, guest),
    memory: 256 * 2 ** 20,
    // Each repetition comes to the same checksum.
    maxScale: 1_000_000,
    // It boots for so long that the host's compilers have done their work before the first workload.
    warmUp: false,
  }
}

/** @throws UserError when a guest was made by another version of this program: checksums would be other ones. */
export function requireOwnPrograms({ name, programs: has }: InstalledGuest): void {
  if (has.bench === programs.bench.sha256 && has.init === programs.init.sha256) return
  throw new UserError(
    `the guest ${name} has workloads of another version: run \`worldswitch guests pull ${name}\` again`,
    1,
  )
}
