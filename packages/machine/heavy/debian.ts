import { findGuest, loadGuest, pullDebian } from '@worldswitch/linux-guest/node'
import { createMachine, type Machine, type MachineResult } from '../src/machine.ts'
import type { MachineOptions } from '../src/machine-options.ts'

/** More steps than any boot here takes: a guest that hangs fails the test instead of the clock on the wall. */
const MOST_STEPS = 8_000_000_000

/** Debian's guest, pulled when it is not in the cache. Without network or apt this throws, and the suite fails. */
export async function debian(): ReturnType<typeof loadGuest> {
  await findGuest('debian').catch(() => pullDebian())
  return loadGuest('debian')
}

/** How a boot went. */
export interface Boot extends MachineResult {
  /** The console, with line feeds only. */
  readonly text: string
  readonly machine: Machine
}

/** Boots a guest until it ends. */
export async function bootUntilEnd(options: MachineOptions): Promise<Boot> {
  let text = ''
  const machine = createMachine({
    ...options,
    console: {
      output: (bytes) => {
        text += String.fromCharCode(...bytes)
      },
    },
  })
  const result = await machine.run({ maxSteps: MOST_STEPS })
  return { ...result, text: text.replaceAll('\r', ''), machine }
}
