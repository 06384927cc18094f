import { expect } from 'vitest'
import type { EngineName, Hart, MachineMemory } from '../src/index.ts'
import { type BoardOptions, board, snapshot } from './board.ts'

/** A hart and its memory. */
export interface Machine {
  readonly hart: Hart
  readonly memory: MachineMemory
}

/** What to do with both machines of a pair. */
export interface Treatment {
  readonly options?: Omit<BoardOptions, 'engine'>
  /** Before the first step. */
  readonly prepare?: (machine: Machine) => void
  /** Default: one call of `run` with 10,000 steps. */
  readonly drive?: (machine: Machine) => void
}

/** All that a program can see, and what is counted. */
const everything = ({ hart, memory }: Machine) => ({ ...snapshot(hart), ram: Buffer.from(memory.ram) })

/** Expects two machines to be in the same state, RAM and counters included. */
export function expectSame(one: Machine, other: Machine, hint?: unknown): void {
  const [a, b] = [everything(one), everything(other)]
  if (Buffer.compare(a.ram, b.ram) !== 0) {
    const at = a.ram.findIndex((byte, i) => byte !== b.ram[i])
    expect({ hint, differsAt: at, byte: a.ram[at] }).toEqual({ hint, differsAt: at, byte: b.ram[at] })
  }
  expect({ hint, ...a, ram: undefined }).toEqual({ hint, ...b, ram: undefined })
}

/** Runs a program on an engine. */
function run(engine: EngineName, program: string, treatment: Treatment = {}): Machine {
  const machine = board(program, { ...treatment.options, engine })
  treatment.prepare?.(machine)
  if (treatment.drive === undefined) machine.hart.run(10_000)
  else treatment.drive(machine)
  return machine
}

/**
 * Runs a program on the interpreter and on the translator, and expects the same of both.
 *
 * @returns the translator's machine; it has entered regions.
 */
export function agree(program: string, treatment: Treatment = {}): Machine {
  const translated = run('translator', program, treatment)
  expectSame(run('interpreter', program, treatment), translated)
  expect(entries(translated.hart)).toBeGreaterThan(0)
  return translated
}

/** How often a hart has entered translated code. */
const entries = ({ translation }: Hart): number => translation!.entries + translation!.dispatches
