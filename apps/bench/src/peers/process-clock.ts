import { existsSync, readFileSync } from 'node:fs'
import { UserError } from '../user-error.ts'

/** What time is: the host's clock, or that which processors spent on the machine's process with all its threads. */
export const timeNames = ['wall', 'cpu'] as const

/** One of {@link timeNames}. */
export type TimeName = (typeof timeNames)[number]

/** In `/proc`, whatever the kernel's own tick is. */
const MILLISECONDS_A_TICK = 10
/** Place of `utime` behind the name of the program, which may have spaces in it; `stime` is next. */
const USER_TIME = 11

/** @returns milliseconds of processor time in a line of `/proc/PID/stat`. */
export function processorTime(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[USER_TIME]) + Number(fields[USER_TIME + 1])) * MILLISECONDS_A_TICK
}

/**
 * A clock for what a process prints.
 *
 * @returns milliseconds since whenever; once the process has ended, its last time.
 * @throws UserError when the system does not tell processor time.
 */
export function processClock(time: TimeName, pid: number | undefined): () => number {
  if (time === 'wall') return () => performance.now()
  if (!existsSync('/proc/self/stat')) {
    throw new UserError('--time cpu reads /proc, which this system does not have: use --time wall', 1)
  }
  let last = 0
  return () => {
    try {
      last = processorTime(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    } catch {
      // It has ended.
    }
    return last
  }
}
