import path from 'node:path'
import { bootargs, type ComputeProgram, programElf, readResult } from '@worldswitch/compute-programs'
import { writeWhole } from '../files.ts'
import type { Job } from './job.ts'

const MEMORY = 128 * 2 ** 20
const SECONDS = 600

/**
 * A job for each program.
 *
 * @param folder - where their images are put.
 * @param rounds - instead of what the table says.
 */
export const programJobs = (
  programs: readonly ComputeProgram[],
  folder: string,
  rounds?: number,
): Promise<Job[]> =>
  Promise.all(
    programs.map(async ({ name, title, arithmetic, rounds: usual }): Promise<Job> => {
      const kernel = path.join(folder, `${name}.elf`)
      await writeWhole(kernel, await programElf(name))
      return {
        label: name,
        task: { kernel, bootargs: bootargs({ rounds: rounds ?? usual }), memory: MEMORY },
        spans: [
          { name, title, group: arithmetic, begin: `@bench begin ${name}\n`, end: `@bench end ${name} ` },
        ],
        seconds: SECONDS,
        check(console) {
          const result = readResult(console)
          return result?.status === 'mismatch' ? `the checksum ${result.checksum} is wrong` : undefined
        },
      }
    }),
  )
