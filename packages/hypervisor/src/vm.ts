import type { HartExtension, PhysicalBus, SupervisorLimits } from '@worldswitch/cpu'
import { type DmaMemory, meteredDma, type VirtioNet } from '@worldswitch/devices'
import {
  type Board,
  type BuiltBoard,
  buildBoard,
  type ProgramImage,
  planBoot,
  rangeOf,
  rngSeed,
  Sbi,
  type SbiPlatform,
  virt,
} from '@worldswitch/machine'
import { schemes } from '@worldswitch/mmu'
import type { Exit, ExitOf } from './exit.ts'
import { exitHandlers } from './exit-handlers.ts'
import { guestExtensions } from './guest-extensions.ts'
import { GuestMemory } from './guest-memory.ts'
import { GuestTime } from './guest-time.ts'
import type { Host } from './host.ts'
import { HypervisorError } from './hypervisor-error.ts'
import { Ledger } from './ledger.ts'
import { Share, type ShareOptions } from './share.ts'
import type { Execution, Strategy } from './strategy.ts'
import { Vcpu } from './vcpu.ts'
import { type VmDeviceOptions, VmDevices } from './vm-devices.ts'
import { vmFirmware } from './vm-firmware.ts'

/** What a VM is made of. */
export interface VmOptions extends VmDeviceOptions, ShareOptions {
  readonly strategy: Strategy
  /** Bytes of guest RAM, a multiple of 4096. Host memory is taken as the guest touches it. */
  readonly memory: number
  /** The guest's kernel, entered in S-mode. */
  readonly kernel: ProgramImage
  readonly initrd?: Uint8Array
  /** Kernel command line. */
  readonly bootargs?: string
  /** Default 1; at most 8. */
  readonly vcpus?: number
  /** Takes the guest's console output, byte by byte. */
  readonly output?: (byte: number) => void
  /**
   * Real-time clock, nanoseconds since 1970. Default: the VM's own time, from 2025 on. Whoever gives another keeps
   * `host.cycles` level with it and calls {@link Vm.run}: where `runVms` jumps ahead in time, this clock does not, and
   * a guest that waits for an alarm by it waits in vain.
   */
  readonly now?: () => bigint
  /** Cycles of the host that it may use before it stops and waits for more: see {@link Vm.budget}. Default: no bound. */
  readonly budget?: number
}

/** How a VM ended. */
export interface VmEnd {
  /**
   * - `poweroff`, `reset`: the guest asked for it;
   * - `failed`: the guest reported a failure, by its test finisher or as it shut down;
   * - `out-of-memory`: the host had no frame for the guest.
   */
  readonly reason: 'poweroff' | 'reset' | 'failed' | 'out-of-memory'
  /** 0 when all was well. */
  readonly code: number
}

/** What a VM does, and how far {@link Vm.run} came. */
export type VmProgress =
  /** It has something to do; the time that it was given is used up. */
  | 'running'
  /** Every vCPU waits for an interrupt: of a timer (`vm.wakeAt`), a disk (`vm.diskRequests`), a network, or input. */
  | 'waiting'
  /** Until {@link Vm.resume}. */
  | 'paused'
  /** Until {@link Vm.budget} is more again. */
  | 'out-of-budget'
  | 'ended'

/** Most cycles of the host that an entry takes beyond what the guest ran: the rest is paid before the next one. */
const MOST_AT_ONCE = 20_000
/** Steps for which one of several vCPUs runs before the next one's turn. */
const VCPU_QUANTUM = 100_000
const NANOSECONDS_PER_TICK = 100n
/** What the real-time clock shows at power-on, as on the bare machine under its virtual clock: 2025-01-01. */
const EPOCH = 1_735_689_600_000_000_000n

/**
 * A virtual machine: guest-physical memory, a board with devices of its own, virtual CPUs and an account. A guest
 * reaches these and nothing else. The board, the device tree and the firmware interface are those of the bare
 * machine, so the same kernel image runs on both.
 */
