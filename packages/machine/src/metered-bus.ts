import type { PhysicalBus } from '@worldswitch/cpu'
import type { Bus } from '@worldswitch/devices'

/** The bus as harts see it: counts accesses by device, and tells of stores that may have moved a deadline. */
export class MeteredBus implements PhysicalBus {
  readonly #bus: Bus
  readonly #counts = new Map<string, number>()
  readonly #timers: ReadonlySet<string>
  readonly #timerWritten: () => void

  /**
   * @param timers - names of the devices that have deadlines.
   * @param timerWritten - called after a store to one of them.
   */
  constructor(bus: Bus, timers: ReadonlySet<string>, timerWritten: () => void) {
    this.#bus = bus
    this.#timers = timers
    this.#timerWritten = timerWritten
  }

  read(address: number, width: 1 | 2 | 4 | 8): bigint | undefined {
    this.#count(address)
    return this.#bus.read(address, width)
  }

  write(address: number, width: 1 | 2 | 4 | 8, value: bigint): boolean {
    const name = this.#count(address)
    const done = this.#bus.write(address, width, value)
    if (name !== undefined && this.#timers.has(name)) this.#timerWritten()
    return done
  }

  /** Accesses so far, by name of the device. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }

  /** Counts from 0 again. */
  reset(): void {
    this.#counts.clear()
  }

  #count(address: number): string | undefined {
    const name = this.#bus.find(address)?.name
    if (name !== undefined) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    return name
  }
}
