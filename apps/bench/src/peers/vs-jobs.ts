import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { bootargs } from '@worldswitch/compute-programs'
import type { InstalledGuest } from '@worldswitch/linux-guest/node'
import { exitProgramElf, exitPrograms, inVsMode } from '@worldswitch/vs-shim'
import { writeWhole } from '../files.ts'
import type { Job } from './job.ts'
import { linuxJobs, linuxWorkloads } from './linux-jobs.ts'

const MEMORY = 128 * 2 ** 20
const SECONDS = 600

const nameOf = (program: string): string => `vs-${program}`

const exits = exitPrograms.map(({ name, title }) => ({ name: nameOf(name), title }))
const underLinux = linuxWorkloads('vs')

/** Programs that exit and do nothing else, then Linux. */
export const vsWorkloads: readonly { readonly name: string; readonly title: string }[] = [
  ...exits,
  ...underLinux,
]

/** Whether a workload needs the guest with Linux. */
export const needsLinux = (name: string): boolean => underLinux.some((one) => one.name === name)

/**
 * A job for each program that exits.
 *
 * @param names - of {@link vsWorkloads}.
 * @param folder - where their images are put.
 * @param rounds - instead of what the table says.
 */
export const exitJobs = (names: readonly string[], folder: string, rounds?: number): Promise<Job[]> =>
  Promise.all(
    exitPrograms
      .filter(({ name }) => names.includes(nameOf(name)))
      .map(async ({ name, title, rounds: usual, checksum }): Promise<Job> => {
        const kernel = path.join(folder, `${nameOf(name)}.elf`)
        await writeWhole(kernel, await inVsMode(await exitProgramElf(name)))
        const end = `@bench end ${name} checksum=`
        return {
          label: nameOf(name),
          task: { kernel, bootargs: bootargs({ rounds: rounds ?? usual }), memory: MEMORY, hypervisor: true },
          spans: [{ name: nameOf(name), title, group: 'vs', begin: `@bench begin ${name}\n`, end }],
          seconds: SECONDS,
          check: (console) =>
            console.includes(end) && !console.includes(end + checksum) ? 'an answer was wrong' : undefined,
        }
      }),
  )

/**
 * The jobs of Linux with its kernel in VS-mode.
 *
 * @param names - of {@link vsWorkloads}.
 * @param folder - where the kernel above the shim is put.
 * @param scale - instead of each workload's own.
 * @throws UserError when the guest was made by another version of this program.
 */
export async function vsLinuxJobs(
  names: readonly string[],
  guest: InstalledGuest,
  folder: string,
  scale?: number,
): Promise<Job[]> {
  const kernel = path.join(folder, 'vs-linux.elf')
  await writeWhole(kernel, await inVsMode(await readFile(guest.paths.kernel)))
  return linuxJobs('vs', names, guest, scale, kernel)
}
