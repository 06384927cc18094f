import type { HartExtension } from '@worldswitch/cpu'
import type { Exit } from './exit.ts'
import type { Host } from './host.ts'
import { HypervisorError } from './hypervisor-error.ts'
import type { Vcpu } from './vcpu.ts'
import type { Vm } from './vm.ts'

/** One VM under a strategy: how guest privilege and guest memory are realised on the hart. */
export interface Execution {
  /** Whether the hart takes what is pending in `vcpu.state` to the guest's kernel itself. Otherwise the caller does. */
  readonly deliversInterrupts?: boolean
  /**
   * Runs the guest from `vcpu.state` until it exits, and stores its state back. What the hart did goes into the
   * VM's ledger; the exit itself is counted by the caller.
   *
   * @param budget - most steps of the hart, at least 1.
   */
  enter(vcpu: Vcpu, budget: number): Exit
  /** The guest fenced translations. @param address - `undefined`: all; @param asid - `undefined`: all. */
  fence(address: bigint | undefined, asid: bigint | undefined): void
  /** Gives back whatever host memory the execution took for itself. It can go on afterwards, from nothing cached. */
  release(): void
}

/** A way to virtualize. */
export interface Strategy {
  /** The name on the command line. */
  readonly name: string
  readonly title: string
  /** Whether it needs a host whose hart has the hypervisor extension. Default: no. */
  readonly needsHypervisor?: boolean
  /** What its guests have beside what all have, because the hart executes it for them. Default: nothing. */
  readonly extensions?: readonly HartExtension[]
  /**
   * Takes charge of a VM.
   *
   * @throws HypervisorError `unsupported-host` when the host's hart lacks what the strategy needs.
   */
  attach(host: Host, vm: Vm): Execution
}

/** Finds strategies by name. */
export class StrategyRegistry {
  readonly #strategies = new Map<string, Strategy>()

  /** @throws HypervisorError `duplicate-strategy` when two have one name. */
  constructor(strategies: readonly Strategy[]) {
    for (const strategy of strategies) {
      if (this.#strategies.has(strategy.name)) {
        throw new HypervisorError('duplicate-strategy', `two strategies are named ${strategy.name}`)
      }
      this.#strategies.set(strategy.name, strategy)
    }
  }

  /** All of them, in the order of registration. */
  get all(): readonly Strategy[] {
    return [...this.#strategies.values()]
  }

  /** Their names, in the same order. */
  get names(): readonly string[] {
    return [...this.#strategies.keys()]
  }

  /** @throws HypervisorError `unknown-strategy`, naming those there are. */
  get(name: string): Strategy {
    const found = this.#strategies.get(name)
    if (found) return found
    throw new HypervisorError(
      'unknown-strategy',
      `no strategy is named ${name}; there are ${this.names.join(', ')}`,
    )
  }
}
