import type { AccessWidth, Device, InterruptLine } from './device.ts'
import { checkHarts } from './hart-count.ts'
import { onChange } from './interrupt-line.ts'
import { mergeLane, readLane } from './register-lane.ts'

/** What the machine-level timer needs. */
export interface AclintMtimerOptions {
  /** How many harts it serves, 1 to 4095. */
  harts: number
  /** The time in ticks of the timebase; it never goes back. */
  time(): bigint
  /** The timer-interrupt line of a hart (`mip.MTIP`). */
  timer(hart: number, asserted: boolean): void
}

const MTIME = 0x7ff8
const NEVER = 0xffff_ffff_ffff_ffffn
const HIGH = 0xffff_ffff_0000_0000n
const LOW = 0xffff_ffffn

const half = (value: bigint, offset: number): number => Number(offset & 4 ? value >> 32n : value & LOW)

const withHalf = (value: bigint, offset: number, width: AccessWidth, written: number): bigint => {
  const merged = BigInt(mergeLane(half(value, offset), offset, width, written))
  return offset & 4 ? (value & LOW) | (merged << 32n) : (value & HIGH) | merged
}

/**
 * Machine-level timer: `mtimecmp` of each hart from offset 0, `mtime` at 0x7ff8, 8 bytes each. A hart's line is asserted
 * exactly while `mtime >= mtimecmp`, both unsigned, as of the last {@link AclintMtimer.tick} or access. The second part
 * of a CLINT.
 *
 * Nothing runs by itself: whoever owns the clock asks for {@link AclintMtimer.nextDeadline} and calls
 * {@link AclintMtimer.tick} when time has got there. `mtime` is the injected time plus an offset, which stores to `mtime`
 * change; after power-on `mtimecmp` is all ones, which never fires.
 *
 * @see RISC-V ACLINT specification, chapter 2; Privileged ISA, "Machine Timer Registers"
 */
export class AclintMtimer implements Device {
  readonly compatible = ['riscv,aclint-mtimer']
  readonly size = 0x8000
  readonly #time: () => bigint
  readonly #lines: readonly InterruptLine[]
  readonly #compare: bigint[]
  #offset = 0n

  constructor({ harts, time, timer }: AclintMtimerOptions) {
    checkHarts(harts)
    this.#time = time
    this.#lines = Array.from({ length: harts }, (_, hart) => onChange((on) => timer(hart, on)))
    this.#compare = new Array<bigint>(harts).fill(NEVER)
  }

  /** `mtime` now: what the `time` CSR shows, too. */
  get mtime(): bigint {
    return BigInt.asUintN(64, this.#time() + this.#offset)
  }

  /** `mtimecmp` of a hart; all ones for a hart that it does not serve. */
  compare(hart: number): bigint {
    return this.#compare[hart] ?? NEVER
  }

  /** Sets `mtimecmp` of a hart, as firmware in the host does; ignored for a hart that it does not serve. */
  setCompare(hart: number, value: bigint): void {
    if (!(hart in this.#compare)) return
    this.#compare[hart] = BigInt.asUintN(64, value)
    this.#lines[hart](this.mtime >= this.#compare[hart])
  }

  /**
   * When a line will be asserted next.
   *
   * @param hart - of this hart only; of any if absent.
   * @returns a value of the injected time, or `undefined` when nothing is due: no timer set, or already asserted.
   */
  nextDeadline(hart?: number): bigint | undefined {
    const mtime = this.mtime
    let nearest = NEVER
    for (let i = hart ?? 0; i < (hart === undefined ? this.#compare.length : hart + 1); i++) {
      const compare = this.compare(i)
      if (compare > mtime && compare < nearest) nearest = compare
    }
    return nearest === NEVER ? undefined : this.#time() + (nearest - mtime)
  }

  /** Compares again: call it when time has passed. */
  tick(): void {
    const mtime = this.mtime
    for (let hart = 0; hart < this.#lines.length; hart++) this.#lines[hart](mtime >= this.#compare[hart])
  }

  read(offset: number, width: AccessWidth): number {
    return readLane(half(this.#register(offset), offset), offset, width)
  }

  /** The whole of `mtimecmp` or `mtime` at one moment. */
  read64(offset: number): bigint {
    return this.#register(offset)
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (offset >= MTIME) {
      const mtime = this.mtime
      this.#offset = BigInt.asIntN(64, this.#offset + withHalf(mtime, offset, width, value) - mtime)
      this.tick()
    } else {
      const hart = offset >>> 3
      this.setCompare(hart, withHalf(this.compare(hart), offset, width, value))
    }
  }

  reset(): void {
    this.#offset = 0n
    this.#compare.fill(NEVER)
    this.tick()
  }

  #register(offset: number): bigint {
    if (offset >= MTIME) return this.mtime
    return this.#compare[offset >>> 3] ?? 0n
  }
}

/** Makes an {@link AclintMtimer}. */
export const aclintMtimer = (options: AclintMtimerOptions): AclintMtimer => new AclintMtimer(options)
