import { embedded } from './embedded.ts'
import { encoded as call } from './generated/call.ts'
import { encoded as device } from './generated/device.ts'
import { encoded as firmware } from './generated/firmware.ts'
import { programTable } from './generated/program-table.ts'
import { VsShimError } from './vs-shim-error.ts'

/** Name of a program. */
export type ExitProgramName = (typeof programTable)[number]['name']

/** A program that does nothing but leave its mode and come back. */
export interface ExitProgram {
  readonly name: ExitProgramName
  /** For people. */
  readonly title: string
  /** How often it leaves in one round. */
  readonly operations: number
  /** Rounds that make a measurement: about a second on QEMU. */
  readonly rounds: number
  /** What it prints as its checksum when every answer was right: 16 hexadecimal digits. */
  readonly checksum: string
}

/** All programs. */
export const exitPrograms: readonly ExitProgram[] = programTable

const modules = { call, device, firmware } satisfies Record<ExitProgramName, string>

/**
 * A program as a static ELF file for S-mode, made as those of `@worldswitch/compute-programs`: Sv39, marks on the
 * console around its work, `rounds=N` (see there) on the command line.
 *
 * @returns a fresh copy.
 * @throws VsShimError `UNKNOWN_PROGRAM`
 */
export async function exitProgramElf(name: ExitProgramName): Promise<Uint8Array> {
  if (!Object.hasOwn(modules, name)) {
    const known = programTable.map((program) => program.name).join(', ')
    throw new VsShimError('UNKNOWN_PROGRAM', `no program is named '${name}'; there are ${known}`)
  }
  return embedded(modules[name])
}
