import { SSTATUS_WRITABLE, Status, UXL_64, withDirtySummary } from './status.ts'

/** The interrupts of S-mode: SSI, STI, SEI. */
export const SUPERVISOR_INTERRUPTS = 0x222n
/** The interrupts that the hypervisor extension adds: VSSI, VSTI, VSEI. */
export const GUEST_INTERRUPTS = 0x444n

const SATP_PPN = (1n << 44n) - 1n
const SATP_ASID = 0xffffn << 44n

/**
 * `sstatus` after a write: writable fields replaced, UXL fixed to 64 bits, VS zero, SD computed.
 *
 * @param float - whether there is floating point; FS is zero otherwise.
 */
export function legalizeSstatus(old: bigint, value: bigint, float: boolean): bigint {
  const writable = SSTATUS_WRITABLE | (float ? BigInt(Status.fs) : 0n)
  return withDirtySummary((old & ~writable & 0xffff_ffffn) | (value & writable) | UXL_64)
}

/** `stvec` or `mtvec` after a write: a reserved mode leaves the register as it is. */
export const legalizeTvec = (old: bigint, value: bigint): bigint => ((value & 3n) < 2n ? value : old)

/** `sepc` or `mepc` after a write: instructions are aligned to 2 bytes, or to 4 without compressed ones. */
export const legalizeEpc = (value: bigint, compressed: boolean): bigint => value & (compressed ? ~1n : ~3n)

/**
 * `satp` after a write: an unsupported mode leaves the whole register as it is.
 *
 * @param modes - the MODE numbers that are supported.
 * @param asidBits - implemented width of ASID, 0 to 16.
 */
export function legalizeSatp(old: bigint, value: bigint, modes: ReadonlySet<number>, asidBits = 16): bigint {
  if (!modes.has(Number(value >> 60n))) return old
  const asid = value & SATP_ASID & (((1n << BigInt(asidBits)) - 1n) << 44n)
  return ((value >> 60n) << 60n) | asid | (value & SATP_PPN)
}

const HGATP_VMID = 0x3fffn << 44n

/**
 * `hgatp` after a write: an unsupported mode leaves the mode as it is, and the other fields are written all the same.
 * The root table is 16 KiB, so that the lowest two bits of PPN are zero. VMID has 14 bits.
 *
 * @param modes - the MODE numbers that are supported.
 */
export function legalizeHgatp(old: bigint, value: bigint, modes: ReadonlySet<number>): bigint {
  const mode = modes.has(Number(value >> 60n)) ? value >> 60n : old >> 60n
  return (mode << 60n) | (value & HGATP_VMID) | (value & SATP_PPN & ~3n)
}

/** `scounteren` or `mcounteren` after a write: 32 bits. */
export const legalizeCounteren = (value: bigint): bigint => value & 0xffff_ffffn
