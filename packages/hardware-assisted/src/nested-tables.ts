import { FRAME_SIZE, type Host, HypervisorError, type Vm } from '@worldswitch/hypervisor'
import { type FrameAllocator, GStageTable, gpa, hpa, MmuError, type SatpMode } from '@worldswitch/mmu'

/** Second-stage modes by the first-stage modes beside which a hart has them, narrowest first. */
const modes = [
  ['sv39', 'sv39x4'],
  ['sv48', 'sv48x4'],
  ['sv57', 'sv57x4'],
] as const satisfies readonly (readonly [SatpMode, string])[]

/** Frames of the root. */
const WIDE = 4

/**
 * The second stage of one VM: guest-physical to host-physical, filled page by page as the guest comes to them, by pages
 * as large as the pieces in which guest memory was taken from the host. What is mapped stays: a TLB need never be told.
 */
export class NestedTables {
  readonly #host: Host
  readonly #vm: Vm
  readonly #mode: (typeof modes)[number][1]
  readonly #taken = new Set<number>()
  #table: GStageTable | undefined

  /** @throws HypervisorError `unsupported-host` when the host's hart does not translate. */
  constructor(host: Host, vm: Vm) {
    this.#host = host
    this.#vm = vm
    const mode = modes.find(([first]) => host.satpModes.includes(first))
    if (!mode) {
      throw new HypervisorError(
        'unsupported-host',
        'nested page tables need a hart with page tables: give satpModes one of sv39, sv48, sv57',
      )
    }
    this.#mode = mode[1]
  }

  /** The `hgatp` that selects the tables, or `undefined` when the host has no memory for their root. */
  hgatp(vmid: number): bigint | undefined {
    this.#table ??= this.#attempt(() => new GStageTable(this.#host.memory, this.#frames, this.#mode))
    return this.#table?.hgatp(vmid)
  }

  /**
   * Maps what is around an address of the VM's memory.
   *
   * @returns `false` when the host has no memory for it.
   */
  fill(address: number): boolean {
    const block = this.#vm.memory.blockAt(address)
    const table = this.#table
    if (!block || !table) return false
    if (table.find(gpa(address))) return true
    const { bytes } = block
    const mapping = { gpa: gpa(block.gpa), hpa: hpa(block.hpa), size: bytes, largestPage: bytes }
    return this.#attempt(() => table.map({ ...mapping, permissions: 'rwx' }) ?? true) === true
  }

  /** Gives all frames back. No hart may walk the tables any more. */
  release(): void {
    for (const frame of this.#taken) this.#host.frames.release(hpa(frame))
    this.#taken.clear()
    this.#table = undefined
  }

  readonly #frames: FrameAllocator = {
    allocate: () => this.#keep(this.#host.frames.allocate(), 1),
    allocateWideRoot: () => this.#keep(this.#host.frames.allocateRun(WIDE), WIDE),
  }

  #keep(first: number | undefined, count: number): number | undefined {
    if (first === undefined) return undefined
    for (let index = 0; index < count; index++) this.#taken.add(first + index * FRAME_SIZE)
    return first
  }

  /** @returns `undefined` when the host has no frame left. */
  #attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (error instanceof MmuError && error.code === 'out-of-frames') return undefined
      throw error
    }
  }
}
