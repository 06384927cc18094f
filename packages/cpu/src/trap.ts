import { exceptionCause } from '@worldswitch/isa'

/** Privilege mode of the hart. */
export type PrivilegeMode = 'U' | 'S' | 'M'

/** A trap, as the architecture would record it. */
export interface Trap {
  /** Exception code, or interrupt number when `interrupt` is set (the `xcause` register without its top bit). */
  readonly cause: number
  readonly interrupt: boolean
  /** What `xtval` would hold: unsigned 64 bits. */
  readonly tval: bigint
  /** What `xepc` would hold: the trapping instruction, or the one that an interrupt came before. */
  readonly pc: bigint
  /** The mode the trap was taken from. */
  readonly privilege: PrivilegeMode
}

/** Exception codes, as the instruction table's semantics raise them. Privileged ISA, "Machine Cause Register (mcause)". */
export const ExceptionCause = exceptionCause

/** Interrupt numbers: bits of `mip` and `mie`, and causes. Privileged ISA, "Machine Interrupt Registers". */
export const InterruptCause = {
  supervisorSoftware: 1,
  machineSoftware: 3,
  supervisorTimer: 5,
  machineTimer: 7,
  supervisorExternal: 9,
  machineExternal: 11,
} as const

/** Number of an interrupt line. */
export type InterruptLineNumber = (typeof InterruptCause)[keyof typeof InterruptCause]

const exceptionNames = new Map(Object.entries(ExceptionCause).map(([name, code]) => [code as number, name]))
const interruptNames = new Map(Object.entries(InterruptCause).map(([name, code]) => [code as number, name]))

/** @returns the name of a trap's cause in the style of {@link ExceptionCause}, or its number for a reserved one. */
export function trapName(trap: Pick<Trap, 'cause' | 'interrupt'>): string {
  const names = trap.interrupt ? interruptNames : exceptionNames
  const kind = trap.interrupt ? 'interrupt' : 'exception'
  return names.get(trap.cause) ?? `${kind} ${trap.cause}`
}
