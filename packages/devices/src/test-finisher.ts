import type { Device } from './device.ts'

/** What a guest stores to offset 0 of the test finisher; a failure's exit code is in bits 31:16. */
export const finisherCommands = { fail: 0x3333, pass: 0x5555, reset: 0x7777 } as const

/** What the test finisher needs. */
export interface TestFinisherOptions {
  /** The guest is done: 0 for a pass or a power-off, 1 to 65535 for a failure. */
  exit(code: number): void
  /** The guest asks for a reset of the machine; ignored if absent. */
  reset?(): void
}

/**
 * SiFive's test finisher, which QEMU's `virt` board uses to power off and to reboot. In a device tree it is also the
 * `syscon` that `syscon-poweroff` and `syscon-reboot` nodes point at: the value of those nodes is stored to offset 0.
 *
 * A failure with code 0 is reported as 1, so that a failed run can never look like a good one.
 */
export const testFinisher = (on: TestFinisherOptions): Device => ({
  compatible: ['sifive,test1', 'sifive,test0', 'syscon'],
  size: 0x1000,
  read: () => 0,
  write(offset, width, value) {
    if (offset !== 0 || width === 1) return
    const command = value & 0xffff
    if (command === finisherCommands.pass) on.exit(0)
    else if (command === finisherCommands.fail) on.exit(value >>> 16 || 1)
    else if (command === finisherCommands.reset) on.reset?.()
  },
  reset() {},
})
