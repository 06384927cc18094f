import { type CountedTime, type EngineName, Hart, MachineMemory, type RunResult } from '@worldswitch/cpu'
import type { SatpMode } from '@worldswitch/mmu'
import { type CostProfile, checkProfile } from './cost-profile.ts'
import { FloatRegisters } from './float-registers.ts'
import { FRAME_SIZE, FrameAllocator } from './frame-allocator.ts'
import { guestExtensions } from './guest-extensions.ts'
import { HypervisorError } from './hypervisor-error.ts'
import type { Ledger } from './ledger.ts'
import { NetworkPatience } from './network-patience.ts'
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
  /** Whether the hart has the hypervisor extension, and Sstc: what `Strategy.needsHypervisor` asks for. Default: false. */
  readonly hypervisor?: boolean
}

const MEDELEG = 0x302
const MIDELEG = 0x303
const SATP = 0x180
const SCOUNTEREN = 0x106
const SENVCFG = 0x10a
const MCOUNTEREN = 0x306
const MENVCFG = 0x30a
const STCE = 1n << 63n
const ALL = 0xffff_ffff_ffff_ffffn
const LAST_ASID = 0xffff
const LAST_VMID = 0x3fff

/** Ticks of the timebase per second, on every board. */
export const TIMEBASE = 10_000_000

/** Beyond so many cycles (104 days at 1 GHz) a `number` does not count single ones: those moments never come. */
const HORIZON = Number.MAX_SAFE_INTEGER

/** Most cycles for which WFI keeps the hart without a look at anything else. */
const LONGEST_IDLE = 1_000_000

/** So many steps before a moment it is headed for directly. */
const CLOSE = 500
/** Steps after which what a step takes is looked at first, and most between two looks: it may change. */
const FEW = 200
const LONGEST_PIECE = 100_000

/** What the hart had counted at some moment. */
class Counted {
  steps = 0
  retired = 0
  interrupts = 0
  tlbMisses = 0
  walkReferences = 0
  fences = 0

  /** Takes over the present counts. Without the hypervisor extension all interrupts are virtual ones. */
  take(hart: Hart, hypervisor: boolean): void {
    this.steps = hart.steps
    this.retired = hart.retired
    if (hypervisor) this.interrupts = hart.interrupts
    this.tlbMisses = hart.tlbMisses
    this.walkReferences = hart.walkReferences
    this.fences = hart.fences
  }
}

