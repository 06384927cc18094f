import { MmuError } from './mmu-error.ts'
import type { WalkMemory } from './walk-memory.ts'

/** Where an {@link ArrayMemory} lies and how large it is. */
export interface ArrayMemoryOptions {
  /** First physical address, a multiple of 4096. Default `0x8000_0000`. */
  readonly base?: number
  /** Bytes, a multiple of 4096. */
  readonly size: number
}

/** Physical memory in an `ArrayBuffer`: for tests, tools, and page tables outside a machine. */
export class ArrayMemory implements WalkMemory {
  /** First physical address. */
  readonly base: number
  /** Bytes. */
  readonly size: number
  readonly #words: Uint32Array

  /** @throws MmuError `misaligned` when base or size is not a multiple of 4096. */
  constructor({ base = 0x8000_0000, size }: ArrayMemoryOptions) {
    if (!Number.isInteger(base / 4096) || !Number.isInteger(size / 4096) || base < 0 || size <= 0) {
      throw new MmuError('misaligned', `memory of ${size} bytes at ${base}: both must be multiples of 4096`)
    }
    this.base = base
    this.size = size
    this.#words = new Uint32Array(size / 4)
  }

  load32(address: number): number {
    const offset = address - this.base
    return offset >= 0 && offset < this.size ? this.#words[offset >>> 2] : -1
  }

  store32(address: number, value: number): boolean {
    const offset = address - this.base
    if (offset < 0 || offset >= this.size) return false
    this.#words[offset >>> 2] = value
    return true
  }

  /** @returns the 64-bit word at `address` (a multiple of 8), or `undefined` outside the memory. */
  load64(address: number): bigint | undefined {
    const low = this.load32(address)
    const high = this.load32(address + 4)
    return low < 0 || high < 0 ? undefined : (BigInt(high) << 32n) | BigInt(low)
  }

  /** Stores a 64-bit word at `address`, a multiple of 8. @returns `false` outside the memory. */
  store64(address: number, value: bigint): boolean {
    return (
      this.store32(address + 4, Number((value >> 32n) & 0xffff_ffffn)) &&
      this.store32(address, Number(value & 0xffff_ffffn))
    )
  }
}
