import type { Device } from './device.ts'
import { checkHarts } from './hart-count.ts'

/** What the supervisor-level software interrupt device needs. */
export interface AclintSswiOptions {
  /** How many harts it serves, 1 to 4095. */
  harts: number
  /** An edge: sets `mip.SSIP` of a hart, which software on that hart clears. */
  setSoftware(hart: number): void
}

/**
 * Supervisor-level software interrupts: a word per hart (`setssip`); a store of an odd value makes `mip.SSIP` of that
 * hart pending, loads give 0.
 *
 * @see RISC-V ACLINT specification, chapter 4
 */
export const aclintSswi = ({ harts, setSoftware }: AclintSswiOptions): Device => {
  checkHarts(harts)
  return {
    compatible: ['riscv,aclint-sswi'],
    size: 0x4000,
    read: () => 0,
    write(offset, _width, value) {
      const hart = offset >>> 2
      if ((offset & 3) === 0 && hart < harts && (value & 1) === 1) setSoftware(hart)
    },
    reset() {},
  }
}