/**
 * The real machine under the hypervisor: one hart in U-mode (unless a strategy makes it VS- or VU-mode) whose traps all come to the monitor in S-mode, and RAM cut into
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
  /** Whether the hart has the hypervisor extension. */
  readonly hypervisor: boolean
  /** Whether VMs that all wait should go on waiting for a network. */
  readonly networkPatience = new NetworkPatience(this)
  /** Virtual cycles since power-on, idle ones included. */
  cycles = 0
  readonly #freeAsids: number[] = []
  #freshAsid = 1
  readonly #freeVmids: number[] = []
  #freshVmid = 1
  readonly #cyclesPerTick: number
  #satp = 0n
  #scounteren = 0n
  #senvcfg = 0n
  #occupant: object | undefined
  /** What had been counted when the run under way began. */
  #running: Counted | undefined
  readonly #before = new Counted()

  /** @throws HypervisorError `host-memory` for a size that is not a positive multiple of 4096. */
  constructor(options: HostOptions) {
    const { memory, profile = riscvModelled, engine = 'auto', svadu = false, hypervisor = false } = options
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
    this.hypervisor = hypervisor
    this.memory = new MachineMemory({ ramBytes: memory })
    this.frames = new FrameAllocator(this.memory.ramBase, memory)
    this.hart = new Hart({
      id: 0,
      memory: this.memory,
      monitor: 'S',
      engine,
      satpModes,
      extensions: [...guestExtensions(svadu), ...(hypervisor ? (['H', 'Sstc'] as const) : [])],
      pmpEntries: 0,
      sensitiveHoles,
      time: () => BigInt(this.time),
      countedTime: () => this.#countedTime(),
      timerMoved: () => this.#running && this.hart.requestStop(),
    })
    this.float = new FloatRegisters(this.hart)
    this.hart.privilege = 'U'
    this.hart.writeCsr(MEDELEG, ALL)
    this.hart.writeCsr(MIDELEG, ALL)
    if (hypervisor) {
      this.hart.writeCsr(MCOUNTEREN, ALL)
      this.hart.writeCsr(MENVCFG, this.hart.readCsr(MENVCFG) | STCE)
    }
  }

  /** Time in ticks of the timebase; while the hart runs, too. */
  get time(): number {
    return Math.floor(this.#now / this.#cyclesPerTick)
  }

  /**
   * Runs the hart as it was set up, and tells an account what it did. Timers of the hart's own go off on the way. A WFI
   * that does not trap keeps the hart until one does, or the budget is used up, but no longer than a million steps.
   *
   * @param budget - most steps, at least 1; fewer when they take longer than so many instructions.
   */
  run(ledger: Ledger, budget: number): RunResult {
    const { hart } = this
    const before = this.#before
    before.take(hart, this.hypervisor)
    this.#running = before
    const end = this.cycles + budget * this.profile.hardware.instruction.cycles
    let left = budget
    let idle = 0
    let result: RunResult
    try {
      do {
        result = hart.run(Math.min(left, this.#piece(before, end)))
        left -= result.steps
      } while (
        left > 0 &&
        (result.reason === 'budget' || result.reason === 'stopped') &&
        (this.#now < end || !this.hypervisor)
      )
      if (result.reason === 'wfi') idle = Math.min(end, this.#nextTimer()) - this.#now
    } finally {
      this.#running = undefined
    }
    const { exceptions, ...counts } = this.#since(before)
    // The trap that ends the run is the exit, and counted as such.
    const direct = exceptions - (result.trap && !result.trap.interrupt ? 1 : 0)
    ledger.ran({ ...counts, exceptions: direct })
    this.cycles += Math.max(0, Math.min(idle, LONGEST_IDLE))
    return result
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

  /** Makes `scounteren` and `senvcfg` what a guest is to run with. */
  useUserEnvironment(scounteren: bigint, senvcfg: bigint): void {
    if (scounteren !== this.#scounteren) this.hart.writeCsr(SCOUNTEREN, scounteren)
    if (senvcfg !== this.#senvcfg) this.hart.writeCsr(SENVCFG, senvcfg)
    this.#scounteren = scounteren
    this.#senvcfg = senvcfg
  }

  /** What a guest that may write `scounteren` and `senvcfg` left in them. */
  takeUserEnvironment(): { readonly scounteren: bigint; readonly senvcfg: bigint } {
    this.#scounteren = this.hart.readCsr(SCOUNTEREN)
    this.#senvcfg = this.hart.readCsr(SENVCFG)
    return { scounteren: this.#scounteren, senvcfg: this.#senvcfg }
  }

  /** Virtual-machine identifiers that are taken. */
  get vmidsInUse(): number {
    return this.#freshVmid - 1 - this.#freeVmids.length
  }

  /** Address-space identifiers that are taken. */
  get asidsInUse(): number {
    return this.#freshAsid - 1 - this.#freeAsids.length
  }

  /** @returns a virtual-machine identifier that no one uses, or `undefined` when all 16,383 are taken. */
  takeVmid(): number | undefined {
    const free = this.#freeVmids.pop()
    if (free !== undefined) return free
    return this.#freshVmid > LAST_VMID ? undefined : this.#freshVmid++
  }

  /** Takes an identifier back and removes its translations from the TLB. */
  releaseVmid(vmid: number): void {
    this.hart.flushSecondStage(vmid)
    this.#freeVmids.push(vmid)
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

  get #now(): number {
    const from = this.#running
    if (!from) return this.cycles
    const { hardware } = this.profile
    const { instructions, exceptions, interrupts, walkReferences, fences } = this.#since(from)
    return (
      this.cycles +
      instructions * hardware.instruction.cycles +
      walkReferences * hardware.walkReference.cycles +
      exceptions * hardware.exception.cycles +
      interrupts * hardware.interrupt.cycles +
      fences * hardware.fence.cycles
    )
  }

  /**
   * {@link Host.time} as the hart's generated code computes it. In what order whole numbers are added up does not matter; with
   * others the hart has to ask. Interrupts are not among the counts: none comes before it is asked for again.
   */
  #countedTime(): CountedTime | undefined {
    if (!this.#running) return undefined
    const { hart, profile } = this
    const { instruction, exception, walkReference, fence } = profile.hardware
    const perStep = instruction.cycles
    const perTrap = exception.cycles - perStep
    const perWalkReference = walkReference.cycles
    const perFence = fence.cycles
    const now = this.#now
    if (![now, perStep, perTrap, perWalkReference, perFence].every(Number.isInteger)) return undefined
    const { steps, walkReferences, fences } = hart
    const counted =
      steps * perStep +
      (steps - hart.retired) * perTrap +
      walkReferences * perWalkReference +
      fences * perFence
    return {
      start: now - counted,
      before: 0,
      perStep,
      perTrap,
      perWalkReference,
      perFence,
      most: Number.POSITIVE_INFINITY,
      perTick: this.#cyclesPerTick,
      offset: 0n,
    }
  }

  /** When a timer of the hart's own goes off, in cycles. */
  #nextTimer(): number {
    const { timerDeadline } = this.hart
    return timerDeadline === undefined ? Number.POSITIVE_INFINITY : this.cyclesAt(Number(timerDeadline))
  }

  /**
   * Steps after which to look at the time. How long a step takes is only known afterwards: traps that a guest takes
   * itself, and page walks, make it far more than an instruction. So moments are approached by halves.
   */
  #piece(before: Counted, end: number): number {
    if (!this.hypervisor) return Number.MAX_SAFE_INTEGER
    const now = this.#now
    const steps = this.hart.steps - before.steps
    const least = this.profile.hardware.instruction.cycles
    const each = steps === 0 ? least : Math.max(least, (now - this.cycles) / steps)
    const left = (Math.min(end, this.#nextTimer()) - now) / each
    return Math.max(1, Math.min(Math.ceil(left > CLOSE ? left / 2 : left), FEW + 4 * steps, LONGEST_PIECE))
  }

  /** What the hart has done since. */
  #since(before: Counted) {
    const { hart } = this
    const instructions = hart.retired - before.retired
    const interrupts = this.hypervisor ? hart.interrupts - before.interrupts : 0
    return {
      instructions,
      interrupts,
      exceptions: hart.steps - before.steps - instructions - interrupts,
      tlbMisses: hart.tlbMisses - before.tlbMisses,
      walkReferences: hart.walkReferences - before.walkReferences,
      fences: hart.fences - before.fences,
    }
  }
}
