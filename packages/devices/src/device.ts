/** Width of a device access in bytes. The bus splits an 8-byte access into two of 4, the lower address first. */
export type AccessWidth = 1 | 2 | 4

/**
 * A memory-mapped device: it knows neither the bus nor the CPU. What it needs from outside (an interrupt line, an
 * output sink, memory for DMA) is handed to it when it is made. A guest may read and write anything: both methods
 * accept every offset in `[0, size)` with every width, never throw, and ignore nonsense as hardware does.
 */
export interface Device {
  /** Device-tree `compatible` strings, most specific first. */
  readonly compatible: readonly string[]
  /** Bytes of address space. */
  readonly size: number
  /** @returns an unsigned value of `width` bytes. */
  read(offset: number, width: AccessWidth): number
  /**
   * A store; one that means nothing is ignored.
   *
   * @param value - unsigned, of `width` bytes.
   */
  write(offset: number, width: AccessWidth, value: number): void
  /**
   * Both halves of a 64-bit register at one moment, for a device with registers that move on their own (`mtime`). Only
   * such a device has this method; elsewhere a bus reads two words, the lower first.
   *
   * @param offset - a multiple of 8 in `[0, size)`.
   * @returns an unsigned value of 8 bytes.
   */
  read64?(offset: number): bigint
  /** Back to the state after power-on. */
  reset(): void
}

/** A level-triggered interrupt line: `true` while asserted. */
export type InterruptLine = (asserted: boolean) => void

/** Memory as a device sees it: guest-physical addresses. A range that is not wholly RAM is refused, untouched. */
export interface DmaMemory {
  /** Fills `target` from `address`; `false` when the range is not all RAM. */
  read(address: number, target: Uint8Array): boolean
  /** Copies `source` to `address`; `false` when the range is not all RAM. */
  write(address: number, source: Uint8Array): boolean
}
