import type { AccessWidth, Device, InterruptLine } from './device.ts'
import { checkHarts } from './hart-count.ts'
import { onChange } from './interrupt-line.ts'
import { mergeLane, readLane } from './register-lane.ts'

/** What the machine-level software interrupt device needs. */
export interface AclintMswiOptions {
  /** How many harts it serves, 1 to 4095. */
  harts: number
  /** The software-interrupt line of a hart (`mip.MSIP`). */
  software(hart: number, asserted: boolean): void
}

/**
 * Machine-level software interrupts: a word per hart (`msip`), of which bit 0 is the hart's `mip.MSIP`. The first part
 * of a CLINT.
 *
 * @see RISC-V ACLINT specification, chapter 3
 */
export class AclintMswi implements Device {
  readonly compatible = ['riscv,aclint-mswi']
  readonly size = 0x4000
  readonly #pending: Uint8Array
  readonly #lines: readonly InterruptLine[]

  constructor({ harts, software }: AclintMswiOptions) {
    checkHarts(harts)
    this.#pending = new Uint8Array(harts)
    this.#lines = Array.from({ length: harts }, (_, hart) => onChange((on) => software(hart, on)))
  }

  read(offset: number, width: AccessWidth): number {
    const hart = offset >>> 2
    return hart < this.#pending.length ? readLane(this.#pending[hart], offset, width) : 0
  }

  write(offset: number, width: AccessWidth, value: number): void {
    const hart = offset >>> 2
    if (hart >= this.#pending.length) return
    this.#pending[hart] = mergeLane(this.#pending[hart], offset, width, value) & 1
    this.#lines[hart](this.#pending[hart] === 1)
  }

  reset(): void {
    this.#pending.fill(0)
    for (const line of this.#lines) line(false)
  }
}

/** Makes an {@link AclintMswi}. */
export const aclintMswi = (options: AclintMswiOptions): AclintMswi => new AclintMswi(options)
