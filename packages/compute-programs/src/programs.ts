import { ComputeProgramError } from './compute-program-error.ts'
import { encoded as bytecode } from './generated/bytecode.ts'
import { encoded as crc } from './generated/crc.ts'
import { encoded as float } from './generated/float.ts'
import { encoded as fused } from './generated/fused.ts'
import { encoded as hash } from './generated/hash.ts'
import { encoded as list } from './generated/list.ts'
import { encoded as matmul } from './generated/matmul.ts'
import { encoded as mixed } from './generated/mixed.ts'
import { programTable } from './generated/program-table.ts'
import { encoded as recursion } from './generated/recursion.ts'
import { encoded as sieve } from './generated/sieve.ts'
import { encoded as sort } from './generated/sort.ts'

/** Name of a program. */
export type ComputeProgramName = (typeof programTable)[number]['name']

/** What a program mostly computes with. */
export type Arithmetic = 'integer' | 'float'

/** One row of the table of programs. */
export interface ComputeProgram {
  readonly name: ComputeProgramName
  /** For people. */
  readonly title: string
  /** What of a processor or of an engine it stresses. */
  readonly stresses: string
  readonly arithmetic: Arithmetic
  /** Rounds of 5 to 17 million instructions that make a measurement: about a second on a fast emulator. */
  readonly rounds: number
  /** The right checksum, for any number of rounds: 16 hexadecimal digits. Computed natively when the images were built. */
  readonly checksum: string
}

/** All programs, integers first. */
export const computePrograms: readonly ComputeProgram[] = programTable

const modules = {
  bytecode,
  crc,
  float,
  fused,
  hash,
  list,
  matmul,
  mixed,
  recursion,
  sieve,
  sort,
} satisfies Record<ComputeProgramName, string>

/**
 * A program as a static ELF file: to be loaded at its physical addresses (from 0x8020_0000 on, 16 MiB at most) and
 * entered in S-mode with translation off, `a1` = address of a device tree whose `bootargs` say how much to do. It needs
 * the UART and the SBI or test device of QEMU's `virt` board; it makes Sv39 page tables, computes, and switches the
 * machine off.
 *
 * @returns a fresh copy.
 * @throws ComputeProgramError `UNKNOWN_PROGRAM`
 */
export async function programElf(name: ComputeProgramName): Promise<Uint8Array> {
  if (!Object.hasOwn(modules, name)) {
    const known = computePrograms.map((program) => program.name).join(', ')
    throw new ComputeProgramError('UNKNOWN_PROGRAM', `no program is named '${name}'; there are ${known}`)
  }
  const compressed = Uint8Array.from(atob(modules[name].replaceAll('\n', '')), (c) => c.charCodeAt(0))
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/**
 * The command line of a program.
 *
 * @param options - `rounds`: how often the program does its work, 1 to 1,000,000.
 * @throws ComputeProgramError `ROUNDS_RANGE`
 * @example
 * bootargs({ rounds: 3 }) // 'rounds=3'
 */
export function bootargs({ rounds }: { readonly rounds: number }): string {
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1_000_000) {
    throw new ComputeProgramError('ROUNDS_RANGE', `${rounds} rounds: give a whole number from 1 to 1,000,000`)
  }
  return `rounds=${rounds}`
}
