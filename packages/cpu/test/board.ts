import { type Assembly, allExtensions, assemble } from '@worldswitch/isa'
import { Hart, type HartOptions, MachineMemory, type MachineMemoryOptions } from '../src/index.ts'
import type { TranslatorLimits } from '../src/translator/hotness.ts'
import { translatorOf } from '../src/translator/translator.ts'

/** Where {@link board} puts its program. */
export const ENTRY = 0x8000_0000n

/** Names of the engines, for tables. */
export const engines = ['interpreter', 'translator', 'reference'] as const

/** Of a translator for which nothing is early, and that is as patient in all periods. */
export const lateLimits = {
  period: 1_000_000,
  calm: 0,
  calmPeriods: Infinity,
  halvings: 0,
  early: 0,
  modules: 100,
}

/** What {@link board} leaves unsaid: 2 MiB of RAM, one hart. */
export type BoardOptions = Omit<HartOptions, 'id' | 'memory'> & {
  readonly sizes?: Partial<MachineMemoryOptions>
  /** Of the translator, instead of its own. */
  readonly limits?: TranslatorLimits
}

/** A hart in M-mode at the start of an assembled program. */
export function board(
  program: string,
  options: BoardOptions = {},
): { hart: Hart; memory: MachineMemory; program: Assembly } {
  const { sizes, limits, ...rest } = options
  const memory = new MachineMemory({ ramBytes: 0x20_0000, codePages: 16, ...sizes })
  if (limits !== undefined) translatorOf(memory, allExtensions, limits)
  const assembly = assemble(program, { origin: ENTRY })
  memory.writeRam(Number(ENTRY), assembly.bytes)
  const hart = new Hart({ id: 0, memory, ...rest })
  hart.pc = ENTRY
  return { hart, memory, program: assembly }
}

/** Numbers of the CSRs that tests name often. */
export const Csr = {
  fcsr: 0x003,
  sstatus: 0x100,
  sie: 0x104,
  stvec: 0x105,
  scounteren: 0x106,
  sscratch: 0x140,
  sepc: 0x141,
  scause: 0x142,
  stval: 0x143,
  sip: 0x144,
  stimecmp: 0x14d,
  satp: 0x180,
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  menvcfg: 0x30a,
  mcountinhibit: 0x320,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  pmpcfg0: 0x3a0,
  pmpaddr0: 0x3b0,
  mtinst: 0x34a,
  mtval2: 0x34b,
  vsstatus: 0x200,
  vsie: 0x204,
  vstvec: 0x205,
  vsscratch: 0x240,
  vsepc: 0x241,
  vscause: 0x242,
  vstval: 0x243,
  vsip: 0x244,
  vstimecmp: 0x24d,
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
  hgeip: 0xe12,
  mcycle: 0xb00,
  minstret: 0xb02,
} as const

/** A pseudo-random generator with a fixed seed: 32 bits a call. */
export function random(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }
}

/** All registers, `pc`, privilege and the CSRs that change: what two engines must agree on. */
export function snapshot(hart: Hart): Record<string, unknown> {
  const csrs = Object.fromEntries(
    Object.entries(Csr).map(([name, number]) => [
      name,
      hart.hasCsr(number) ? hart.readCsr(number) : undefined,
    ]),
  )
  const registers = Array.from({ length: 32 }, (_, index) => hart.readX(index))
  const floats = Array.from({ length: 32 }, (_, index) => hart.readF(index))
  return {
    pc: hart.pc,
    privilege: hart.privilege,
    virtual: hart.virtual,
    registers,
    floats,
    csrs,
    counters: hart.counters,
  }
}
