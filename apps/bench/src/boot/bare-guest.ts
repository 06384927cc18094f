import { createMachine, type MachineResult } from '@worldswitch/machine'
import type { Guest, GuestEnd, GuestParts } from './guest.ts'

/** Steps after which the caller gets a look at what else there is to do. */
const STEPS = 5_000_000

/** The guest on the machine itself. */
export function bareGuest(parts: GuestParts): Guest {
  const { kernel, initrd, bootargs, memory, disks, engine, clock, output } = parts
  const machine = createMachine({
    kernel,
    bootargs,
    ram: memory,
    disks,
    clock,
    hart: { engine },
    ...(initrd && { initrd }),
    console: {
      output(bytes) {
        for (const byte of bytes) output(byte)
      },
    },
  })
  return {
    input: (bytes) => machine.console.input(bytes),
    run: async (signal) => progress(await machine.run({ maxSteps: STEPS, signal })),
  }
}

function progress({ reason, code }: MachineResult): 'running' | 'input' | GuestEnd {
  if (reason === 'budget' || reason === 'aborted') return 'running'
  if (reason === 'idle') return 'input'
  return { reason: reason === 'fail' ? 'failed' : reason, code }
}
