import type { Privilege } from './semantics.ts'

/** A control and status register. */
export interface Csr {
  /** 12 bits. */
  readonly number: number
  readonly name: string
  /** The lowest privilege that may access it. HS-mode counts as S. */
  readonly privilege: Privilege
  /** Of the hypervisor extension: HS-mode and M-mode only. */
  readonly hypervisor: boolean
  readonly readOnly: boolean
  /** The extension that brings it, by the specification's name. */
  readonly extension: string
}

/** The lowest privilege that may access a CSR, said by bits 9:8 of its number. Privileged ISA, chapter "CSRs". */
export const csrPrivilege = (number: number): Privilege =>
  (['U', 'S', 'S', 'M'] as const)[(number >>> 8) & 3]!

/** Whether every write to a CSR is illegal, said by bits 11:10 of its number. */
export const csrIsReadOnly = (number: number): boolean => number >>> 10 === 3

/** Whether a CSR is for HS-mode and above, not for S-mode. */
export const csrIsHypervisor = (number: number): boolean => ((number >>> 8) & 3) === 2

const run = (name: string, first: number, from: number, to: number, step = 1): Record<string, number> =>
  Object.fromEntries(
    Array.from({ length: (to - from) / step + 1 }, (_, i) => [`${name}${from + i * step}`, first + i * step]),
  )

/** Names by the extension that brings them. The ones that only RV32 has are left out. */
const byExtension: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  F: { fflags: 0x001, frm: 0x002, fcsr: 0x003 },
  Zicntr: { cycle: 0xc00, time: 0xc01, instret: 0xc02 },
  Zihpm: run('hpmcounter', 0xc03, 3, 31),
  V: { vstart: 0x008, vxsat: 0x009, vxrm: 0x00a, vcsr: 0x00f, vl: 0xc20, vtype: 0xc21, vlenb: 0xc22 },
  Zkr: { seed: 0x015 },
  S: {
    sstatus: 0x100,
    sie: 0x104,
    stvec: 0x105,
    scounteren: 0x106,
    senvcfg: 0x10a,
    sscratch: 0x140,
    sepc: 0x141,
    scause: 0x142,
    stval: 0x143,
    sip: 0x144,
    satp: 0x180,
    scontext: 0x5a8,
  },
  Sstc: { stimecmp: 0x14d, vstimecmp: 0x24d },
  Sscofpmf: { scountovf: 0xda0 },
  H: {
    vsstatus: 0x200,
    vsie: 0x204,
    vstvec: 0x205,
    vsscratch: 0x240,
    vsepc: 0x241,
    vscause: 0x242,
    vstval: 0x243,
    vsip: 0x244,
    vsatp: 0x280,
    hstatus: 0x600,
    hedeleg: 0x602,
    hideleg: 0x603,
    hie: 0x604,
    htimedelta: 0x605,
    hcounteren: 0x606,
    hgeie: 0x607,
    henvcfg: 0x60a,
    htval: 0x643,
    hip: 0x644,
    hvip: 0x645,
    htinst: 0x64a,
    hgatp: 0x680,
    hcontext: 0x6a8,
    hgeip: 0xe12,
    mtinst: 0x34a,
    mtval2: 0x34b,
  },
  Sm: {
    mvendorid: 0xf11,
    marchid: 0xf12,
    mimpid: 0xf13,
    mhartid: 0xf14,
    mconfigptr: 0xf15,
    mstatus: 0x300,
    misa: 0x301,
    medeleg: 0x302,
    mideleg: 0x303,
    mie: 0x304,
    mtvec: 0x305,
    mcounteren: 0x306,
    menvcfg: 0x30a,
    mcountinhibit: 0x320,
    ...run('mhpmevent', 0x323, 3, 31),
    mscratch: 0x340,
    mepc: 0x341,
    mcause: 0x342,
    mtval: 0x343,
    mip: 0x344,
    ...run('pmpcfg', 0x3a0, 0, 14, 2),
    ...run('pmpaddr', 0x3b0, 0, 63),
    mseccfg: 0x747,
    mcycle: 0xb00,
    minstret: 0xb02,
    ...run('mhpmcounter', 0xb03, 3, 31),
  },
  Smstateen: {
    ...run('sstateen', 0x10c, 0, 3),
    ...run('mstateen', 0x30c, 0, 3),
    ...run('hstateen', 0x60c, 0, 3),
  },
  Smaia: {
    siselect: 0x150,
    sireg: 0x151,
    stopei: 0x15c,
    stopi: 0xdb0,
    vsiselect: 0x250,
    vsireg: 0x251,
    vstopei: 0x25c,
    vstopi: 0xeb0,
    hvien: 0x608,
    hvictl: 0x609,
    hviprio1: 0x646,
    hviprio2: 0x647,
    mvien: 0x308,
    mvip: 0x309,
    miselect: 0x350,
    mireg: 0x351,
    mtopei: 0x35c,
    mtopi: 0xfb0,
  },
  Sdtrig: {
    tselect: 0x7a0,
    tdata1: 0x7a1,
    tdata2: 0x7a2,
    tdata3: 0x7a3,
    tinfo: 0x7a4,
    tcontrol: 0x7a5,
    mcontext: 0x7a8,
  },
  Sdext: { dcsr: 0x7b0, dpc: 0x7b1, dscratch0: 0x7b2, dscratch1: 0x7b3 },
}

/** The CSRs of RV64 that have a name, by number. Whether a hart has one is the hart's to say. */
export const csrs: readonly Csr[] = Object.entries(byExtension)
  .flatMap(([extension, names]) =>
    Object.entries(names).map(([name, number]) => ({
      number,
      name,
      privilege: csrPrivilege(number),
      hypervisor: csrIsHypervisor(number),
      readOnly: csrIsReadOnly(number),
      extension,
    })),
  )
  .sort((left, right) => left.number - right.number)

const names = new Map(csrs.map(({ number, name }) => [number, name]))
const numbers = new Map(csrs.map(({ number, name }) => [name, number]))

/** The name of a CSR, or undefined. */
export const csrName = (number: number): string | undefined => names.get(number)

/** The number of a CSR, or undefined when there is none of that name. */
export const csrNumber = (name: string): number | undefined => numbers.get(name)
