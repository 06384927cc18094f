import type { Difference } from './compare.ts'
import type { LogEntry } from './record.ts'

const MPP = 3n << 11n
const SPP = 1n << 8n

/** A way in which the peer departs from the specification, or uses a freedom that it grants differently. */
export interface Deviation {
  readonly name: string
  readonly why: string
  /** Whether the first difference of a program is this. What follows in that program says nothing any more. */
  explains(difference: Difference): boolean
}

const cause = (fields: Readonly<Record<string, bigint>> | undefined): bigint | undefined =>
  fields?.mcause ?? fields?.scause
const value = (fields: Readonly<Record<string, bigint>> | undefined): bigint | undefined =>
  fields?.mtval ?? fields?.stval

/** Whether a trap came from U- or VU-mode. */
const fromUser = (entry: LogEntry | undefined): boolean =>
  entry !== undefined &&
  (entry.level === 3 ? (entry.fields.mstatus! & MPP) === 0n : (entry.fields.sstatus! & SPP) === 0n)

const ATOMIC = /^(amo|lr|sc)/

const GVA = 1n << 38n
const HSTATUS_GVA = 1n << 6n
const GUEST_INTERRUPTS = 0x3444n
const SD = 1n << 63n
const FS = 3n << 13n

/**
 * QEMU leaves GVA as the last look-up had it when the trap value is no address; it does not call the state of floating
 * point dirty when only flags change, nor in HS-mode's status when a guest changes it, nor sums SD up for a guest.
 */
function statusTolerated(ours: bigint, theirs: bigint): boolean {
  const dirtier = (ours & FS) === FS && (theirs & FS) !== 0n
  return ((ours ^ theirs) & ~(dirtier ? GVA | FS | SD : GVA)) === 0n
}

const stale = (ours: bigint, theirs: bigint, code: bigint | undefined): boolean =>
  code === undefined ? ours === 0n || theirs === 0n : ours === 0n && code < 20n
const guestInterrupts = (ours: bigint, theirs: bigint): boolean =>
  ((ours ^ theirs) & ~GUEST_INTERRUPTS) === 0n
const odd = (ours: bigint, theirs: bigint): boolean => ours === (theirs & ~1n)

/** Values that may differ without a consequence, by name: what was seen on both sides, and why it does not matter. */
const tolerances: Readonly<
  Record<string, (ours: bigint, theirs: bigint, cause: bigint | undefined) => boolean>
> = {
  // Zero is always allowed, and QEMU gives more than that only for guest-page faults. Programs do not read these two.
  htinst: (_, theirs) => theirs === 0n,
  mtinst: (_, theirs) => theirs === 0n,
  mstatus: statusTolerated,
  sstatus: statusTolerated,
  vsstatus: statusTolerated,
  // As in mstatus.
  hstatus: (ours, theirs) => (ours ^ theirs) === HSTATUS_GVA,
  // Without H, QEMU keeps what is written to the bits of H (and of counter overflow); with it, it has a guest external interrupt too many.
  mideleg: guestInterrupts,
  mip: guestInterrupts,
  mie: guestInterrupts,
  hie: guestInterrupts,
  // QEMU shows the timer and external interrupts of a guest in hip only.
  vsip: (ours, theirs) => (ours & theirs) === theirs,
  // QEMU stores bit 0 of what is written to these, which is always zero.
  mepc: odd,
  sepc: odd,
  vsepc: odd,
  // QEMU leaves the last guest-physical address in them, or clears them when a trap goes to a guest.
  htval: stale,
  mtval2: stale,
  // QEMU 7.2 has neither ADUE nor all of the others.
  henvcfg: () => true,
}

/** Whether two values of a CSR count as equal. @param code - cause of the trap that left them; undefined at the end. */
export const tolerated = (
  name: string,
  ours: bigint | undefined,
  theirs: bigint | undefined,
  code: bigint | undefined,
): boolean => ours !== undefined && theirs !== undefined && tolerances[name]?.(ours, theirs, code) === true

