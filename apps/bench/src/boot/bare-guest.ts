import { hartExtensions } from '@worldswitch/cpu'
import { createMachine, type Machine, type MachineResult } from '@worldswitch/machine'
import type { Guest, GuestEnd, GuestParts } from './guest.ts'

/** Steps after which the caller gets a look at what else there is to do. */
const STEPS = 5_000_000

const WITHOUT_H = hartExtensions.filter((name) => name !== 'H')

/** The machine that a guest without a hypervisor runs on. */
export function bareMachine(parts: GuestParts): Machine {
  const { memory, hypervisor, satpModes, engine, output, network, profile: _profile, ...same } = parts
  return createMachine({
    ...same,
    ram: memory,
    hart: { engine, satpModes, ...(!hypervisor && { extensions: WITHOUT_H }) },
    networks: network ? [{ backend: network }] : [],
    console: {
      output(bytes) {
        for (const byte of bytes) output(byte)
      },
    },
  })
}

/** The guest on the machine itself. */
export function bareGuest(parts: GuestParts): Guest {
  const machine = bareMachine(parts)
  return {
    input: (bytes) => machine.console.input(bytes),
    run: async (signal) => progress(await machine.run({ maxSteps: STEPS, signal })),
    reset: () => machine.reset(),
  }
}

function progress({ reason, code }: MachineResult): 'running' | 'input' | GuestEnd {
  if (reason === 'budget' || reason === 'aborted') return 'running'
  if (reason === 'idle') return 'input'
  return { reason: reason === 'fail' ? 'failed' : reason, code }
}
