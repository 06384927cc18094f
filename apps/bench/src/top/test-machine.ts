import { Ledger, riscvModelled, type ScheduleEnd } from '@worldswitch/hypervisor'
import type { Watched } from './sample.ts'

/** Hertz of the fake host's clock. */
export const HERTZ = riscvModelled.hertz

/** A host whose virtual machines do as they are told; its clock is a number. */
export class FakeHost {
  cycles = 0
  readonly ledgers = [new Ledger(riscvModelled), new Ledger(riscvModelled)]
  readonly watched: readonly Watched[]
  /** After so many cycles everything has ended. */
  readonly #length: number

  constructor(length = Number.POSITIVE_INFINITY) {
    this.#length = length
    this.watched = this.ledgers.map((ledger, i) => ({
      name: `vm${i + 1}`,
      strategy: ['hardware-assisted', 'trap-emulate'][i]!,
      state: () => (this.cycles >= length ? 'poweroff' : 'running'),
      totals: () => ledger.totals(),
    }))
  }

  /** In each million cycles the first machine writes a device register, and the second one executes 1000 instructions. */
  readonly run = (cycles: number): ScheduleEnd => {
    const until = Math.min(this.cycles + cycles, this.#length)
    while (this.cycles < until) {
      const step = Math.min(1_000_000, until - this.cycles)
      this.cycles += step
      this.ledgers[0]!.exited('mmioWrite', 0n)
      const nothing = { tlbMisses: 0, walkReferences: 0, exceptions: 0, interrupts: 0, fences: 0 }
      this.ledgers[1]!.ran({ ...nothing, instructions: 1000 })
    }
    return this.cycles >= this.#length ? 'ended' : 'budget'
  }
}
