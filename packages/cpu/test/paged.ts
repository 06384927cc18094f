import { frameRange, gpa, gva, PageTable } from '@worldswitch/mmu'
import type { Board } from './agreement.ts'
import { Csr } from './board.ts'

const RAM = 0x8000_0000
const TABLES = 0x801a_0000
const HANDLER = 0x801f_0000
/** csrr t5, mepc; addi t5, t5, 4; csrw mepc, t5; mret */
const STEP_OVER = Uint32Array.of(0x3410_2f73, 0x004f_0f13, 0x341f_1073, 0x3020_0073)

/**
 * Puts a board into S-mode on page tables: the first 64 KiB of RAM where they are, and the pages that are given. Traps are
 * stepped over in M-mode.
 *
 * @param pages - virtual address, physical address, permissions.
 */
export function paged(
  pages: readonly (readonly [va: number, pa: number, permissions: string])[],
): (board: Board) => void {
  return ({ hart, memory }) => {
    const table = new PageTable(memory, frameRange(TABLES, HANDLER), 'sv39')
    const map = (va: number, pa: number, size: number, permissions: string) =>
      table.map({ va: gva(BigInt(va)), pa: gpa(pa), size, permissions })
    map(RAM, RAM, 0x1_0000, 'rwx')
    map(TABLES, TABLES, 0x1_0000, 'rw')
    for (const [va, pa, permissions] of pages) map(va, pa, 4096, permissions)
    memory.writeRam(HANDLER, new Uint8Array(STEP_OVER.buffer))
    hart.writeCsr(Csr.mtvec, BigInt(HANDLER))
    hart.writeCsr(Csr.pmpaddr0, (1n << 54n) - 1n)
    hart.writeCsr(Csr.pmpcfg0, 0x1fn)
    hart.writeCsr(Csr.satp, table.satp(1))
    hart.privilege = 'S'
  }
}

/** @returns the physical address of the entry of a page in the tables that {@link paged} made. @param page - its physical address. */
export const entryOf = ({ memory }: Board, page: number): number => {
  for (let at = TABLES; at < TABLES + 0x1_0000; at += 8) {
    if (memory.load32(at) >>> 10 === page >>> 12 && memory.load32(at) % 2 === 1) return at
  }
  return 0
}
