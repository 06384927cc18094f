import type { CsrSlotName } from './state-layout.ts'

/** Values of the state's `csrLevel` from which a slot may be reached. */
export const LEVEL_VS = 1
export const LEVEL_HS = 2
const LEVEL_M = 3

/** A CSR that is nothing but a slot of the state block, and who may reach it. */
export interface SlotCsr {
  readonly slot: CsrSlotName
  /** Least value of the state's `csrLevel`. */
  readonly level: number
  /** Bits that can be set: -1 for all, -2 (-4 without compressed instructions) for an address of code. */
  readonly mask: number
}

/** A CSR that generated code accesses: a slot, or `sstatus`. */
export type GeneratedCsr = SlotCsr | 'status'

/** The number of `sstatus`. It is no slot, but generated code knows most of what there is to know about it. */
export const SSTATUS = 0x100

/** CSRs that are nothing but a slot: no side effects, no checks beyond the privilege in their number. */
const slotCsrs: Readonly<Record<number, SlotCsr>> = {
  320: { slot: 'sscratch', level: LEVEL_VS, mask: -1 },
  321: { slot: 'sepc', level: LEVEL_VS, mask: -2 },
  322: { slot: 'scause', level: LEVEL_VS, mask: -1 },
  323: { slot: 'stval', level: LEVEL_VS, mask: -1 },
  832: { slot: 'mscratch', level: LEVEL_M, mask: -1 },
  833: { slot: 'mepc', level: LEVEL_M, mask: -2 },
  834: { slot: 'mcause', level: LEVEL_M, mask: -1 },
  835: { slot: 'mtval', level: LEVEL_M, mask: -1 },
}

/** Likewise those of the hypervisor extension. */
const hypervisorSlotCsrs: Readonly<Record<number, SlotCsr>> = {
  576: { slot: 'vsscratch', level: LEVEL_HS, mask: -1 },
  577: { slot: 'vsepc', level: LEVEL_HS, mask: -2 },
  578: { slot: 'vscause', level: LEVEL_HS, mask: -1 },
  579: { slot: 'vstval', level: LEVEL_HS, mask: -1 },
  1603: { slot: 'htval', level: LEVEL_HS, mask: -1 },
  1610: { slot: 'htinst', level: LEVEL_HS, mask: -1 },
}

/** @returns the CSR of a number if it is nothing but a slot on such a hart. */
export function slotCsr(number: number, hypervisor: boolean, compressed: boolean): SlotCsr | undefined {
  const csr = slotCsrs[number] ?? (hypervisor ? hypervisorSlotCsrs[number] : undefined)
  return csr?.mask === -2 && !compressed ? { ...csr, mask: -4 } : csr
}
