import { difference, type ExitKind, type LedgerTotals } from '@worldswitch/hypervisor'

/** What is looked at in a virtual machine. */
export interface Watched {
  readonly name: string
  readonly strategy: string
  /** `running`, `waiting`, or how it ended. */
  state(): string
  totals(): LedgerTotals
}

/** What one virtual machine did in an interval: exact counts. */
export interface VmSample {
  readonly name: string
  readonly strategy: string
  readonly state: string
  /** Retired by the guest, whoever carried them out. */
  readonly instructions: number
  /** Cycles that were spent for it, of those that passed. */
  readonly share: number
  readonly exits: Readonly<Record<ExitKind, number>>
}

/** What all virtual machines of a host did in an interval. Plain data: a line of JSON. */
export interface Sample {
  /** When the interval ended, in seconds of the host's virtual clock since power-on. */
  readonly time: number
  /** How long it was, in such seconds. */
  readonly seconds: number
  readonly vms: readonly VmSample[]
}

/** Takes samples: each is what happened since the one before. */
export class Sampler {
  readonly #watched: readonly Watched[]
  readonly #hertz: number
  #cycles: number
  #before: readonly LedgerTotals[]

  /**
   * @param hertz - cycles per second of the host's clock.
   * @param cycles - what the clock shows now.
   */
  constructor(watched: readonly Watched[], hertz: number, cycles: number) {
    this.#watched = watched
    this.#hertz = hertz
    this.#cycles = cycles
    this.#before = watched.map((vm) => vm.totals())
  }

  /** @param cycles - what the clock shows now. */
  take(cycles: number): Sample {
    const passed = cycles - this.#cycles
    const totals = this.#watched.map((vm) => vm.totals())
    const vms = this.#watched.map((vm, i): VmSample => {
      const { exits, directInstructions, emulatedInstructions, virtualCycles } = difference(
        totals[i]!,
        this.#before[i]!,
      )
      return {
        name: vm.name,
        strategy: vm.strategy,
        state: vm.state(),
        instructions: directInstructions + emulatedInstructions,
        share: passed === 0 ? 0 : virtualCycles / passed,
        exits,
      }
    })
    this.#cycles = cycles
    this.#before = totals
    return { time: cycles / this.#hertz, seconds: passed / this.#hertz, vms }
  }
}
