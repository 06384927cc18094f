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
  /** Taken from VS- or VU-mode. */
  readonly virtual: boolean
  /** What `htval` or `mtval2` would hold: of a guest-page fault the guest-physical address, shifted right by 2. */
  readonly tval2: bigint
  /** What `htinst` or `mtinst` would hold: the transformed instruction, a pseudoinstruction, or 0. */
  readonly tinst: bigint
  /** `tval` is an address of the guest's, as `hstatus.GVA` or `mstatus.GVA` would say. */
  readonly gva: boolean
}

/** A trap to enter; what the hypervisor extension brings may be left out. */
export type TrapEntry = Pick<Trap, 'cause' | 'interrupt' | 'tval' | 'pc' | 'privilege'> & Partial<Trap>

/** Exception codes, as the instruction table's semantics raise them. Privileged ISA, "Machine Cause Register (mcause)". */
export const ExceptionCause = exceptionCause

/** Interrupt numbers: bits of `mip` and `mie`, and causes. Privileged ISA, "Machine Interrupt Registers". */
export const InterruptCause = {
  supervisorSoftware: 1,
  virtualSupervisorSoftware: 2,
  machineSoftware: 3,
  supervisorTimer: 5,
  virtualSupervisorTimer: 6,
  machineTimer: 7,
  supervisorExternal: 9,
  virtualSupervisorExternal: 10,
  machineExternal: 11,
} as const

/** Number of an interrupt line. Those of guests are the hypervisor's to raise, in `hvip`. */
export type InterruptLineNumber = (typeof InterruptCause)[Exclude<
  keyof typeof InterruptCause,
  `virtual${string}`
>]

const exceptionNames = new Map(Object.entries(ExceptionCause).map(([name, code]) => [code as number, name]))
const interruptNames = new Map(Object.entries(InterruptCause).map(([name, code]) => [code as number, name]))

/** @returns the name of a trap's cause in the style of {@link ExceptionCause}, or its number for a reserved one. */
export function trapName(trap: Pick<Trap, 'cause' | 'interrupt'>): string {
  const names = trap.interrupt ? interruptNames : exceptionNames
  const kind = trap.interrupt ? 'interrupt' : 'exception'
  return names.get(trap.cause) ?? `${kind} ${trap.cause}`
}
