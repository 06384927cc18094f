/** Permission bits of a PMP entry: the low three bits of its configuration. */
const READ = 1
const WRITE = 2
const EXECUTE = 4
const LOCKED = 0x80
const MODE_SHIFT = 3
const OFF = 0
const TOR = 1
const NA4 = 2

/** Bits 55:2 of an address, as `pmpaddr` holds them. */
const ADDRESS_MASK = (1n << 54n) - 1n
/** By access kind (read, write, execute): the permission it needs. */
const NEEDED = [READ, WRITE, EXECUTE]

/** Answer of {@link Pmp.page} for a page whose bytes do not all have the same permissions. */
export const PMP_MIXED = -1

/**
 * Physical memory protection. Privileged ISA, "Physical Memory Protection". The configuration registers are the truth;
 * the ranges are recomputed when one is written.
 */
export class Pmp {
  /** Entries implemented, 0 to 16. */
  readonly entries: number
  readonly #config: Uint8Array
  readonly #address: BigUint64Array
  readonly #low: Float64Array
  readonly #high: Float64Array
  readonly #active: Uint8Array
  #activeCount = 0

  /**
   * @param config - the bytes of `pmpcfg0` and `pmpcfg2`, one after the other.
   * @param address - `pmpaddr0` to `pmpaddr15`.
   */
  constructor(entries: number, config: Uint8Array, address: BigUint64Array) {
    this.entries = entries
    this.#config = config
    this.#address = address
    this.#low = new Float64Array(entries)
    this.#high = new Float64Array(entries)
    this.#active = new Uint8Array(entries)
    this.refresh()
  }

  /** Writes up to eight configuration bytes, leaving locked entries as they are. @param first - 0 or 8. */
  writeConfig(first: number, value: bigint): void {
    for (let i = 0; i < 8; i++) {
      const entry = first + i
      if (entry >= this.entries || (this.#config[entry] & LOCKED) !== 0) continue
      let config = Number((value >> BigInt(8 * i)) & 0x9fn)
      // W without R is reserved: WARL keeps the legal part.
      if ((config & (READ | WRITE)) === WRITE) config &= ~WRITE
      this.#config[entry] = config
    }
    this.refresh()
  }

  /** Writes an address register unless it is locked, by itself or as the bottom of a locked TOR entry. */
  writeAddress(entry: number, value: bigint): void {
    if ((this.#config[entry] & LOCKED) !== 0) return
    const next = entry + 1 < this.entries ? this.#config[entry + 1] : 0
    if ((next & LOCKED) !== 0 && ((next >> MODE_SHIFT) & 3) === TOR) return
    this.#address[entry] = value & ADDRESS_MASK
    this.refresh()
  }

  /** Recomputes the ranges after the registers were changed from outside. */
  refresh(): void {
    this.#activeCount = 0
    for (let entry = 0; entry < this.entries; entry++) {
      const mode = (this.#config[entry] >> MODE_SHIFT) & 3
      if (mode === OFF) continue
      const address = this.#address[entry]
      let low = address << 2n
      let high = low + 4n
      if (mode === TOR) {
        low = entry === 0 ? 0n : this.#address[entry - 1] << 2n
        high = address << 2n
      } else if (mode !== NA4) {
        // NAPOT: as many ones at the bottom as the size says.
        const ones = address ^ (address + 1n)
        low = (address & ~ones) << 2n
        high = low + ((ones + 1n) << 2n)
      }
      this.#low[entry] = Number(low)
      this.#high[entry] = Number(high)
      if (high > low) this.#active[this.#activeCount++] = entry
    }
  }

  /**
   * Whether an access is allowed.
   *
   * @param kind - 0 read, 1 write, 2 execute.
   * @param privilege - effective privilege: 0 U, 1 S, 3 M.
   */
  allows(address: number, bytes: number, kind: number, privilege: number): boolean {
    for (let i = 0; i < this.#activeCount; i++) {
      const entry = this.#active[i]
      if (address >= this.#high[entry] || address + bytes <= this.#low[entry]) continue
      // An access that an entry covers only in part fails, whatever the permissions.
      if (address < this.#low[entry] || address + bytes > this.#high[entry]) return false
      return (this.#permissions(entry, privilege) & NEEDED[kind]) !== 0
    }
    return privilege === 3 || this.entries === 0
  }

  /**
   * What may be done anywhere in a page.
   *
   * @param page - its physical address.
   * @returns a set of bits by access kind (1 read, 2 write, 4 execute), or {@link PMP_MIXED}.
   */
  page(page: number, privilege: number): number {
    for (let i = 0; i < this.#activeCount; i++) {
      const entry = this.#active[i]
      if (page >= this.#high[entry] || page + 4096 <= this.#low[entry]) continue
      if (page < this.#low[entry] || page + 4096 > this.#high[entry]) return PMP_MIXED
      return this.#permissions(entry, privilege)
    }
    return privilege === 3 || this.entries === 0 ? READ | WRITE | EXECUTE : 0
  }

  /**
   * Where all modes may do everything: what is left of a range without what entries forbid or divide, the larger part where
   * they cut something out. Whole pages.
   *
   * @returns first byte, and first byte behind it; the same when there is nothing.
   */
  openRange(from: number, to: number): readonly [from: number, to: number] {
    let low = from
    let high = to
    for (let i = 0; i < this.#activeCount; i++) {
      const entry = this.#active[i]
      const first = Math.floor(this.#low[entry] / 4096) * 4096
      const end = Math.ceil(this.#high[entry] / 4096) * 4096
      if (low >= end || high <= first) continue
      if (low >= this.#low[entry] && high <= this.#high[entry]) {
        return this.#permissions(entry, 1) === (READ | WRITE | EXECUTE) ? [low, high] : [low, low]
      }
      if (first - low > high - end) high = first
      else low = end
      if (low >= high) return [from, from]
    }
    return this.entries === 0 ? [low, high] : [low, low]
  }

  #permissions(entry: number, privilege: number): number {
    const config = this.#config[entry]
    if (privilege === 3 && (config & LOCKED) === 0) return READ | WRITE | EXECUTE
    return config & (READ | WRITE | EXECUTE)
  }
}
