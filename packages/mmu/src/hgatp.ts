import { MmuError } from './mmu-error.ts'
import { gStageSchemeOfMode, gStageSchemes, type HgatpMode } from './paging-scheme.ts'

/** The fields of `hgatp`. */
export interface Hgatp {
  /** `reserved` when the MODE field names no G-stage scheme; a hart refuses to hold such a value. */
  readonly mode: HgatpMode | 'reserved'
  /** Virtual-machine identifier, 14 bits. */
  readonly vmid: number
  /** Physical page number of the 16 KiB root table, 44 bits; the lowest two are zero in the register. */
  readonly ppn: number
}

/**
 * Takes a 64-bit `hgatp` apart.
 *
 * @see Privileged ISA, "Hypervisor Guest Address Translation and Protection (hgatp) Register"
 */
export function decodeHgatp(hgatp: bigint): Hgatp {
  return {
    mode: (gStageSchemeOfMode(Number((hgatp >> 60n) & 15n))?.name as HgatpMode | undefined) ?? 'reserved',
    vmid: Number((hgatp >> 44n) & 0x3fffn),
    ppn: Number(hgatp & 0xfff_ffff_fffcn),
  }
}

/**
 * Builds a 64-bit `hgatp`.
 *
 * @throws MmuError `bad-field` when VMID or PPN do not fit, `misaligned` when the root is not at a multiple of 16 KiB.
 */
export function encodeHgatp(hgatp: { mode: HgatpMode; vmid?: number; ppn?: number }): bigint {
  const { mode, vmid = 0, ppn = 0 } = hgatp
  if (!Number.isInteger(vmid) || vmid < 0 || vmid > 0x3fff) {
    throw new MmuError('bad-field', `VMID ${vmid} is not an integer in [0, 16384)`)
  }
  if (!Number.isInteger(ppn) || ppn < 0 || ppn >= 2 ** 44) {
    throw new MmuError(
      'bad-field',
      `PPN ${ppn} is not an integer in [0, 2^44); pass a page number, not an address`,
    )
  }
  if (ppn % 4 !== 0)
    throw new MmuError('misaligned', `PPN ${ppn} is not a multiple of 4: the root has 16 KiB`)
  return (BigInt(gStageSchemes[mode].mode) << 60n) | (BigInt(vmid) << 44n) | BigInt(ppn)
}
