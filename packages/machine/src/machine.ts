import {
  type CountedTime,
  Hart,
  type RunResult as HartRunResult,
  InterruptCause,
  MachineMemory,
} from '@worldswitch/cpu'
import {
  type DmaMemory,
  meteredDma,
  type VirtioBlk,
  type VirtioNet,
  virtioBlk,
  virtioNet,
  virtioRng,
} from '@worldswitch/devices'
import { type BuiltBoard, buildBoard, rangeOf } from './board/board.ts'
import { virt } from './board/virt.ts'
import { type BootPlan, planBoot } from './boot.ts'
import { type Clock, HORIZON, NANOSECONDS_PER_TICK, virtualClock, wallClock } from './clock.ts'
import { type MachineCounters, sumCounters } from './counters.ts'
import { Firmware } from './firmware.ts'
import { breathe, hostNow, WakeUp } from './host-time.ts'
import { MachineError } from './machine-error.ts'
import { configure, type MachineConfiguration, type MachineOptions } from './machine-options.ts'
import { MeteredBus } from './metered-bus.ts'
import { rngSeed } from './rng-seed.ts'
import { Turns } from './turns.ts'

/** How a run ended. */
export interface MachineResult {
  /**
   * - `poweroff`: the guest shut the machine down;
   * - `reset`: it asked for a reboot; {@link Machine.reset} does that;
   * - `fail`: it ended with a failure (test finisher, or a shutdown for system failure);
   * - `budget`: the steps are used up;
   * - `idle`: all harts wait; see `waitingFor`;
   * - `aborted`: the signal of {@link Machine.run} fired.
   */
  readonly reason: 'poweroff' | 'reset' | 'fail' | 'budget' | 'idle' | 'aborted'
  /** Exit code of the guest: 0 unless `reason` is `fail`. */
  readonly code: number
  /** Steps of this call. */
  readonly steps: number
  /**
   * With `idle`: what could end the wait. `time` (wall clock only), `disk` (a request is under way), `network`
   * (something outside may answer; until then virtual time passes no faster than real time), or `input`: nothing but
   * the outside world.
   */
  readonly waitingFor?: 'time' | 'disk' | 'network' | 'input'
}

type Ending = Pick<MachineResult, 'reason' | 'code'>

/** Options of {@link Machine.run}. */
export interface MachineRunOptions {
  /** Most steps. Default: no limit. */
  readonly maxSteps?: number
  /** Ends the run with `aborted`. */
  readonly signal?: AbortSignal
}

/** Input of the console. */
export interface MachineConsole {
  /**
   * Sends bytes to the guest.
   *
   * @returns how many were taken; offer the rest later, the guest is not reading.
   */
  input(bytes: Uint8Array): number
}

/** Host time after which `run` gives the event loop its turn, in milliseconds. */
const SLICE_TIME = 8
/** Most steps inside `run` between two looks at the host's time. */
const STEPS_PER_LOOK = 1_000_000
/** Most lines of 64 bytes that devices move between two looks at the host's time: one store can start many such requests. */
const LINES_PER_LOOK = 0x4000
/** Longest sleep for a network, in milliseconds: what it waits for may be given up without a word. */
const NETWORK_LOOK = 1000
const A0 = 10
const A1 = 11
const A2 = 12

/**
 * A machine like QEMU's `virt`: harts, RAM, devices, and (unless it runs a firmware image) built-in SBI firmware.
 * Made by {@link createMachine}.
 */
