import type { AccessWidth, Device } from './device.ts'
import { DeviceError } from './device-error.ts'

/** A device and where a guest finds it. */
export interface Mapping {
  /** What error messages and the device tree call it: `uart0`. */
  readonly name: string
  /** First guest-physical address; a multiple of 8. */
  readonly base: number
  /** The device; it covers `[base, base + device.size)`. */
  readonly device: Device
}

const hex = (address: number): string => `0x${address.toString(16)}`

const describe = ({ name, base, device }: Mapping): string =>
  `${name} (${hex(base)} to ${hex(base + device.size - 1)})`

const WORD = 0xffff_ffffn

/**
 * Routes physical accesses to devices. It knows nothing of what they do.
 *
 * An access that is misaligned, meets no device or crosses the end of one is an access fault: `undefined` from
 * {@link Bus.read}, `-1` from {@link Bus.load}, `false` from {@link Bus.write} and {@link Bus.store}, and no device
 * sees any part of it. Accesses of 8 bytes become two of 4, the lower address first.
 *
 * @example
 * ```ts
 * const bus = new Bus()
 * bus.map({ name: 'test', base: 0x10_0000, device: testFinisher({ exit: (code) => console.log(code) }) })
 * bus.write(0x10_0000, 4, 0x5555n) // true, and prints 0
 * bus.read(0x20_0000, 4) // undefined: nothing there
 * ```
 */
export class Bus {
  #mappings: readonly Mapping[] = []
  #last: Mapping | undefined

  /** What is mapped, by ascending address: the input of a device-tree generator. */
  get mappings(): readonly Mapping[] {
    return this.#mappings
  }

  /**
   * Puts a device at an address.
   *
   * @throws {@link DeviceError} `bus-overlap` when another device is there, naming both; `bus-range` when the base
   *   is not a multiple of 8 or the range ends beyond 2^53, where a `number` is no longer exact.
   */
  map(mapping: Mapping): this {
    const { name, base, device } = mapping
    const end = base + device.size
    if (!Number.isSafeInteger(base) || base < 0 || base % 8 !== 0)
      throw new DeviceError(
        'bus-range',
        `${name}: its base must be a non-negative multiple of 8, not ${base}`,
      )
    if (!Number.isSafeInteger(end) || device.size <= 0)
      throw new DeviceError(
        'bus-range',
        `${name}: a size of ${device.size} bytes at ${hex(base)} is no range`,
      )
    for (const other of this.#mappings)
      if (base < other.base + other.device.size && other.base < end)
        throw new DeviceError(
          'bus-overlap',
          `${describe(mapping)} overlaps ${describe(other)}: give one of them another base`,
        )
    this.#mappings = [...this.#mappings, mapping].sort((a, b) => a.base - b.base)
    return this
  }

  /** @returns what covers `address`, if anything. */
  find(address: number): Mapping | undefined {
    const last = this.#last
    if (last !== undefined && address >= last.base && address < last.base + last.device.size) return last
    let low = 0
    let high = this.#mappings.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const mapping = this.#mappings[middle]
      if (address < mapping.base) high = middle - 1
      else if (address >= mapping.base + mapping.device.size) low = middle + 1
      else {
        this.#last = mapping
        return mapping
      }
    }
    return undefined
  }

  /** The device that takes an access of `width` bytes whole, or `undefined`. */
  #target(address: number, width: number): Mapping | undefined {
    // The low 32 bits decide alignment, and `&` sees exactly those of any integer below 2^53.
    if ((address & (width - 1)) !== 0) return undefined
    const mapping = this.find(address)
    if (mapping === undefined || address + width > mapping.base + mapping.device.size) return undefined
    return mapping
  }

  /**
   * A load without `bigint`s.
   *
   * @returns the unsigned value, or `-1` for an access fault.
   */
  load(address: number, width: AccessWidth): number {
    const mapping = this.#target(address, width)
    return mapping === undefined ? -1 : mapping.device.read(address - mapping.base, width)
  }

  /**
   * A store without `bigint`s.
   *
   * @param value - unsigned, of `width` bytes.
   * @returns `false` for an access fault.
   */
  store(address: number, width: AccessWidth, value: number): boolean {
    const mapping = this.#target(address, width)
    if (mapping === undefined) return false
    mapping.device.write(address - mapping.base, width, value)
    return true
  }

  /** @returns the unsigned value of `width` bytes, or `undefined` for an access fault. */
  read(address: number, width: AccessWidth | 8): bigint | undefined {
    if (width !== 8) {
      const value = this.load(address, width)
      return value < 0 ? undefined : BigInt(value)
    }
    const mapping = this.#target(address, 8)
    if (mapping === undefined) return undefined
    const { base, device } = mapping
    const offset = address - base
    if (device.read64 !== undefined) return device.read64(offset)
    const low = BigInt(device.read(offset, 4))
    return low | (BigInt(device.read(offset + 4, 4)) << 32n)
  }

  /**
   * @param value - unsigned; bits above `width` bytes are ignored.
   * @returns `false` for an access fault.
   */
  write(address: number, width: AccessWidth | 8, value: bigint): boolean {
    if (width !== 8) return this.store(address, width, Number(BigInt.asUintN(width * 8, value)))
    const mapping = this.#target(address, 8)
    if (mapping === undefined) return false
    const { base, device } = mapping
    const offset = address - base
    device.write(offset, 4, Number(value & WORD))
    device.write(offset + 4, 4, Number((value >> 32n) & WORD))
    return true
  }

  /** Resets every device, by ascending address. */
  reset(): void {
    for (const { device } of this.#mappings) device.reset()
  }
}
