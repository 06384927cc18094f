import { MmuError } from './mmu-error.ts'
import { type SatpMode, schemeOfMode, schemes } from './paging-scheme.ts'

/** The fields of `satp`. */
export interface Satp {
  /** `reserved` when the MODE field names no first-stage scheme; a hart refuses to hold such a value. */
  readonly mode: SatpMode | 'reserved'
  /** Address-space identifier, 16 bits. */
  readonly asid: number
  /** Physical page number of the root table, 44 bits. */
  readonly ppn: number
}

/**
 * Takes a 64-bit `satp` apart.
 *
 * @see Privileged ISA, "Supervisor Address Translation and Protection (satp) Register"
 */
export function decodeSatp(satp: bigint): Satp {
  return {
    mode: (schemeOfMode(Number((satp >> 60n) & 15n))?.name as SatpMode | undefined) ?? 'reserved',
    asid: Number((satp >> 44n) & 0xffffn),
    ppn: Number(satp & 0xfff_ffff_ffffn),
  }
}

/**
 * Builds a 64-bit `satp`.
 *
 * @throws MmuError `bad-field` when ASID or PPN do not fit.
 */
export function encodeSatp(satp: { mode: SatpMode; asid?: number; ppn?: number }): bigint {
  const { mode, asid = 0, ppn = 0 } = satp
  if (!Number.isInteger(asid) || asid < 0 || asid > 0xffff) {
    throw new MmuError('bad-field', `ASID ${asid} is not an integer in [0, 65536)`)
  }
  if (!Number.isInteger(ppn) || ppn < 0 || ppn >= 2 ** 44) {
    throw new MmuError(
      'bad-field',
      `PPN ${ppn} is not an integer in [0, 2^44); pass a page number, not an address`,
    )
  }
  return (BigInt(schemes[mode].mode) << 60n) | (BigInt(asid) << 44n) | BigInt(ppn)
}
