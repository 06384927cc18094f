import { AclintMswi, type AclintMswiOptions } from './aclint-mswi.ts'
import { AclintMtimer, type AclintMtimerOptions } from './aclint-mtimer.ts'
import type { AccessWidth, Device } from './device.ts'

/** What a CLINT needs. */
export interface ClintOptions extends AclintMswiOptions, AclintMtimerOptions {}

const MTIMER = 0x4000
const END = 0xc000

/**
 * SiFive's core-local interruptor: an ACLINT MSWI at offset 0 (`msip`) and an ACLINT MTIMER at 0x4000 (`mtimecmp`; `mtime`
 * at 0xbff8), as on QEMU's `virt` board.
 *
 * @see SiFive FU540-C000 manual, chapter "Core-Local Interruptor"; RISC-V ACLINT specification, chapter 1
 */
export class Clint implements Device {
  readonly compatible = ['sifive,clint0', 'riscv,clint0']
  readonly size = 0x1_0000
  /** The software-interrupt half. */
  readonly mswi: AclintMswi
  /** The timer half. */
  readonly mtimer: AclintMtimer

  constructor(options: ClintOptions) {
    this.mswi = new AclintMswi(options)
    this.mtimer = new AclintMtimer(options)
  }

  /** `mtime` now: what the `time` CSR shows, too. */
  get mtime(): bigint {
    return this.mtimer.mtime
  }

  /**
   * When a timer line will be asserted next.
   *
   * @param hart - of this hart only; of any if absent.
   * @returns a value of the injected time, or `undefined` when nothing is due: no timer set, or already asserted.
   */
  nextDeadline(hart?: number): bigint | undefined {
    return this.mtimer.nextDeadline(hart)
  }

  /** Compares again: call it when time has passed. */
  tick(): void {
    this.mtimer.tick()
  }

  read(offset: number, width: AccessWidth): number {
    if (offset < MTIMER) return this.mswi.read(offset, width)
    return offset < END ? this.mtimer.read(offset - MTIMER, width) : 0
  }

  /** Two words of `msip`, or the whole of `mtimecmp` or `mtime` at one moment. */
  read64(offset: number): bigint {
    if (offset < MTIMER)
      return BigInt(this.mswi.read(offset, 4)) | (BigInt(this.mswi.read(offset + 4, 4)) << 32n)
    return offset < END ? this.mtimer.read64(offset - MTIMER) : 0n
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (offset < MTIMER) this.mswi.write(offset, width, value)
    else if (offset < END) this.mtimer.write(offset - MTIMER, width, value)
  }

  reset(): void {
    this.mswi.reset()
    this.mtimer.reset()
  }
}

/** Makes a {@link Clint}. */
export const clint = (options: ClintOptions): Clint => new Clint(options)
