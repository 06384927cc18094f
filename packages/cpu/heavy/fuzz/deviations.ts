import type { Difference } from './compare.ts'
import type { LogEntry } from './record.ts'

/** A way in which the peer departs from the specification, or uses a freedom that it grants differently. */
export interface Deviation {
  readonly name: string
  readonly why: string
  /** Whether a difference is this. */
  explains(difference: Difference): boolean
  /**
   * Whether both sides are in the same state behind it, but for the values that differ. Otherwise what follows in that
   * program says nothing any more.
   */
  readonly harmless?: true
}

const MPP = 3n << 11n
const SPP = 1n << 8n
const MPV = 1n << 39n
const SPV = 1n << 7n
const AT_WRITE_OF_ENTRY = 0x3020n

/** Code of the exception; -1 for an interrupt or no trap. */
const cause = (entry: LogEntry | undefined): number => {
  const code = entry?.fields.mcause ?? entry?.fields.scause
  return code === undefined || code >> 63n === 1n ? -1 : Number(code)
}
const interrupt = (entry: LogEntry | undefined): number => {
  const code = entry?.fields.mcause ?? entry?.fields.scause
  return code === undefined || code >> 63n === 0n ? -1 : Number(code & 0xffn)
}
const pc = (entry: LogEntry | undefined): bigint | undefined => entry?.fields.mepc ?? entry?.fields.sepc
const value = (entry: LogEntry | undefined): bigint => entry?.fields.mtval ?? entry?.fields.stval ?? 0n

/** Whether both sides trapped at the same instruction. */
const bothAtOnce = ({ ours, theirs }: Difference): boolean =>
  pc(ours) !== undefined && pc(ours) === pc(theirs)
/** Whether our side trapped at an instruction that the peer executed. */
const onlyOurs = ({ ours, theirs }: Difference): boolean => ours !== undefined && pc(ours) !== pc(theirs)
const onlyTheirs = ({ ours, theirs }: Difference): boolean => theirs !== undefined && pc(ours) !== pc(theirs)

/** Whether a trap to M-, S- or HS-mode came from U- or VU-mode. */
const fromUser = ({ level, fields }: LogEntry): boolean =>
  ((level === 3 ? fields.mstatus! & MPP : fields.sstatus! & SPP) as bigint) === 0n
/** Whether a trap came from VS- or VU-mode. */
const fromGuest = ({ level, fields }: LogEntry): boolean =>
  level === 2 || (level === 3 ? fields.mstatus! & MPV : fields.hstatus! & SPV) !== 0n

/** Store faults, and the faults that a load of the same address may have instead: of the same kind, or found later. */
const LOADS_FOR_STORE: Readonly<Record<number, readonly number[]>> = {
  6: [4],
  7: [5, 21],
  15: [13, 21, 5],
  23: [21, 5],
}
const loadsFor = (store: number): readonly number[] => LOADS_FOR_STORE[store] ?? []
/** Access faults, and the guest-page fault of the same kind. */
const GUEST_FOR_ACCESS: Readonly<Record<number, number>> = { 1: 20, 5: 21, 7: 23 }
const PAGE_FAULTS: readonly number[] = [13, 15, 21, 23]

const onlyValues = ({ fields }: Difference): boolean => fields.every((name) => name.endsWith('tval'))