export class Vm {
  readonly host: Host
  readonly memory: GuestMemory
  /** Its memory as devices and the firmware reach it: what they copy is charged. */
  readonly dma: DmaMemory
  readonly bus: PhysicalBus
  readonly board: BuiltBoard<(typeof virt)['rows']>
  readonly vcpus: readonly Vcpu[]
  readonly ledger: Ledger
  readonly strategy: Strategy
  readonly execution: Execution
  readonly svadu: boolean
  /** Its part of the hart: weight and cap. */
  readonly share: Share
  readonly #options: VmOptions
  readonly #devices: VmDevices
  readonly #platform: SbiPlatform
  #firmware: Sbi
  readonly #time: GuestTime
  #paused = false
  #budget = Number.POSITIVE_INFINITY
  #entered = false
  #resetDue = false
  #destroyed = false
  readonly #now: () => bigint
  readonly #extensions: readonly HartExtension[]
  readonly #sstc: boolean
  #end: VmEnd | undefined
  #turn = 0
  /** Cycles of the ledger that the host's clock has seen. */
  #settled = 0

  /**
   * Makes a VM and loads its kernel.
   *
   * @throws HypervisorError `bad-vm` or `bad-slot` for options that make no VM.
   * @throws `ImageError` of `@worldswitch/machine` when the kernel cannot be loaded.
   * @throws `DeviceError` of `@worldswitch/devices` for a network card that cannot be.
   */
  constructor(host: Host, options: VmOptions) {
    const { memory: bytes, vcpus = 1, strategy } = options
    if (!Number.isInteger(vcpus) || vcpus < 1 || vcpus > 8) {
      throw new HypervisorError('bad-vm', `a VM with ${vcpus} vCPUs cannot be made: give 1 to 8`)
    }
    this.share = new Share(options)
    this.host = host
    this.#devices = new VmDevices(options)
    this.svadu = host.svadu
    this.strategy = strategy
    this.#extensions = [...guestExtensions(host.svadu), ...(strategy.extensions ?? [])]
    this.#sstc = this.#extensions.includes('Sstc')
    this.#options = options
    this.#time = new GuestTime(host)
    this.#now = options.now ?? (() => EPOCH + BigInt(this.time()) * NANOSECONDS_PER_TICK)
    this.ledger = new Ledger(host.profile)
    this.memory = new GuestMemory(host.memory, host.frames, [{ base: virt.ramBase, bytes }])
    this.dma = meteredDma(this.memory, (lines) => this.ledger.copied(lines))
    this.board = this.#buildBoard(vcpus)
    this.bus = supervisorBus(this.board)
    const limits: SupervisorLimits = {
      satpModes: new Set(host.satpModes.map((mode) => schemes[mode].mode)),
      asidBits: 16,
      float: true,
      compressed: true,
      sstc: this.#sstc,
      // FIOM: fences are all the same here.
      senvcfg: 1n,
    }
    this.vcpus = Array.from({ length: vcpus }, (_, id) => new Vcpu(this, id, limits))
    this.execution = strategy.attach(host, this)
    this.#platform = vmFirmware(this, (byte) => options.output?.(byte))
    this.#firmware = new Sbi(this.#platform)
    try {
      if (options.budget !== undefined) this.budget = options.budget
      this.#load()
    } catch (error) {
      this.destroy()
      throw error
    }
  }

  /** Why it is not running any more; `undefined` while it is. */
  get ended(): VmEnd | undefined {
    return this.#end
  }

  /** The guest's time: ticks of the timebase since power-on, without those for which it was paused or out of budget. */
  time(): number {
    return this.#time.now
  }

