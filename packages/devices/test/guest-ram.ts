import type { DmaMemory } from '../src/device.ts'

/** Where guest RAM starts in these tests. */
export const RAM_BASE = 0x8000_0000

/** A stretch of guest RAM, with an allocator for what a driver puts there. */
export class GuestRam implements DmaMemory {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Bytes moved by the device so far. */
  moved = 0
  #next = RAM_BASE
  #kept = RAM_BASE

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
    this.view = new DataView(this.bytes.buffer)
  }

  read(address: number, target: Uint8Array): boolean {
    if (!this.#has(address, target.length)) return false
    const start = address - RAM_BASE
    target.set(this.bytes.subarray(start, start + target.length))
    this.moved += target.length
    return true
  }

  write(address: number, source: Uint8Array): boolean {
    if (!this.#has(address, source.length)) return false
    this.bytes.set(source, address - RAM_BASE)
    this.moved += source.length
    return true
  }

  /** Reserves aligned, zeroed space. */
  allocate(size: number, alignment = 16): number {
    const address = Math.ceil(this.#next / alignment) * alignment
    this.#next = address + size
    if (this.#next > RAM_BASE + this.bytes.length) throw new Error('the guest RAM of this test is too small')
    return address
  }

  /** What was allocated up to now stays when the rest is {@link GuestRam.release}d. */
  keep(): void {
    this.#kept = this.#next
  }

  /** Lets everything since {@link GuestRam.keep} be allocated again. */
  release(): void {
    this.#next = this.#kept
  }

  /** The bytes of a range, live. */
  at(address: number, length: number): Uint8Array {
    return this.bytes.subarray(address - RAM_BASE, address - RAM_BASE + length)
  }

  get16(address: number): number {
    return this.view.getUint16(address - RAM_BASE, true)
  }

  set16(address: number, value: number): void {
    this.view.setUint16(address - RAM_BASE, value, true)
  }

  get32(address: number): number {
    return this.view.getUint32(address - RAM_BASE, true)
  }

  set32(address: number, value: number): void {
    this.view.setUint32(address - RAM_BASE, value, true)
  }

  set64(address: number, value: bigint): void {
    this.view.setBigUint64(address - RAM_BASE, BigInt.asUintN(64, value), true)
  }

  #has(address: number, length: number): boolean {
    return address >= RAM_BASE && address + length <= RAM_BASE + this.bytes.length
  }
}
