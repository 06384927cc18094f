import type { StatusField } from '@worldswitch/isa'
import { ENVCFG_CBCFE, ENVCFG_CBIE, ENVCFG_CBZE } from './csr-environment.ts'

/** Bits of `mstatus` and `sstatus` below bit 32. Privileged ISA, "Machine Status Register". */
export const Status = {
  sie: 1 << 1,
  mie: 1 << 3,
  spie: 1 << 5,
  mpie: 1 << 7,
  spp: 1 << 8,
  mpp: 3 << 11,
  /** Off, initial, clean or dirty: the floating-point state. */
  fs: 3 << 13,
  mprv: 1 << 17,
  sum: 1 << 18,
  mxr: 1 << 19,
  tvm: 1 << 20,
  tw: 1 << 21,
  tsr: 1 << 22,
} as const

/** Bits of the upper word of `mstatus` that the hypervisor extension brings. */
export const StatusHigh = { gva: 1 << 6, mpv: 1 << 7 } as const

/** Bits of `hstatus` below bit 32. Privileged ISA, "Hypervisor Status (hstatus) Register". */
export const Hstatus = {
  gva: 1 << 6,
  spv: 1 << 7,
  spvp: 1 << 8,
  hu: 1 << 9,
  vtvm: 1 << 20,
  vtw: 1 << 21,
  vtsr: 1 << 22,
} as const

/** Fields of `hstatus` that HS-mode can write: VGEIN is zero as there are no guest external interrupts. */
export const HSTATUS_WRITABLE = BigInt(
  Hstatus.gva | Hstatus.spv | Hstatus.spvp | Hstatus.hu | Hstatus.vtvm | Hstatus.vtw | Hstatus.vtsr,
)

/** Position of MPP. */
export const MPP_SHIFT = 11

/** UXL = 64 bits, read-only. */
export const UXL_64 = 2n << 32n
/** VSXL = 64 bits, read-only. */
export const VSXL_64 = 2n << 32n
/** SXL = 64 bits, read-only. */
export const SXL_64 = 2n << 34n

/** SD, bit 63: FS is dirty, read-only. It is made when a status register is read. */
export const STATUS_SD = 1n << 63n

/** A status register as it reads: with SD. */
export const withDirtySummary = (status: bigint): bigint =>
  (status & BigInt(Status.fs)) === BigInt(Status.fs) ? status | STATUS_SD : status & ~STATUS_SD

/** Fields of `sstatus` that S-mode can write on a hart without floating point and vectors. */
export const SSTATUS_WRITABLE = BigInt(Status.sie | Status.spie | Status.spp | Status.sum | Status.mxr)
/** Fields of `mstatus` that M-mode can write. */
export const MSTATUS_WRITABLE =
  SSTATUS_WRITABLE |
  BigInt(Status.mie | Status.mpie | Status.mpp | Status.mprv | Status.tvm | Status.tw | Status.tsr)

/**
 * The low word of a status register after a trap into S-mode.
 *
 * @param from - privilege before: 0 U, 1 S.
 */
export function statusAfterSupervisorTrap(status: number, from: number): number {
  const enabled = (status & Status.sie) !== 0
  return (
    (status & ~(Status.sie | Status.spie | Status.spp)) |
    (enabled ? Status.spie : 0) |
    (from === 0 ? 0 : Status.spp)
  )
}

/** The low word of a status register after SRET; SPP as it was before says where to. MPRV is cleared: SRET never leads to M-mode. */
export function statusAfterSupervisorReturn(status: number): number {
  const enabled = (status & Status.spie) !== 0
  return (status & ~(Status.sie | Status.spp | Status.mprv)) | (enabled ? Status.sie : 0) | Status.spie
}

/** The low word of `mstatus` after a trap into M-mode. @param from - privilege before: 0 U, 1 S, 3 M. */
export function statusAfterMachineTrap(status: number, from: number): number {
  const enabled = (status & Status.mie) !== 0
  return (
    (status & ~(Status.mie | Status.mpie | Status.mpp)) | (enabled ? Status.mpie : 0) | (from << MPP_SHIFT)
  )
}

/** The low word of `mstatus` after MRET; MPP as it was before says where to. MPRV is cleared when that is below M. */
export function statusAfterMachineReturn(status: number): number {
  const enabled = (status & Status.mpie) !== 0
  const to = (status & Status.mpp) >> MPP_SHIFT
  const kept = status & ~(Status.mie | Status.mpp | (to === 3 ? 0 : Status.mprv))
  return kept | (enabled ? Status.mie : 0) | Status.mpie
}

/**
 * Where a trap goes: the base of `xtvec`, plus four times the cause for an interrupt in vectored mode.
 *
 * @param tvec - value of `mtvec` or `stvec`.
 */
export const trapVector = (tvec: bigint, cause: number, interrupt: boolean): bigint =>
  BigInt.asUintN(64, (tvec & ~3n) + (interrupt && (tvec & 1n) !== 0n ? BigInt(4 * cause) : 0n))

/** The low word of `hstatus` after a trap into HS-mode. @param from - privilege before: 0 U, 1 S. */
export function hstatusAfterTrap(hstatus: number, virtual: boolean, from: number, gva: boolean): number {
  let next = hstatus & ~(Hstatus.spv | Hstatus.gva)
  if (gva) next |= Hstatus.gva
  if (!virtual) return next
  // SPVP keeps what it was across traps from U-mode, so that U-mode can be lent HLV.
  return (next & ~Hstatus.spvp) | Hstatus.spv | (from === 0 ? 0 : Hstatus.spvp)
}

const CBIE = Number(ENVCFG_CBIE)
const CBCFE = Number(ENVCFG_CBCFE)
const CBZE = Number(ENVCFG_CBZE)

/** Where an instruction guard finds its field: the register's slot, and the bits of its low word. */
export const statusFields: Readonly<
  Record<StatusField, { slot: 'mstatus' | 'hstatus' | 'menvcfg' | 'henvcfg' | 'senvcfg'; bit: number }>
> = {
  TSR: { slot: 'mstatus', bit: Status.tsr },
  TVM: { slot: 'mstatus', bit: Status.tvm },
  TW: { slot: 'mstatus', bit: Status.tw },
  VTSR: { slot: 'hstatus', bit: Hstatus.vtsr },
  VTVM: { slot: 'hstatus', bit: Hstatus.vtvm },
  VTW: { slot: 'hstatus', bit: Hstatus.vtw },
  HU: { slot: 'hstatus', bit: Hstatus.hu },
  'menvcfg.CBIE': { slot: 'menvcfg', bit: CBIE },
  'menvcfg.CBCFE': { slot: 'menvcfg', bit: CBCFE },
  'menvcfg.CBZE': { slot: 'menvcfg', bit: CBZE },
  'henvcfg.CBIE': { slot: 'henvcfg', bit: CBIE },
  'henvcfg.CBCFE': { slot: 'henvcfg', bit: CBCFE },
  'henvcfg.CBZE': { slot: 'henvcfg', bit: CBZE },
  'senvcfg.CBIE': { slot: 'senvcfg', bit: CBIE },
  'senvcfg.CBCFE': { slot: 'senvcfg', bit: CBCFE },
  'senvcfg.CBZE': { slot: 'senvcfg', bit: CBZE },
}