/** All of them. Each was looked at by hand before it came here. */
export const deviations: readonly Deviation[] = [
  {
    name: 'faults of atomics',
    why: 'QEMU 7.2 raises load faults for AMOs, which are store faults, and does not look at the address of an SC that fails.',
    explains: ({ instructions }) => instructions.some((each) => each !== undefined && ATOMIC.test(each)),
  },
  {
    name: 'address of a misaligned access fault',
    why: 'QEMU divides a misaligned access and gives the aligned address of a part as the trap value.',
    explains: ({ ours, theirs, fields }) => {
      const code = cause(ours?.fields)
      return (
        (code === 5n || code === 7n) &&
        code === cause(theirs?.fields) &&
        fields.every((name) => name.endsWith('tval')) &&
        ((value(ours?.fields) ?? 0n) & 7n) !== 0n
      )
    },
  },
  {
    name: 'odd return addresses',
    why: 'What follows from a return address in which QEMU stored bit 0: it is fetched from, or read.',
    explains: ({ values, fields }) =>
      fields.every(
        (name, i) =>
          /epc$|tval$/.test(name) && values[i]![0] !== undefined && values[i]![0] === (values[i]![1]! & ~1n),
      ),
  },
  {
    name: 'priority of interrupts',
    why: 'Without AIA, QEMU takes the pending interrupt with the lowest number.',
    explains: ({ ours, theirs }) => {
      const causes = [cause(ours?.fields) ?? 0n, cause(theirs?.fields) ?? 0n]
      return causes.every((each) => each >> 63n === 1n) && causes[1]! < causes[0]!
    },
  },
  {
    name: 'supervisor instructions in VU-mode',
    why: 'QEMU 7.2 raises an illegal-instruction exception where the specification asks for a virtual-instruction exception.',
    explains: ({ ours, instructions }) =>
      /^(csr|sret|sfence|sinval|hfence|hinval)/.test(instructions[0] ?? '') &&
      cause(ours?.fields) === 22n &&
      fromUser(ours),
  },
  {
    name: 'trap value of refused instructions',
    why: 'QEMU gives zero or an older instruction instead of the hypervisor access or fence that is not allowed.',
    explains: ({ instructions, fields }) =>
      /^(hlv|hsv|hfence|sfence|sinval|hinval)/.test(instructions[0] ?? '') &&
      fields.every((name) => name.endsWith('tval')),
  },
  {
    name: 'second stage of updated entries',
    why: 'QEMU sets A and D in a table of the first stage without asking the second one for permission to write.',
    explains: ({ ours }) => ours?.fields.htinst === 0x3020n || ours?.fields.mtinst === 0x3020n,
  },
  {
    name: 'permissions of hypervisor loads and stores',
    why: 'QEMU 7.2 does not ask both stages for permission to execute (HLVX), and takes SUM from the wrong register.',
    explains: ({ ours, theirs, instructions }) =>
      instructions.some((each) => /^(hlv|hsv)/.test(each ?? '')) &&
      [ours, theirs].some((entry) => [13n, 15n, 21n, 23n].includes(cause(entry?.fields) ?? 0n)),
  },
  {
    name: 'access faults of guests',
    why: 'QEMU calls what PMP refuses, or where nothing is, a guest-page fault.',
    explains: ({ ours, theirs }) => {
      const pairs: Readonly<Record<string, bigint>> = { 1: 20n, 5: 21n, 7: 23n }
      return pairs[`${cause(ours?.fields)}`] === cause(theirs?.fields) && ours !== undefined
    },
  },
  {
    name: 'no bits to a read-only CSR',
    why: 'QEMU looks at the bits to set or clear, not at the register: with none it takes the access for a read.',
    explains: ({ ours, instructions }) =>
      /^csrr[sc]/.test(instructions[0] ?? '') &&
      cause(ours?.fields) === 2n &&
      (value(ours?.fields) ?? 0n) >> 30n === 3n,
  },
  {
    name: 'halves of Svinval fences in U-mode',
    why: 'QEMU 7.2 executes SFENCE.W.INVAL and SFENCE.INVAL.IR in every mode.',
    explains: ({ instructions }) => /^sfence\.(w\.inval|inval\.ir)/.test(instructions[0] ?? ''),
  },
  {
    name: 'TVM and VTVM',
    why: 'QEMU 7.2 lets VS-mode access satp when hstatus.VTVM is set, and HS-mode hgatp when mstatus.TVM is, which it heeds in VS-mode instead.',
    explains: ({ ours, theirs, instructions }) =>
      (/^csr.*satp/.test(instructions[0] ?? '') && cause(ours?.fields) === 22n) ||
      (/^csr.*hgatp/.test(instructions[0] ?? '') && cause(ours?.fields) === 2n) ||
      (/^(sfence|sinval)/.test(instructions[1] ?? '') && cause(theirs?.fields) === 2n),
  },
  {
    name: 'code in devices',
    why: 'QEMU has devices where the hart has nothing, and fetches from them.',
    explains: ({ ours }) =>
      cause(ours?.fields) === 1n && (ours?.fields.mepc ?? ours?.fields.sepc ?? -1n) < 0x8000_0000n,
  },
]