export class Machine {
  /** The memory that everything is in. Reading it is always fine; write with `writeRam`. */
  readonly memory: MachineMemory
  readonly harts: readonly Hart[]
  /** Devices and bus. */
  readonly board: BuiltBoard<(typeof virt)['rows']>
  readonly console: MachineConsole
  readonly #options: MachineConfiguration
  readonly #plan: BootPlan
  readonly #clock: Clock
  readonly #bus: MeteredBus
  readonly #disks: readonly VirtioBlk[]
  readonly #networks: readonly VirtioNet[]
  readonly #wakeUp = new WakeUp()
  #firmware: Firmware | undefined
  #turns!: Turns
  #ending: Ending | undefined
  /** Hart that executes at the moment, and its steps when it began. */
  #running: Hart | undefined
  #runningFrom = 0
  /** The next deadline of a device, in nanoseconds since power-on; undefined when it has to be asked for. */
  #deadline: number | undefined
  #inRun = false
  /** The host's time at which harts were first seen to wait for the network, in milliseconds. */
  #waitingSince: number | undefined
  /** RAM as devices and the firmware reach it. */
  readonly #dma: DmaMemory
  /** Lines of 64 bytes that they have moved since power-on. */
  #lines = 0
  /** How many there were when a hart was last told to stop for them. */
  #linesSeen = 0