  /** What it does, or what keeps it from doing something. */
  get state(): VmProgress {
    const stopped = this.#stopped
    if (stopped) return stopped
    this.board.devices.rtc.tick()
    return this.vcpus.some((vcpu) => this.#isRunnable(vcpu)) ? 'running' : 'waiting'
  }

  /**
   * Stops it where it is, at any time, until {@link Vm.resume}. Its time stands still; devices still take input, and
   * disks finish what they are at.
   */
  pause(): void {
    this.#paused = true
    this.#keepTime()
  }

  /** Lets it go on after {@link Vm.pause}. */
  resume(): void {
    this.#paused = false
    this.#keepTime()
  }

  /**
   * Cycles of the host that it may still use; infinite without a bound. When they are used up (below 0, by the exit that
   * was under way) it stops as if it were paused, until it gets more.
   */
  get budget(): number {
    return this.#budget
  }
  /** @throws HypervisorError `bad-schedule` when it is no number. */
  set budget(cycles: number) {
    if (Number.isNaN(cycles))
      throw new HypervisorError('bad-schedule', 'the budget is no number: give cycles')
    this.#budget = cycles
    this.#keepTime()
  }

  /**
   * Switches it off and on again, at any time, whatever became of it: memory goes back to the host, devices and vCPUs are
   * as at power-on, and the kernel is loaded anew. Its time begins at 0. What stays: the account, share and budget,
   * whether it is paused, and what is on its disks.
   *
   * @throws HypervisorError `bad-vm` when it was destroyed, `host-memory` when the host has no memory for the kernel: it
   *   has then ended, and may be reset again.
   */
  reset(): void {
    if (this.#destroyed) throw new HypervisorError('bad-vm', 'the VM was destroyed: make another one')
    // From one of its own callbacks: when the instruction under way is carried out.
    this.#resetDue = this.#entered
    if (this.#entered) return
    this.board.reset()
    for (const vcpu of this.vcpus) vcpu.reset()
    // What a vCPU has reserved is no reservation after it.
    this.host.occupy(this)
    this.execution.release()
    this.memory.clear()
    this.#firmware = new Sbi(this.#platform)
    this.#time.restart()
    this.#turn = 0
    this.#end = undefined
    try {
      this.#load()
    } catch (error) {
      this.end({ reason: 'out-of-memory', code: 1 })
      this.memory.clear()
      throw error
    }
  }

  /** Ends the VM. The first reason stays. */
  end(end: VmEnd): void {
    this.#end ??= end
  }

  /**
   * Sends bytes to the guest's console.
   *
   * @returns how many were taken; offer the rest later, the guest is not reading.
   */
  input(bytes: Uint8Array): number {
    return this.board.devices.uart0.receive(bytes)
  }

  /** ECALL from the guest's S-mode. */
  firmwareCall(vcpu: Vcpu): void {
    vcpu.state.pc = BigInt.asUintN(64, vcpu.state.pc + 4n)
    if (this.#firmware.call(vcpu.id, vcpu) === 'wait') vcpu.waiting = true
  }

  /** The earliest time at which a timer or alarm goes off, in cycles of the host; infinite if none will. */
  get wakeAt(): number {
    let wake = this.#alarmAt()
    for (const vcpu of this.vcpus) if (vcpu.online) wake = Math.min(wake, this.#timerAt(vcpu))
    return wake
  }

  /** Requests that disks are working on: they are done when a backend's promises settle, not by passing time. */
  get diskRequests(): number {
    return this.#devices.diskRequests
  }

  /** Network cards, in the order of `networks`: their counts, and the cable. */
  get networks(): readonly VirtioNet[] {
    return this.#devices.networks
  }

  /** Whether a network, or another device, may wake it in real time, without being asked again. */
  get awaitingNetwork(): boolean {
    return this.#devices.awaitingNetwork
  }

  /**
   * Runs until the host's clock reaches `until`, as far as there is something to run. It may get there a little
   * late: by the cost of the exit that was under way, or 20,000 cycles of it. The rest comes first next time.
   *
   * @param until - cycles of the host; infinite for no bound.
   * @throws HypervisorError `bad-schedule` when it is no number.
   */
  run(until: number): VmProgress {
    if (Number.isNaN(until)) throw new HypervisorError('bad-schedule', 'until is no number: give cycles')
    for (;;) {
      const stopped = this.#stopped
      if (stopped) return stopped
      if (this.host.cycles >= until) return 'running'
      if (this.#owed > 0) {
        this.#spend(this.#settle(until - this.host.cycles))
        continue
      }
      const vcpu = this.#nextRunnable()
      if (!vcpu) return 'waiting'
      this.#runVcpu(vcpu, until)
    }
  }

  /** Ends the VM, at any time and for good, and gives all host memory and all identifiers back. */
  destroy(): void {
    this.#destroyed = true
    this.#resetDue = false
    this.end({ reason: 'poweroff', code: 0 })
    this.#devices.unplug()
    this.execution.release()
    this.memory.release()
  }

  /** When the real-time clock's alarm goes off, in cycles of the host. */
  #alarmAt(): number {
    const alarm = this.board.devices.rtc.nextDeadline()
    if (alarm === undefined) return Number.POSITIVE_INFINITY
    const rest = alarm - this.#now()
    const ticks = rest <= 0n ? 0 : Number((rest + NANOSECONDS_PER_TICK - 1n) / NANOSECONDS_PER_TICK)
    return this.#time.cyclesAt(this.time() + ticks)
  }

  /** When a vCPU's timer goes off, in cycles of the host; one that has already gone off does not do so again. */
  #timerAt(vcpu: Vcpu): number {
    return vcpu.timerPending ? Number.POSITIVE_INFINITY : this.#time.cyclesAt(vcpu.timerDeadline)
  }

  #nextRunnable(): Vcpu | undefined {
    this.board.devices.rtc.tick()
    const count = this.vcpus.length
    for (let i = 0; i < count; i++) {
      const vcpu = this.vcpus[(this.#turn + i) % count]
      if (!this.#isRunnable(vcpu)) continue
      if (vcpu.waiting) {
        vcpu.waiting = false
        this.#firmware.wake(vcpu.id)
      }
      this.#turn = (vcpu.id + 1) % count
      return vcpu
    }
    return undefined
  }

  /** Whether a vCPU has something to do, now that its timer is up to date. */
  #isRunnable(vcpu: Vcpu): boolean {
    vcpu.updateTimer()
    return vcpu.online && (!vcpu.waiting || vcpu.state.interruptible)
  }

  /** Why it may not run, if so. */
  get #stopped(): 'ended' | 'paused' | 'out-of-budget' | undefined {
    if (this.#end) return 'ended'
    if (this.#paused) return 'paused'
    return this.#budget < 1 ? 'out-of-budget' : undefined
  }

  /** Lets the guest's time stand still, or go on, as it may run or not. */
  #keepTime(): void {
    this.#time.stand(this.#paused || this.#budget < 1)
  }

  #runVcpu(vcpu: Vcpu, until: number): void {
    const { host } = this
    const quantum = this.vcpus.length === 1 ? Number.POSITIVE_INFINITY : VCPU_QUANTUM
    const stop = Math.min(until, host.cycles + Math.min(quantum, this.#budget))
    const mayGoOn = (): boolean =>
      this.#stopped === undefined && vcpu.online && !vcpu.waiting && this.#owed === 0
    while (mayGoOn() && host.cycles < stop) {
      this.enter(vcpu, this.#steps(vcpu, stop))
    }
  }

  /**
   * Enters the guest once and handles the exit: the step of which {@link Vm.run} is made, for those who want to look
   * in between. The vCPU must be online and not waiting.
   *
   * @param steps - most steps of the hart, at least 1.
   * @throws HypervisorError `bad-vm` when the VM has ended, is paused, or has no budget left.
   */
  enter(vcpu: Vcpu, steps: number): Exit {
    const { host } = this
    this.#checkEnterable()
    const before = host.cycles
    this.#entered = true
    let exit: Exit
    try {
      exit = this.#carryOut(vcpu, steps)
    } finally {
      // Also when a callback of the embedder throws: what the guest did is paid for, and the VM can be reset.
      this.#entered = false
      this.#spend(host.cycles - before)
    }
    if (this.#resetDue) this.reset()
    return exit
  }

  #carryOut(vcpu: Vcpu, steps: number): Exit {
    const { ledger, execution, host } = this
    host.occupy(vcpu)
    this.board.devices.rtc.tick()
    vcpu.updateTimer()
    const interrupt = execution.deliversInterrupts ? undefined : vcpu.state.deliverable()
    if (interrupt !== undefined) {
      vcpu.state.enterTrap(interrupt, 0n, true)
      ledger.injected()
    }
    const exit = execution.enter(vcpu, steps)
    ledger.exited(exit.kind, vcpu.state.pc)
    this.#settle(Number.POSITIVE_INFINITY)
    this.#handle(vcpu, exit)
    this.#settle(MOST_AT_ONCE)
    if (this.memory.exhausted) this.end({ reason: 'out-of-memory', code: 1 })
    return exit
  }

  #checkEnterable(): void {
    const stopped = this.#stopped
    if (stopped === 'ended')
      throw new HypervisorError('bad-vm', 'the VM has ended: reset it, or make another one')
    if (stopped === 'paused') throw new HypervisorError('bad-vm', 'the VM is paused: resume it')
    if (stopped) throw new HypervisorError('bad-vm', 'the VM has used up its budget: give it more')
  }

  /** What the ledger was charged, and the host's clock has not seen. */
  get #owed(): number {
    return this.ledger.virtualCycles - this.#settled
  }

  /** Moves the host's clock on by what is owed. @param most - cycles, more than 0. @returns by how many. */
  #settle(most: number): number {
    const owed = this.#owed
    const cycles = Math.min(owed, most)
    this.host.cycles += cycles
    // With fractions of cycles, a sum may not be what is left of it.
    this.#settled = owed <= most ? this.ledger.virtualCycles : this.#settled + cycles
    return cycles
  }

  #spend(cycles: number): void {
    this.#budget -= cycles
    if (this.#budget < 1) this.#keepTime()
  }

  #handle<K extends Exit['kind']>(vcpu: Vcpu, exit: ExitOf<K>): void {
    const handler = exitHandlers[exit.kind as K] as (vcpu: Vcpu, exit: ExitOf<K>) => void
    handler(vcpu, exit)
  }

  /** Steps until `stop`, the vCPU's timer (unless the hart heeds that) or the alarm, whichever is earliest. */
  #steps(vcpu: Vcpu, stop: number): number {
    const { host } = this
    const timer = this.#sstc ? Number.POSITIVE_INFINITY : this.#timerAt(vcpu)
    const cycles = Math.min(stop, timer, this.#alarmAt()) - host.cycles
    const steps = Math.ceil(cycles / host.profile.hardware.instruction.cycles)
    return Math.max(1, Math.min(steps, Number.MAX_SAFE_INTEGER))
  }

  #buildBoard(harts: number): BuiltBoard<(typeof virt)['rows']> {
    const { output } = this.#options
    const board: Board<(typeof virt)['rows']> = virt
    return buildBoard(board, {
      harts,
      memory: this.dma,
      time: () => BigInt(this.time()),
      now: this.#now,
      // Machine-level lines: a guest has no M-mode that would see them.
      software() {},
      timer() {},
      external: (hart, level, asserted) => {
        if (level === 'S') this.vcpus[hart].state.setPending('external', asserted)
      },
      output: (byte) => output?.(byte),
      exit: (code) => this.end(code === 0 ? { reason: 'poweroff', code } : { reason: 'failed', code }),
      reset: () => this.end({ reason: 'reset', code: 0 }),
      virtio: (slot) => this.#devices.all[slot],
    })
  }

  #load(): void {
    const { kernel, initrd, bootargs, memory: size, seed = 0 } = this.#options
    const plan = planBoot(
      this.board,
      { base: virt.ramBase, size },
      {
        kernel,
        initrd,
        bootargs,
        tree: {
          harts: this.vcpus.length,
          hart: {
            extensions: this.#extensions,
            satpModes: this.host.satpModes,
          },
          rngSeed: rngSeed('virtual', seed),
        },
      },
    )
    plan.write({ writeRam: (address, bytes) => void this.memory.write(address, bytes) })
    if (this.memory.exhausted) {
      throw new HypervisorError('host-memory', 'the host has no memory left to load the kernel: give it more')
    }
    this.#platform.startHart(0, BigInt(plan.kernelEntry!), BigInt(plan.tree))
  }
}

/** The board's bus as S-mode reaches it: the CLINT is machine mode's, and its registers are not there. */
function supervisorBus(board: BuiltBoard): PhysicalBus {
  const { bus } = board
  const clint = rangeOf(board, 'clint')
  const hidden = (address: number): boolean => address >= clint.base && address < clint.base + clint.size
  return {
    read: (address, width) => (hidden(address) ? undefined : bus.read(address, width)),
    write: (address, width, value) => !hidden(address) && bus.write(address, width, value),
  }
}
