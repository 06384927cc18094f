import type { AccessWidth, Device, InterruptLine } from './device.ts'
import { DeviceError } from './device-error.ts'
import { onChange } from './interrupt-line.ts'
import { readLane } from './register-lane.ts'

/** What a PLIC needs. */
export interface PlicOptions {
  /** The highest source number, 1 to 1023; sources count from 1. */
  sources: number
  /** How many contexts, 1 to 1024. QEMU's `virt` has two per hart: M-mode, then S-mode. */
  contexts: number
  /** The external-interrupt line of a context (`mip.MEIP` or `mip.SEIP`). */
  output(context: number, asserted: boolean): void
}

const PENDING = 0x1000
const ENABLE = 0x2000
const ENABLE_STRIDE = 0x80
const CONTEXT = 0x20_0000
const CONTEXT_STRIDE = 0x1000
const MOST_SOURCES = 1023
const MOST_CONTEXTS = 1024
/** Priorities and thresholds have 3 bits, as on QEMU's `virt`. */
const PRIORITY_MASK = 7

const integerWithin = (name: string, value: number, most: number): void => {
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new DeviceError('bad-option', `PLIC: ${name} must be an integer from 1 to ${most}, not ${value}`)
}

/**
 * The platform-level interrupt controller (SiFive's PLIC 1.0.0 layout) for level-triggered lines.
 *
 * A gateway per source turns an asserted line into one request, which stays pending until it is claimed even if the line
 * drops; after a completion a line that is still asserted makes the next request. A claim takes the pending, enabled
 * source with the highest priority, among equals the lowest number, whatever the threshold; a completion counts only
 * for a source that is enabled in that context. Priorities and thresholds keep bits 2:0. Registers answer to aligned
 * 4-byte accesses; narrower stores do nothing, and a narrower load of the claim register claims nothing.
 *
 * @see RISC-V Platform-Level Interrupt Controller specification 1.0.0
 */
export class Plic implements Device {
  readonly compatible = ['sifive,plic-1.0.0', 'riscv,plic0']
  readonly size = CONTEXT + MOST_CONTEXTS * CONTEXT_STRIDE
  /** The highest source number: `riscv,ndev` of the device tree. */
  readonly sources: number
  /** How many contexts. */
  readonly contexts: number

  readonly #words: number
  readonly #priority: Uint8Array
  readonly #threshold: Uint8Array
  readonly #level: Uint8Array
  /** Claimed and not yet completed: the gateway is shut. */
  readonly #claimed: Uint8Array
  readonly #pending: Uint32Array
  readonly #enable: Uint32Array
  readonly #outputs: readonly InterruptLine[]

  constructor({ sources, contexts, output }: PlicOptions) {
    integerWithin('sources', sources, MOST_SOURCES)
    integerWithin('contexts', contexts, MOST_CONTEXTS)
    this.sources = sources
    this.contexts = contexts
    this.#words = (sources >>> 5) + 1
    this.#priority = new Uint8Array(sources + 1)
    this.#threshold = new Uint8Array(contexts)
    this.#level = new Uint8Array(sources + 1)
    this.#claimed = new Uint8Array(sources + 1)
    this.#pending = new Uint32Array(this.#words)
    this.#enable = new Uint32Array(this.#words * contexts)
    this.#outputs = Array.from({ length: contexts }, (_, context) => onChange((on) => output(context, on)))
  }

