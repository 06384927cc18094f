import type { WalkMemory } from '@worldswitch/mmu'
import { BLOCK_SIZE } from './layout.ts'

/** The bytes of one block, as the page-table builders of `@worldswitch/mmu` see them. */
export class BlockMemory implements WalkMemory {
  readonly bytes = new Uint8Array(BLOCK_SIZE)
  readonly view = new DataView(this.bytes.buffer)
  readonly base: number

  constructor(base: number) {
    this.base = base
  }
  load32(address: number): number {
    const offset = address - this.base
    return offset >= 0 && offset < BLOCK_SIZE ? this.view.getUint32(offset, true) : -1
  }
  store32(address: number, value: number): boolean {
    const offset = address - this.base
    if (offset < 0 || offset >= BLOCK_SIZE) return false
    this.view.setUint32(offset, value, true)
    return true
  }
}
