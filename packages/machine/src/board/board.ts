import { Bus, type Device, type DmaMemory, type InterruptLine, type VirtioDevice } from '@worldswitch/devices'
import type { FdtNode, FdtValue } from '../fdt/fdt-node.ts'

/** Levels at which a hart takes external interrupts. */
export type ExternalLevel = 'M' | 'S'

/** What the devices of a board are wired to: the machine's harts and host, or a VM's. */
export interface BoardWiring {
  /** Harts, numbered from 0. */
  readonly harts: number
  /** RAM, for devices that do DMA. */
  readonly memory: DmaMemory
  /** Ticks of the timebase since power-on, never falling. */
  time(): bigint
  /** Nanoseconds since 1970 of the real-time clock. */
  now(): bigint
  /** Machine software-interrupt line of a hart. */
  software(hart: number, asserted: boolean): void
  /** Machine timer-interrupt line of a hart. */
  timer(hart: number, asserted: boolean): void
  /** External-interrupt line of a hart. */
  external(hart: number, level: ExternalLevel, asserted: boolean): void
  /** A byte leaves the UART. */
  output(byte: number): void
  /** The test finisher ends the run: 0 is a power-off, anything else a failure. */
  exit(code: number): void
  /** The test finisher asks for a reset. */
  reset(): void
  /** The device in a virtio-mmio slot; undefined leaves it empty. */
  virtio(slot: number): VirtioDevice | undefined
}

/** A row of a board: one device, where it is, and what the device tree says about it. */
export interface BoardRow<D extends Device = Device> {
  /** Physical address of its registers. */
  readonly base: number
  /** Its source number at the interrupt controller. */
  readonly irq?: number
  /** Makes the device. `interrupt` is its line; one that leads nowhere for a row without `irq`. */
  make(wiring: BoardWiring, interrupt: InterruptLine): D
  /** Its node under `/soc`; `reg`, `compatible` and `interrupts` are filled in from the row and the device. */
  readonly node: {
    /** Generic name, without unit address. */
    readonly name: string
    /** Properties beside those filled in. */
    properties?(device: D, harts: number): Readonly<Record<string, FdtValue>>
    /** Nodes at the root that go with the device. */
    readonly companions?: Readonly<Record<string, FdtNode>>
  }
}

/** Rows by name. The names are what error messages and references in the device tree use. */
export type BoardRows = Readonly<Record<string, BoardRow>>

/** A board: its devices as data. */
export interface Board<Rows extends BoardRows = BoardRows> {
  /** `model` of the device tree. */
  readonly model: string
  /** `compatible` of the device tree. */
  readonly compatible: string
  /** Physical address of RAM. */
  readonly ramBase: number
  /** Ticks of the timebase per second. */
  readonly timebase: number
  readonly rows: Rows
  /** The name of the row that is the interrupt controller. */
  readonly interruptController: string
  /** The name of the row that is the console, for `stdout-path`. */
  readonly console: string
}

/** The devices of a board, by row. */
export type BoardDevices<Rows extends BoardRows> = {
  readonly [Name in keyof Rows]: ReturnType<Rows[Name]['make']>
}

/** An interrupt controller, as far as a board needs to know it. */
interface InterruptController {
  line(source: number): InterruptLine
}

/** A board with its devices made and put on a bus. */
export interface BuiltBoard<Rows extends BoardRows = BoardRows> {
  readonly board: Board<Rows>
  readonly bus: Bus
  readonly devices: BoardDevices<Rows>
  /** Makes all devices as they are at power-on. */
  reset(): void
}

const NOWHERE: InterruptLine = () => {}

/**
 * Makes the devices of a board, wires them and maps them.
 *
 * @throws `DeviceError` of `@worldswitch/devices` when rows overlap or an interrupt source does not exist.
 */
export function buildBoard<Rows extends BoardRows>(
  board: Board<Rows>,
  wiring: BoardWiring,
): BuiltBoard<Rows> {
  const bus = new Bus()
  const devices: Record<string, Device> = {}
  const add = (name: string, interrupt: InterruptLine): Device => {
    const row = board.rows[name]!
    const device = row.make(wiring, interrupt)
    devices[name] = device
    bus.map({ name, base: row.base, device })
    return device
  }
  // The controller first, because the others need its lines.
  const controller = add(board.interruptController, NOWHERE) as Device & InterruptController
  for (const [name, row] of Object.entries(board.rows)) {
    if (name === board.interruptController) continue
    add(name, row.irq === undefined ? NOWHERE : controller.line(row.irq))
  }
  return {
    board,
    bus,
    devices: devices as BoardDevices<Rows>,
    reset() {
      bus.reset()
      // Once more: lines that other devices still held when it was their turn were requested anew.
      controller.reset()
    },
  }
}

/** Physical address range of a row, for firmware that protects it. */
export const rangeOf = (built: BuiltBoard, name: string): { base: number; size: number } => {
  const row = built.board.rows[name]!
  return { base: row.base, size: built.devices[name]!.size }
}