  /**
   * The input of a source, for a device to drive.
   *
   * @throws {@link DeviceError} `interrupt-source` for a number that is not 1 to `sources`.
   */
  line(source: number): InterruptLine {
    if (!Number.isInteger(source) || source < 1 || source > this.sources)
      throw new DeviceError(
        'interrupt-source',
        `PLIC: no source ${source}: sources are numbered 1 to ${this.sources}`,
      )
    return (asserted) => {
      if (this.#level[source] === Number(asserted)) return
      this.#level[source] = Number(asserted)
      if (this.#request(source)) this.#update()
    }
  }

  read(offset: number, width: AccessWidth): number {
    if (offset < PENDING) return readLane(this.#priority[offset >>> 2] ?? 0, offset, width)
    if (offset < ENABLE) return readLane(this.#pending[(offset - PENDING) >>> 2] ?? 0, offset, width)
    if (offset < CONTEXT) {
      const index = this.#enableIndex(offset)
      return index < 0 ? 0 : readLane(this.#enable[index], offset, width)
    }
    const context = (offset - CONTEXT) >>> 12
    if (context >= this.contexts) return 0
    const register = offset & (CONTEXT_STRIDE - 1)
    if (register < 4) return readLane(this.#threshold[context], offset, width)
    return register === 4 && width === 4 ? this.#claim(context) : 0
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (width !== 4 || (offset & 3) !== 0) return
    if (offset < PENDING) {
      const source = offset >>> 2
      if (source === 0 || source > this.sources) return
      this.#priority[source] = value & PRIORITY_MASK
    } else if (offset < ENABLE) return
    else if (offset < CONTEXT) {
      const index = this.#enableIndex(offset)
      if (index < 0) return
      this.#enable[index] = value & this.#sourceMask(index % this.#words)
    } else {
      const context = (offset - CONTEXT) >>> 12
      if (context >= this.contexts) return
      const register = offset & (CONTEXT_STRIDE - 1)
      if (register === 0) this.#threshold[context] = value & PRIORITY_MASK
      else if (register !== 4 || !this.#complete(context, value)) return
    }
    this.#update()
  }

  /** Lines keep their levels, which belong to the devices; those asserted are requested anew. */
  reset(): void {
    this.#priority.fill(0)
    this.#threshold.fill(0)
    this.#claimed.fill(0)
    this.#pending.fill(0)
    this.#enable.fill(0)
    for (let source = 1; source <= this.sources; source++) this.#request(source)
    this.#update()
  }

  /** Where the enable word at an offset is kept, or -1. */
  #enableIndex(offset: number): number {
    const context = Math.floor((offset - ENABLE) / ENABLE_STRIDE)
    const word = ((offset - ENABLE) % ENABLE_STRIDE) >>> 2
    return context < this.contexts && word < this.#words ? context * this.#words + word : -1
  }

  /** Which bits of word `word` are sources; source 0 does not exist. */
  #sourceMask(word: number): number {
    const above = this.sources - word * 32
    const mask = above >= 31 ? 0xffff_ffff : 2 ** (above + 1) - 1
    return word === 0 ? mask & ~1 : mask
  }

  /** The gateway: an asserted line that is not being served makes a request. */
  #request(source: number): boolean {
    if (this.#level[source] === 0 || this.#claimed[source] === 1) return false
    this.#pending[source >>> 5] |= 1 << (source & 31)
    return true
  }

  /** The pending source that a context serves first, or 0; priority 0 never interrupts. */
  #best(context: number): number {
    let best = 0
    let bestPriority = 0
    for (let word = 0; word < this.#words; word++) {
      let candidates = this.#pending[word] & this.#enable[context * this.#words + word]
      while (candidates !== 0) {
        const bit = 31 - Math.clz32(candidates & -candidates)
        candidates &= candidates - 1
        const source = word * 32 + bit
        if (this.#priority[source] > bestPriority) {
          best = source
          bestPriority = this.#priority[source]
        }
      }
    }
    return best
  }

  #update(): void {
    for (let context = 0; context < this.contexts; context++) {
      const best = this.#best(context)
      this.#outputs[context](best !== 0 && this.#priority[best] > this.#threshold[context])
    }
  }

  #claim(context: number): number {
    const source = this.#best(context)
    if (source === 0) return 0
    this.#pending[source >>> 5] &= ~(1 << (source & 31))
    this.#claimed[source] = 1
    this.#update()
    return source
  }

  #complete(context: number, source: number): boolean {
    if (source === 0 || source > this.sources) return false
    if ((this.#enable[context * this.#words + (source >>> 5)] & (1 << (source & 31))) === 0) return false
    this.#claimed[source] = 0
    return this.#request(source)
  }
}

/** Makes a {@link Plic}. */
export const plic = (options: PlicOptions): Plic => new Plic(options)