  /** @internal */
  constructor(options: MachineConfiguration) {
    this.#options = options
    const { harts: count, hart } = options
    this.#clock =
      options.clock === 'wall'
        ? wallClock()
        : virtualClock(() => (this.#running ? this.#running.steps - this.#runningFrom : 0), options.hertz)
    this.memory = new MachineMemory({
      ramBytes: options.ram,
      ramBase: virt.ramBase,
      harts: count,
      ...(options.tlbEntries !== undefined && { tlbEntries: options.tlbEntries }),
    })
    this.#disks = options.disks.map((backend) => virtioBlk({ backend }))
    this.#networks = options.networks.map((card) => virtioNet(card))
    const rng = options.entropy ? [virtioRng({ source: options.entropy })] : []
    const virtio = [...this.#disks, ...this.#networks, ...options.virtio, ...rng]
    const byte = new Uint8Array(1)
    const timerLine = options.firmware ? InterruptCause.machineTimer : InterruptCause.supervisorTimer
    this.#dma = meteredDma(this.memory.dma, (lines) => this.#moves(lines))
    this.board = buildBoard(virt, {
      harts: count,
      memory: this.#dma,
      time: () => ticksOf(this.#clock),
      now: () => this.#clock.epoch + BigInt(this.#clock.elapsed()),
      software: (number, asserted) => this.#line(number, InterruptCause.machineSoftware, asserted),
      // Without M-mode software the CLINT's comparator serves as the firmware's: it drives STIP.
      timer: (number, asserted) => this.#line(number, timerLine, asserted),
      external: (number, level, asserted) =>
        this.#line(
          number,
          level === 'M' ? InterruptCause.machineExternal : InterruptCause.supervisorExternal,
          asserted,
        ),
      output: (value) => {
        byte[0] = value
        options.console.output?.(byte)
      },
      exit: (code) => this.#end({ reason: code === 0 ? 'poweroff' : 'fail', code }),
      reset: () => this.#end({ reason: 'reset', code: 0 }),
      virtio: (slot) => virtio[slot],
    })
    this.#bus = new MeteredBus(this.board.bus, new Set(['clint', 'rtc']), () => this.#deadlineMoved())
    const { clint, uart0 } = this.board.devices
    this.harts = Array.from(
      { length: count },
      (_, id) =>
        new Hart({
          id,
          memory: this.memory,
          bus: this.#bus,
          time: () => clint.mtime,
          countedTime: () => this.#countedTime(),
          timerMoved: () => this.#deadlineMoved(),
          monitor: options.firmware ? undefined : 'M',
          ...hart,
        }),
    )
    this.console = {
      input: (bytes) => {
        const taken = uart0.receive(bytes)
        this.#wakeUp.now()
        return taken
      },
    }
    this.#plan = planBoot(
      this.board,
      { base: virt.ramBase, size: options.ram },
      {
        kernel: options.kernel,
        initrd: options.initrd,
        firmware: options.firmware,
        bootargs: options.bootargs,
        deviceTree: options.deviceTree,
        tree: {
          harts: count,
          hart: {
            extensions: hart.extensions,
            satpModes: hart.satpModes,
          },
          rngSeed: rngSeed(options.clock, options.seed),
        },
      },
    )
    this.#powerOn()
  }

  /** The device tree that the guest gets. */
  get deviceTree(): Uint8Array {
    return this.#plan.blob
  }

  /** Nanoseconds since power-on, by the machine's clock. */
  get elapsed(): number {
    return this.#clock.elapsed()
  }

  /** Exact counts since power-on. */
  counters(): MachineCounters {
    return sumCounters(
      this.harts.map((hart) => hart.counters),
      this.#bus.counts(),
      this.#lines,
    )
  }

  /**
   * Power-on again: RAM is cleared, images are loaded anew, devices and harts are reset, time and counters start at 0.
   * What disks hold stays.
   *
   * @throws MachineError `running` inside a callback of the machine.
   */
  reset(): void {
    this.#refuseInside()
    this.memory.ram.fill(0)
    this.memory.written(this.memory.ramOffset, this.memory.ramBytes)
    this.board.reset()
    for (const hart of this.harts) hart.reset()
    this.#bus.reset()
    this.#lines = 0
    this.#linesSeen = 0
    this.#clock.reset()
    this.#powerOn()
  }

  /**
   * Executes, without ever waiting: ends after `maxSteps` steps, or when the guest ended or waits.
   *
   * @throws MachineError `bad-steps`, or `running` inside a callback of the machine.
   */
  runSlice(maxSteps: number): MachineResult {
    checkSteps(maxSteps)
    return this.#slice(maxSteps, Number.POSITIVE_INFINITY)
  }

  /** @param until - the host's time at which it ends as if the steps were used up. */
  #slice(maxSteps: number, until: number): MachineResult {
    this.#refuseInside()
    const mostAtOnce = until === Number.POSITIVE_INFINITY ? until : STEPS_PER_LOOK
    let steps = 0
    const done = (result: Omit<MachineResult, 'steps' | 'code'> & { code?: number }): MachineResult => ({
      code: 0,
      ...result,
      steps,
    })
    for (;;) {
      if (this.#ending) return done(this.#ending)
      if (steps === maxSteps || hostNow() >= until) return done({ reason: 'budget' })
      this.#meetDeadline()
      const hart = this.#turns.next()
      if (!hart) {
        if (this.#disks.some((disk) => disk.inFlight > 0)) return done({ reason: 'idle', waitingFor: 'disk' })
        const deadline = this.#nextDeadline()
        if (this.#millisecondsForNetwork(deadline) > 0) return done({ reason: 'idle', waitingFor: 'network' })
        if (deadline >= HORIZON) return done({ reason: 'idle', waitingFor: 'input' })
        if (!this.#clock.jumpTo(deadline)) return done({ reason: 'idle', waitingFor: 'time' })
        continue
      }
      const untilDeadline = this.#clock.stepsUntil(this.#nextDeadline())
      steps += this.#execute(hart, Math.min(maxSteps - steps, this.#turns.left, untilDeadline, mostAtOnce))
    }
  }

  /**
   * Runs until the guest ends, the steps are used up, or nothing can happen any more. Gives the event loop its turn
   * every few milliseconds, and sleeps while the guest does (wall clock, disks, interactive console).
   *
   * @throws MachineError `bad-steps`, or `running` when a run is under way already.
   */
  async run(options: MachineRunOptions = {}): Promise<MachineResult> {
    const { maxSteps = Number.POSITIVE_INFINITY, signal } = options
    if (this.#inRun)
      throw new MachineError('running', 'The machine is running already: await that run first.')
    if (maxSteps !== Number.POSITIVE_INFINITY) checkSteps(maxSteps)
    this.#inRun = true
    const wake = (): void => this.#wakeUp.now()
    signal?.addEventListener('abort', wake)
    try {
      let steps = 0
      for (;;) {
        if (signal?.aborted) return { reason: 'aborted', code: 0, steps }
        const result = this.#slice(maxSteps - steps, hostNow() + SLICE_TIME)
        steps += result.steps
        if (result.reason === 'idle') {
          const wait = this.#waitFor(result)
          if (wait === undefined) return { ...result, steps }
          // An output callback may have aborted: nobody would end the sleep.
          if (signal?.aborted) continue
          await this.#wakeUp.within(wait)
        } else if (result.reason !== 'budget' || steps >= maxSteps) return { ...result, steps }
        else await breathe()
      }
    } finally {
      signal?.removeEventListener('abort', wake)
      this.#inRun = false
    }
  }

  /** Milliseconds until an idle machine should be looked at again, `Infinity` for not before something wakes it. */
  #waitFor({ waitingFor }: MachineResult): number | undefined {
    if (waitingFor === 'time') return Math.max(0, (this.#nextDeadline() - this.#clock.elapsed()) / 1e6)
    if (waitingFor === 'network')
      return Math.min(NETWORK_LOOK, this.#millisecondsForNetwork(this.#nextDeadline()))
    if (waitingFor === 'disk' || this.#options.console.interactive) return Number.POSITIVE_INFINITY
    return undefined
  }

  /**
   * How long the harts, which all wait, should go on waiting for an answer from outside before the clock jumps to
   * `deadline`: as long as the wait takes in real time. 0 when nothing outside owes an answer.
   */
  #millisecondsForNetwork(deadline: number): number {
    if (!this.#networks.some((network) => network.awaiting)) return 0
    if (deadline >= HORIZON) return Number.POSITIVE_INFINITY
    if (this.#options.clock === 'wall') return 0
    const now = hostNow()
    this.#waitingSince ??= now
    return (deadline - this.#clock.elapsed()) / 1e6 - (now - this.#waitingSince)
  }

  /** `mtime` while a hart executes: a store to it ends the run. */
  #countedTime(): CountedTime | undefined {
    const counted = this.#running && this.#clock.counted(this.#runningFrom)
    return (
      counted && {
        ...counted,
        perTick: NANOSECONDS_PER_TICK,
        offset: this.board.devices.clint.mtime - ticksOf(this.#clock),
      }
    )
  }

  /** Lets a hart execute; @returns the steps it took. */
  #execute(hart: Hart, budget: number): number {
    this.#running = hart
    this.#runningFrom = hart.steps
    this.#waitingSince = undefined
    let result: HartRunResult
    try {
      result = hart.run(budget)
    } finally {
      this.#running = undefined
      // Also when a callback of the embedder throws: time does not go back.
      this.#clock.advance(hart.steps - this.#runningFrom)
    }
    if (result.reason === 'wfi') this.#turns.set(hart.id, 'waiting')
    else if (result.reason === 'trap') {
      const next = this.#firmware!.handle(hart, result.trap!)
      if (next === 'wait') this.#turns.set(hart.id, 'waiting')
    }
    this.#turns.used(result.steps, result.reason === 'wrs')
    return result.steps
  }

  #line(number: number, line: 3 | 5 | 7 | 9 | 11, asserted: boolean): void {
    this.harts[number]!.setInterruptLine(line, asserted)
    if (asserted) this.#wakeUp.now()
  }

  /** What devices move counts, so that `run` looks at the host's time now and then. */
  #moves(lines: number): void {
    this.#lines += lines
    if (this.#lines - this.#linesSeen < LINES_PER_LOOK) return
    this.#linesSeen = this.#lines
    this.#running?.requestStop()
  }

  #end(ending: Ending): void {
    this.#ending ??= ending
    this.#running?.requestStop()
  }

  /** Steps were planned for the old deadline: plan again. */
  #deadlineMoved(): void {
    this.#deadline = undefined
    this.#running?.requestStop()
  }

  /** Tells devices that have deadlines when one has come. */
  #meetDeadline(): void {
    if (this.#clock.elapsed() < this.#nextDeadline()) return
    this.board.devices.clint.tick()
    this.board.devices.rtc.tick()
    this.#deadline = undefined
  }

  #nextDeadline(): number {
    if (this.#deadline === undefined) {
      const { rtc } = this.board.devices
      const tick = this.#nextTick()
      const alarm = rtc.nextDeadline()
      this.#deadline = Math.min(
        tick === undefined ? HORIZON : Number(tick) * NANOSECONDS_PER_TICK,
        alarm === undefined ? HORIZON : Number(alarm - this.#clock.epoch),
        HORIZON,
      )
    }
    return this.#deadline
  }

  /** The tick of the clock at which the next timer fires: the CLINT's, or a comparison of a hart's own. */
  #nextTick(): bigint | undefined {
    const { clint } = this.board.devices
    let next = clint.nextDeadline()
    for (const { timerDeadline } of this.harts) {
      if (timerDeadline === undefined) continue
      const tick = ticksOf(this.#clock) + (timerDeadline - clint.mtime)
      if (next === undefined || tick < next) next = tick
    }
    return next
  }

  #refuseInside(): void {
    if (this.#running)
      throw new MachineError('running', 'A callback of the machine cannot drive it: return first.')
  }

  #powerOn(): void {
    const { harts, memory } = this
    this.#ending = undefined
    this.#deadline = undefined
    this.#plan.write(memory)
    this.#turns = new Turns(harts, this.#options.quantum, (hart) => this.#firmware?.wake(hart))
    const { firmwareEntry, kernelEntry, tree, firmwareInfo } = this.#plan
    if (firmwareEntry !== undefined) {
      for (const hart of harts) {
        hart.pc = BigInt(firmwareEntry)
        hart.writeX(A0, BigInt(hart.id))
        hart.writeX(A1, BigInt(tree))
        hart.writeX(A2, BigInt(firmwareInfo))
        this.#turns.set(hart.id, 'running')
      }
      return
    }
    const { clint, uart0 } = this.board.devices
    this.#firmware = new Firmware({
      harts,
      memory,
      dma: this.#dma,
      clint,
      clintRange: rangeOf(this.board, 'clint'),
      pmpEntries: this.#options.hart.pmpEntries,
      uart: uart0,
      output: (bytes) => this.#options.console.output?.(bytes),
      deadlineMoved: () => this.#deadlineMoved(),
      started: (hart) => this.#turns.set(hart, 'running'),
      stopped: (hart) => this.#turns.set(hart, 'stopped'),
      ended: (type, reason) =>
        this.#end(
          type !== 'shutdown'
            ? { reason: 'reset', code: 0 }
            : reason === 'none'
              ? { reason: 'poweroff', code: 0 }
              : { reason: 'fail', code: 1 },
        ),
    })
    this.#firmware.boot(kernelEntry!, tree)
  }
}

/** Ticks of the timebase since power-on. */
const ticksOf = (clock: Clock): bigint => BigInt(Math.floor(clock.elapsed() / NANOSECONDS_PER_TICK))

function checkSteps(maxSteps: number): void {
  if (!Number.isInteger(maxSteps) || maxSteps < 0) {
    throw new MachineError('bad-steps', `maxSteps is ${maxSteps}: give an integer of at least 0.`)
  }
}

/**
 * Makes a machine and loads its images; it runs when {@link Machine.run} or {@link Machine.runSlice} is called.
 *
 * @throws MachineError for options that make no sense, ImageError for an image that cannot be loaded, FdtError for a
 *   device tree that is none, CpuError when the host has not enough memory.
 * @example
 * ```ts
 * const machine = createMachine({ kernel, console: { output: (bytes) => process.stdout.write(bytes) } })
 * const { reason } = await machine.run()
 * ```
 */
export const createMachine = (options: MachineOptions): Machine => new Machine(configure(options))