/** All of them. Each was looked at by hand before it came here. */
export const deviations: readonly Deviation[] = [
  {
    name: 'faults of AMOs and SCs',
    why: 'With one hart QEMU executes an AMO, and an SC that succeeds, as a load and a store, and raises the fault of the load, which is due as that of a store.',
    harmless: true,
    explains: (difference) =>
      bothAtOnce(difference) &&
      /^(amo|sc)/.test(difference.instructions[0] ?? '') &&
      loadsFor(cause(difference.ours)).includes(cause(difference.theirs)),
  },
  {
    name: 'accessed by AMOs',
    why: 'That load sets A in a page to which the AMO cannot store.',
    explains: ({ fields, trapped }) =>
      fields.join() === 'tables' &&
      trapped.some(([name, code]) => /^amo/.test(name) && PAGE_FAULTS.includes(code)),
  },
  {
    name: 'addresses of failing SCs',
    why: 'QEMU does not look at the address of an SC without a reservation.',
    explains: (difference) =>
      onlyOurs(difference) &&
      /^sc\./.test(difference.instructions[0] ?? '') &&
      loadsFor(cause(difference.ours)).length > 0,
  },
  {
    name: 'address of a misaligned access fault',
    why: 'QEMU divides a misaligned access and gives the aligned address of a part as the trap value.',
    harmless: true,
    explains: (difference) => {
      const { ours, theirs } = difference
      const [at, part] = [value(ours), value(theirs)]
      return (
        [5, 7].includes(cause(ours)) &&
        onlyValues(difference) &&
        (at & 7n) !== 0n &&
        [2n, 4n, 8n].some((size) => part === at - (at % size) || part === at - (at % size) + size)
      )
    },
  },
  {
    name: 'odd return addresses',
    why: 'What follows from a return address in which QEMU stored bit 0: it executes from there.',
    explains: ({ theirs }) => (pc(theirs) ?? 0n) % 2n === 1n,
  },
  {
    name: 'priority of interrupts',
    why: 'Without AIA, QEMU takes the pending interrupt with the lowest number.',
    explains: ({ ours, theirs }) => interrupt(theirs) !== -1 && interrupt(theirs) < interrupt(ours),
  },
  {
    name: 'supervisor instructions in VU-mode',
    why: 'QEMU 7.2 raises an illegal-instruction exception where the specification asks for a virtual-instruction exception.',
    harmless: true,
    explains: (difference) => {
      const { ours, theirs, instructions } = difference
      return (
        bothAtOnce(difference) &&
        /^(csr|sret|sfence|sinval|hfence|hinval)/.test(instructions[0] ?? '') &&
        cause(ours) === 22 &&
        cause(theirs) === 2 &&
        fromUser(ours!) &&
        fromGuest(theirs!)
      )
    },
  },
  {
    name: 'trap value of refused instructions',
    why: 'QEMU gives zero or an older instruction instead of the hypervisor access or Svinval fence that is not allowed.',
    harmless: true,
    explains: (difference) =>
      [2, 22].includes(cause(difference.ours)) &&
      /^(hlv|hsv|sinval|hinval)/.test(difference.instructions[0] ?? '') &&
      onlyValues(difference),
  },
  {
    name: 'second stage of updated entries',
    why: 'QEMU sets A and D in a table of the first stage without asking the second one for permission to write.',
    explains: ({ ours }) =>
      [20, 21, 23].includes(cause(ours)) &&
      (ours!.fields.htinst === AT_WRITE_OF_ENTRY || ours!.fields.mtinst === AT_WRITE_OF_ENTRY),
  },
  {
    name: 'access faults of guests',
    why: 'QEMU calls what PMP refuses, or where nothing is, a guest-page fault.',
    harmless: true,
    explains: (difference) =>
      bothAtOnce(difference) && cause(difference.theirs) === GUEST_FOR_ACCESS[cause(difference.ours)],
  },
  {
    name: 'permission of HLVX',
    why: 'QEMU 7.2 asks both stages for permission to read, not to execute.',
    explains: ({ ours, theirs, instructions }) =>
      [ours, theirs].some(
        (entry, side) => /^hlvx/.test(instructions[side] ?? '') && [13, 21].includes(cause(entry)),
      ),
  },
  {
    name: 'SUM of hypervisor loads and stores',
    why: 'QEMU 7.2 lets HLV and HSV reach user pages without vsstatus.SUM.',
    explains: (difference) =>
      onlyOurs(difference) &&
      /^(hlv|hsv)/.test(difference.instructions[0] ?? '') &&
      [13, 15].includes(cause(difference.ours)),
  },
  {
    name: 'page faults of hypervisor loads and stores',
    why: 'QEMU 7.2 raises an access fault when satp is bare, instead of when vsatp is.',
    harmless: true,
    explains: (difference) =>
      bothAtOnce(difference) &&
      /^(hlv|hsv)/.test(difference.instructions[0] ?? '') &&
      cause(difference.theirs) === { 13: 5, 15: 7 }[cause(difference.ours)],
  },
  {
    name: 'no bits to a read-only CSR',
    why: 'QEMU looks at the bits to set or clear, not at the register: with none it takes the access for a read.',
    explains: (difference) =>
      (onlyOurs(difference) || cause(difference.theirs) === 22) &&
      /^csrr[sc] /.test(difference.instructions[0] ?? '') &&
      cause(difference.ours) === 2 &&
      value(difference.ours) >> 30n === 3n,
  },
  {
    name: 'halves of Svinval fences in U-mode',
    why: 'QEMU 7.2 executes SFENCE.W.INVAL and SFENCE.INVAL.IR in every mode.',
    explains: (difference) =>
      onlyOurs(difference) &&
      /^sfence\.(w\.inval|inval\.ir)/.test(difference.instructions[0] ?? '') &&
      fromUser(difference.ours!),
  },
  {
    name: 'TVM and VTVM',
    why: 'QEMU 7.2 lets VS-mode access satp when hstatus.VTVM is set, and HS-mode hgatp when mstatus.TVM is, which it heeds in VS-mode instead.',
    explains: (difference) => {
      const { ours, theirs, instructions } = difference
      return (
        (onlyOurs(difference) && /^csr.*\bsatp\b/.test(instructions[0] ?? '') && cause(ours) === 22) ||
        (onlyOurs(difference) && /^csr.*\bhgatp\b/.test(instructions[0] ?? '') && cause(ours) === 2) ||
        (onlyTheirs(difference) &&
          /^(sfence|sinval|csr.*\bsatp\b)/.test(instructions[1] ?? '') &&
          cause(theirs) === 2 &&
          fromGuest(theirs!))
      )
    },
  },
  {
    name: 'execution of user pages',
    why: 'What S-mode reached of a user page with SUM, QEMU lets it execute: its TLB entry has the rights of the page.',
    explains: ({ ours, theirs, instructions }) =>
      cause(ours) === 12 && cause(theirs) !== 12 && !fromUser(ours!) && instructions[0] === undefined,
  },
]
