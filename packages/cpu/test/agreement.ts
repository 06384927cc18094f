import { expect } from 'vitest'
import type { EngineName, Hart, MachineMemory } from '../src/index.ts'
import { type BoardOptions, board, snapshot } from './board.ts'

/** A hart and its memory. */
export interface Machine {
  readonly hart: Hart
  readonly memory: MachineMemory
}

/** A machine with an assembled program. */
export type Board = ReturnType<typeof board>

/** What to do with all machines alike. */
export interface Treatment {
  readonly options?: Omit<BoardOptions, 'engine'>
  /** Before the first step. */
  readonly prepare?: (board: Board) => void
  /** Steps in all. Default 3000. */
  readonly steps?: number
  /** Instead of just running: between calls of `run`, which is given and stops at the steps that it is told at most. */
  readonly drive?: (board: Board, run: (steps: number) => void) => void
}

/** Steps of one call at most: in one go; and so that regions begin everywhere, and end everywhere. */
const SLICES = [1_000_000, 7, 1]

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

/** Runs a program on an engine, in slices. */
function run(engine: EngineName, slice: number, program: string, treatment: Treatment): Board {
  const { options, prepare, drive, steps = 3000 } = treatment
  const machine = board(program, { ...options, engine })
  prepare?.(machine)
  const sliced = (steps: number): void => {
    for (let left = steps; left > 0; ) left -= Math.max(1, machine.hart.run(Math.min(left, slice)).steps)
  }
  if (drive === undefined) sliced(steps)
  else drive(machine, sliced)
  return machine
}

/**
 * Runs a program on the interpreter, on the reference engine, and in slices of several sizes on the translator, and
 * expects the same of all.
 *
 * @returns the translator's machine that ran in one go; it has entered regions.
 */
export function agree(program: string, treatment: Treatment = {}): Board {
  const interpreted = run('interpreter', SLICES[0]!, program, treatment)
  expectSame(run('reference', SLICES[0]!, program, treatment), interpreted, 'reference')
  const translated = SLICES.map((slice) => {
    const machine = run('translator', slice, program, treatment)
    expectSame(interpreted, machine, { slice })
    return machine
  })
  expect(entries(translated[0]!.hart)).toBeGreaterThan(0)
  return translated[0]!
}

/** How often a hart has entered translated code. */
const entries = ({ translation }: Hart): number => translation!.entries + translation!.dispatches
