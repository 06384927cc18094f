import type { LogEntry } from './record.ts'

/** Where two values were found. */
export interface Finding {
  /** The trap that left ours, and the peer's; undefined at the end of the program. */
  readonly trap: LogEntry | undefined
  readonly peer: LogEntry | undefined
  readonly hypervisor: boolean
}

const GVA = 1n << 38n
const MPV = 1n << 39n
const HSTATUS_GVA = 1n << 6n
const SD = 1n << 63n
const FS = 3n << 13n
const VS = 3n << 9n
/** Guest interrupts, and the overflow of counters. */
const INTERRUPTS_OF_H = 0x3444n
const GUEST_EXTERNAL = 0x1000n
const ADUE = 1n << 61n

/** Those that give a guest-physical address. */
const GUEST_FAULTS: readonly bigint[] = [20n, 21n, 23n]

/** Exceptions that give an address: breakpoints, and faults of fetches, loads and stores. */
const WITH_ADDRESS: readonly bigint[] = [0n, 1n, 3n, 4n, 5n, 6n, 7n, 12n, 13n, 15n, 20n, 21n, 23n]

/**
 * QEMU does not call the state of floating point dirty when only flags change, nor in HS-mode's status when a guest
 * changes it, nor sums SD up for a guest. It has a field for the state of vectors, without vectors.
 */
function status(ours: bigint, theirs: bigint): boolean {
  const different = (ours ^ theirs) & ~((ours & VS) === 0n ? VS : 0n)
  const dirtier = (ours & FS) === FS && (theirs & FS) !== 0n
  return (different & ~(dirtier ? FS | SD : 0n)) === 0n
}

/**
 * QEMU never clears mstatus.GVA, and sets it by the trap value alone: not for guest address 0, nor for what M- or HS-mode
 * reached of a guest.
 */
function gvaInM(ours: bigint, theirs: bigint, { trap, peer }: Finding): boolean {
  if (((ours ^ theirs) & GVA) === 0n || trap?.level !== 3) return true
  const ofGuest = (ours & MPV) !== 0n && peer?.fields.mtval !== 0n
  return (ours & GVA) !== 0n ? !ofGuest : !(ofGuest && WITH_ADDRESS.includes(trap.fields.mcause!))
}

const odd = (ours: bigint, theirs: bigint): boolean => ours === (theirs & ~1n)
const interrupts = (ours: bigint, theirs: bigint, { hypervisor }: Finding): boolean =>
  ((ours ^ theirs) & ~(hypervisor ? GUEST_EXTERNAL : INTERRUPTS_OF_H)) === 0n

/** QEMU leaves the last guest-physical address in them, or clears them when a trap goes to a guest. */
const stale = (ours: bigint, theirs: bigint, { trap }: Finding): boolean =>
  trap === undefined
    ? ours === 0n || theirs === 0n
    : ours === 0n && !GUEST_FAULTS.includes((trap.fields.mcause ?? trap.fields.scause)!)

/** Values that may differ without a consequence, by name: what was seen on both sides, and why it does not matter. */
const tolerances: Readonly<Record<string, (ours: bigint, theirs: bigint, finding: Finding) => boolean>> = {
  // Zero is always allowed, and QEMU gives more than that only for guest-page faults. Programs do not read these two.
  htinst: (_, theirs) => theirs === 0n,
  mtinst: (_, theirs) => theirs === 0n,
  mstatus: (ours, theirs, finding) =>
    gvaInM(ours, theirs, finding) && status((ours & ~GVA) | (theirs & GVA), theirs),
  sstatus: status,
  vsstatus: status,
  // QEMU clears GVA when a trap goes to VS-mode.
  hstatus: (ours, theirs, { trap }) => (ours & ~HSTATUS_GVA) === theirs && trap?.level !== 1,
  // Without H, QEMU keeps what is written to the bits of H (and of counter overflow); with it, it has a guest external interrupt too many.
  mideleg: interrupts,
  mip: interrupts,
  mie: interrupts,
  hie: interrupts,
  // QEMU shows the timer and external interrupts of a guest in hip only.
  vsip: (ours, theirs) => (ours & theirs) === theirs,
  // QEMU stores bit 0 of what is written to these, which is always zero.
  mepc: odd,
  sepc: odd,
  vsepc: odd,
  htval: stale,
  mtval2: stale,
  // QEMU 7.2 has no ADUE.
  henvcfg: (ours, theirs) => (ours & ~ADUE) === theirs,
}

/** Whether two values of a CSR count as equal. */
export const tolerated = (
  name: string,
  ours: bigint | undefined,
  theirs: bigint | undefined,
  finding: Finding,
): boolean => ours !== undefined && theirs !== undefined && tolerances[name]?.(ours, theirs, finding) === true
