import { type EngineName, Hart, MachineMemory } from '@worldswitch/cpu'
import type { SatpMode } from '@worldswitch/mmu'
import { type CostProfile, checkProfile } from './cost-profile.ts'
import { FloatRegisters } from './float-registers.ts'
import { FRAME_SIZE, FrameAllocator } from './frame-allocator.ts'
import { guestExtensions } from './guest-extensions.ts'
import { HypervisorError } from './hypervisor-error.ts'
import { riscvModelled } from './profiles/riscv-modelled.ts'

/** Options of a {@link Host}. */
export interface HostOptions {
  /** Bytes of host RAM for everything: guests, shadow tables. A multiple of 4096. */
  readonly memory: number
  /** What things cost on this host. Default: the modelled RISC-V core. */
  readonly profile?: CostProfile
  /** Default: 'auto'. */
  readonly engine?: EngineName
  /** Translation modes of the hart. Default: all. */
  readonly satpModes?: readonly SatpMode[]
  /** Hardware sets A and D bits, for host and guests alike. Default: false. */
  readonly svadu?: boolean
  /** A hart on which trapping alone does not virtualize: see `HartOptions.sensitiveHoles`. Default: false. */
  readonly sensitiveHoles?: boolean
}

const MEDELEG = 0x302
const MIDELEG = 0x303
const SATP = 0x180
const ALL = 0xffff_ffff_ffff_ffffn
const LAST_ASID = 0xffff

/** Ticks of the timebase per second, on every board. */
export const TIMEBASE = 10_000_000

/** Beyond so many cycles (104 days at 1 GHz) a `number` does not count single ones: those moments never come. */
const HORIZON = Number.MAX_SAFE_INTEGER

/**
 * The real machine under the hypervisor: one hart in U-mode whose traps all come to the monitor in S-mode, and RAM cut into
 * frames. Its clock runs on virtual cycles: what guests execute and what the monitor does for them, by the
 * profile.
 */
export class Host {
  readonly memory: MachineMemory
  readonly hart: Hart
  readonly float: FloatRegisters
  readonly frames: FrameAllocator
  readonly profile: CostProfile
  readonly svadu: boolean
  readonly satpModes: readonly SatpMode[]
  /** Virtual cycles since power-on, idle ones included. */
  cycles = 0
  readonly #freeAsids: number[] = []
  #freshAsid = 1
  readonly #cyclesPerTick: number
  #satp = 0n
  #occupant: object | undefined

  /** @throws HypervisorError `host-memory` for a size that is not a positive multiple of 4096. */
  constructor(options: HostOptions) {
    const { memory, profile = riscvModelled, engine = 'auto', svadu = false } = options
    const { satpModes = ['bare', 'sv39', 'sv48', 'sv57'], sensitiveHoles = false } = options
    if (!Number.isInteger(memory) || memory <= 0 || memory % FRAME_SIZE !== 0) {
      throw new HypervisorError(
        'host-memory',
        `host memory is ${memory} bytes: give a positive multiple of 4096`,
      )
    }
    this.profile = checkProfile(profile)
    this.#cyclesPerTick = profile.hertz / TIMEBASE
    this.svadu = svadu
    this.satpModes = satpModes
    this.memory = new MachineMemory({ ramBytes: memory })
    this.frames = new FrameAllocator(this.memory.ramBase, memory)
    this.hart = new Hart({
      id: 0,
      memory: this.memory,
      monitor: 'S',
      engine,
      satpModes,
      extensions: guestExtensions(svadu),
      pmpEntries: 0,
      sensitiveHoles,
    })
    this.float = new FloatRegisters(this.hart)
    this.hart.privilege = 'U'
    this.hart.writeCsr(MEDELEG, ALL)
    this.hart.writeCsr(MIDELEG, ALL)
  }

  /** Time in ticks of the timebase. */
  get time(): number {
    return Math.floor(this.cycles / this.#cyclesPerTick)
  }

  /** Cycles at which {@link Host.time} reaches a number of ticks; infinite when that is too far away to be counted. */
  cyclesAt(ticks: number): number {
    let cycles = Math.ceil(ticks * this.#cyclesPerTick)
    if (cycles >= HORIZON) return Number.POSITIVE_INFINITY
    // A rounded product may be short by a cycle; whoever sleeps until then must find that the time has come.
    while (Math.floor(cycles / this.#cyclesPerTick) < ticks) cycles++
    return cycles
  }

  /** Hands the hart over to a virtual CPU: what the one before reserved with LR is no reservation of this one. */
  occupy(vcpu: object): void {
    if (vcpu === this.#occupant) return
    this.#occupant = vcpu
    this.hart.dropReservation()
  }

  /** Makes the hart walk other tables, where they are not the present ones. */
  useTranslation(satp: bigint): void {
    if (satp === this.#satp) return
    this.#satp = satp
    this.hart.writeCsr(SATP, satp)
  }

  /** @returns an address-space identifier that no one uses, or `undefined` when all 65,535 are taken. */
  takeAsid(): number | undefined {
    const free = this.#freeAsids.pop()
    if (free !== undefined) return free
    return this.#freshAsid > LAST_ASID ? undefined : this.#freshAsid++
  }

  /** Takes an identifier back and removes its translations from the TLB. */
  releaseAsid(asid: number): void {
    this.hart.flushTlb(undefined, asid)
    this.#freeAsids.push(asid)
  }
}
