import {
  clint,
  finisherCommands,
  goldfishRtc,
  plic,
  testFinisher,
  uart16550,
  virtioMmio,
} from '@worldswitch/devices'
import { cells, reference } from '../fdt/fdt-node.ts'
import type { Board, BoardRow } from './board.ts'

/** A row with the type of its device kept. */
const row = <D extends ReturnType<BoardRow['make']>>(data: BoardRow<D>): BoardRow<D> => data

/** Label of a hart's own interrupt controller in the device tree. */
export const hartInterrupts = (hart: number): string => `cpu${hart}_intc`

/** `interrupts-extended`: for each hart, some of its interrupt numbers. */
const perHart = (harts: number, ...numbers: readonly number[]): ReturnType<typeof cells> =>
  cells(
    ...Array.from({ length: harts }, (_, hart) =>
      numbers.flatMap((number) => [reference(hartInterrupts(hart)), number]),
    ).flat(),
  )

const MACHINE_SOFTWARE = 3
const MACHINE_TIMER = 7
const SUPERVISOR_EXTERNAL = 9
const MACHINE_EXTERNAL = 11

/** Input clock of the UART: 3.6864 MHz, as on QEMU. */
const UART_CLOCK = 3_686_400

/** Sources of the PLIC, numbered from 1: `riscv,ndev` of QEMU 7.2's board is 96. */
const PLIC_SOURCES = 96

/** Interrupt numbers 1 to 8, one page each from 0x1000_1000. */
const virtioSlot = (slot: number) =>
  row({
    base: 0x1000_1000 + slot * 0x1000,
    irq: slot + 1,
    make: (wiring, interrupt) => {
      const device = wiring.virtio(slot)
      return virtioMmio({ interrupt, memory: wiring.memory, ...(device && { device }) })
    },
    node: { name: 'virtio_mmio' },
  })

/** Command of the test finisher as a syscon node: the value is stored to offset 0 of its registers. */
const syscon = (compatible: string, value: number) => ({
  properties: { value, offset: 0, regmap: reference('test'), compatible },
})

/**
 * The memory map of QEMU's `virt` machine, as far as devices exist:
 *
 * ```text
 * 0x0010_0000  test finisher (power-off, reboot)
 * 0x0010_1000  goldfish RTC              irq 11
 * 0x0200_0000  CLINT
 * 0x0c00_0000  PLIC
 * 0x1000_0000  UART 16550                irq 10
 * 0x1000_1000  virtio-mmio, 8 slots      irq 1 to 8
 * 0x8000_0000  RAM
 * ```
 */
export const virt = {
  model: 'riscv-virtio,qemu',
  compatible: 'riscv-virtio',
  ramBase: 0x8000_0000,
  timebase: 10_000_000,
  interruptController: 'plic',
  console: 'uart0',
  rows: {
    test: row({
      base: 0x10_0000,
      make: ({ exit, reset }) => testFinisher({ exit, reset }),
      node: {
        name: 'test',
        companions: {
          poweroff: syscon('syscon-poweroff', finisherCommands.pass),
          reboot: syscon('syscon-reboot', finisherCommands.reset),
        },
      },
    }),
    rtc: row({
      base: 0x10_1000,
      irq: 11,
      make: ({ now }, interrupt) => goldfishRtc({ now, interrupt }),
      node: { name: 'rtc' },
    }),
    clint: row({
      base: 0x200_0000,
      make: ({ harts, time, software, timer }) => clint({ harts, time, software, timer }),
      node: {
        name: 'clint',
        properties: (_, harts) => ({
          'interrupts-extended': perHart(harts, MACHINE_SOFTWARE, MACHINE_TIMER),
        }),
      },
    }),
    plic: row({
      base: 0xc00_0000,
      make: ({ harts, external }) =>
        plic({
          sources: PLIC_SOURCES,
          contexts: harts * 2,
          output: (context, asserted) => external(context >> 1, context % 2 === 0 ? 'M' : 'S', asserted),
        }),
      node: {
        name: 'plic',
        properties: (device, harts) => ({
          'riscv,ndev': device.sources,
          'interrupts-extended': perHart(harts, MACHINE_EXTERNAL, SUPERVISOR_EXTERNAL),
          'interrupt-controller': true,
          '#address-cells': 0,
          '#interrupt-cells': 1,
        }),
      },
    }),
    uart0: row({
      base: 0x1000_0000,
      irq: 10,
      make: ({ output }, interrupt) => uart16550({ output, interrupt }),
      node: { name: 'serial', properties: () => ({ 'clock-frequency': UART_CLOCK }) },
    }),
    virtio0: virtioSlot(0),
    virtio1: virtioSlot(1),
    virtio2: virtioSlot(2),
    virtio3: virtioSlot(3),
    virtio4: virtioSlot(4),
    virtio5: virtioSlot(5),
    virtio6: virtioSlot(6),
    virtio7: virtioSlot(7),
  },
} as const satisfies Board

/** Number of virtio-mmio slots of {@link virt}. */
export const VIRTIO_SLOTS = 8
