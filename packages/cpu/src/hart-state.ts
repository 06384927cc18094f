import { STATE_SIZE, State } from './state-layout.ts'

/** The state block of one hart, as TypeScript sees it. Offsets are those of {@link State}. */
export class HartState {
  /** Linear address of the block. */
  readonly base: number
  /** The block as 32-bit words, signed. */
  readonly words: Int32Array
  /** The block as 64-bit words, unsigned. */
  readonly doublewords: BigUint64Array
  /** The block as floating-point numbers: counters. */
  readonly floats: Float64Array

  constructor(buffer: ArrayBuffer, base: number) {
    this.base = base
    this.words = new Int32Array(buffer, base, STATE_SIZE / 4)
    this.doublewords = new BigUint64Array(buffer, base, STATE_SIZE / 8)
    this.floats = new Float64Array(buffer, base, STATE_SIZE / 8)
  }

  /** @returns the unsigned 64-bit value at a byte offset. */
  get64(offset: number): bigint {
    return this.doublewords[offset >> 3]
  }

  /** Stores a byte. */
  setByte(offset: number, value: number): void {
    new Uint8Array(this.words.buffer)[this.base + offset] = value
  }

  /** Stores the low 64 bits of a value. */
  set64(offset: number, value: bigint): void {
    this.doublewords[offset >> 3] = value
  }

  /** Copies a 64-bit value without making a `bigint`. */
  copy64(to: number, from: number): void {
    this.words[to >> 2] = this.words[from >> 2]
    this.words[(to >> 2) + 1] = this.words[(from >> 2) + 1]
  }

  /** Steps completed: the one being executed is not among them. */
  get steps(): number {
    return this.floats[State.stepEnd >> 3] - this.words[State.left >> 2] - this.words[State.deferred >> 2]
  }
}
