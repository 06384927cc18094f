import type { Hart } from '@worldswitch/cpu'
import type { Vcpu } from './vcpu.ts'

const FCSR = 0x003
const OFF = 0
const CLEAN = 2
const DIRTY = 3

/**
 * The hart's floating-point registers, of which there is one set: a virtual CPU gets them when it uses them, and has
 * them until another one does. Everybody else runs with the hart's FS off, so that the first use traps; and a guest
 * that has its own FS off does so too, by its own fault.
 *
 * Whoever has them runs with the hart's FS clean, whatever the guest's is: that the guest changed something is then
 * seen from the hart's being dirty, and is exact.
 */
export class FloatRegisters {
  readonly #hart: Hart
  #holder: Vcpu | undefined

  constructor(hart: Hart) {
    this.#hart = hart
  }

  /** Whether a virtual CPU has them. */
  heldBy(vcpu: Vcpu): boolean {
    return this.#holder === vcpu
  }

  /** Gives them to a virtual CPU, from its next entry on. */
  give(vcpu: Vcpu): void {
    this.#holder = vcpu
  }

  /** Before a guest runs deprivileged: puts its registers into the hart if they belong there, and locks them otherwise. */
  enter(vcpu: Vcpu): void {
    const hart = this.#hart
    const { state } = vcpu
    if (this.#holder !== vcpu || state.floatOff) {
      if (hart.floatStatus !== OFF) hart.floatStatus = OFF
      return
    }
    this.load(vcpu)
  }

  /** Before a guest runs whose FS the hart itself heeds: puts its registers into the hart. */
  load(vcpu: Vcpu): void {
    const hart = this.#hart
    const { state } = vcpu
    this.#holder = vcpu
    hart.loadFloatRegisters(state.f)
    hart.writeCsr(FCSR, BigInt(state.fcsr))
    hart.floatStatus = CLEAN
  }

  /** After it ran: takes over what it changed. */
  leave({ state }: Vcpu): void {
    const hart = this.#hart
    if (hart.floatStatus !== DIRTY) return
    hart.saveFloatRegisters(state.f)
    state.fcsr = Number(hart.readCsr(FCSR))
    state.makeFloatDirty()
  }
}
