/**
 * What a hart asks of everything in the physical address space that is not RAM. `Bus` of `@worldswitch/devices`
 * is one.
 *
 * Called in the middle of an instruction: counters, `pc` and registers of the hart are exact, and calling
 * `setInterruptLine` or `requestStop` takes effect right after the instruction.
 */
export interface PhysicalBus {
  /**
   * @param address - physical address in bytes.
   * @returns the unsigned value, or `undefined` when nothing answers: a load access fault.
   */
  read(address: number, width: 1 | 2 | 4 | 8): bigint | undefined
  /**
   * @param value - unsigned, of `width` bytes.
   * @returns `false` when nothing answers: a store access fault.
   */
  write(address: number, width: 1 | 2 | 4 | 8, value: bigint): boolean
}
