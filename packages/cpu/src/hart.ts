import { allExtensions } from '@worldswitch/isa'
import { CpuError } from './cpu-error.ts'
import { HartCore, privilegeNames, privilegeNumbers, type TrapLevel } from './hart-core.ts'
import {
  type EngineName,
  type HartExtension,
  type HartOptions,
  hartExtensions,
  type RunResult,
} from './hart-options.ts'
import { InstructionCache } from './instruction-cache.ts'
import { InterpreterEngine, type Promotion } from './interpreter-engine.ts'
import { interruptToTake } from './interrupts.ts'
import type { MachineMemory } from './machine-memory.ts'
import { type Engine, ReferenceEngine } from './reference-engine.ts'
import { EXCEPTION_CODES, INTERRUPT_CODES, State } from './state-layout.ts'
import { LeaveCause, type LeaveCauseName } from './translator/region-links.ts'
import { type TranslatorStatistics, translatorOf } from './translator/translator.ts'
import { InterruptCause, type InterruptLineNumber, type PrivilegeMode, type TrapEntry } from './trap.ts'

/**
 * Steps of one call into the interpreter at most: V8 replaces a function by its optimized version only when it is
 * called again.
 */
const SLICE = 1_000_000

const I_LEFT = State.left >> 2
const I_DEFERRED = State.deferred >> 2
const F_STEP_END = State.stepEnd >> 3

/** Counts of a hart. They are exact whenever they are read, also in the middle of an instruction by a device. */
export interface HartCounters {
  /** Steps completed: instructions attempted, and interrupts taken. The one being executed is not among them. */
  readonly steps: number
  /** Instructions retired: steps that did not end in a trap. */
  readonly retired: number
  /** Traps taken or handed to the monitor, by cause. */
  readonly traps: {
    /** Index: exception code, 0 to 23. */
    readonly exceptions: readonly number[]
    /** Index: interrupt number, 0 to 15. */
    readonly interrupts: readonly number[]
  }
  /** Translations that were not in the TLB. */
  readonly tlbMisses: number
  /** Page-table entries read for them. */
  readonly walkReferences: number
  /** Fences of translations, and writes to `satp`, `vsatp` and `hgatp`. */
  readonly fences: number
}

/** What translated code has done. The first part concerns all harts of the memory, those of `entries`, `dispatches`, `steps` and `leaves` this one. */
export interface TranslationStatistics extends TranslatorStatistics {
  /** Regions entered from the interpreter. */
  readonly entries: number
  /** Regions entered from other regions, direct calls left out. */
  readonly dispatches: number
  /** Steps executed in regions. */
  readonly steps: number
  /** How often translated code left an instruction to the interpreter, by cause. */
  readonly leaves: Readonly<Record<LeaveCauseName, number>>
}

const ALWAYS: readonly HartExtension[] = ['I', 'Zicsr', 'Zifencei']

/** One decoder per memory: predecoded code is shared by its harts. */
const instructionCaches = new WeakMap<
  MachineMemory,
  { key: string; cache: InstructionCache; harts: Set<number> }
>()

/**
 * A RISC-V RV64 hart with M-, S- and U-mode, and with the hypervisor extension VS and VU.
 *
 * It takes traps architecturally, except those destined to the level where a monitor is attached: these return from
 * {@link Hart.run}. All its state is in its block of the {@link MachineMemory}.
 *
 * @see Privileged ISA, chapters "Machine-Level ISA", "Supervisor-Level ISA" and "Hypervisor Extension"
 */
export class Hart {
  readonly id: number
  readonly memory: MachineMemory
  /** Which engine executes. */
  readonly engine: EngineName
  readonly #core: HartCore
  readonly #engine: Engine
  readonly #promotion: Promotion | undefined
  readonly #words: Int32Array
  /** x0 to x31. */
  readonly #registers: BigUint64Array

  /** @throws CpuError `bad-option` or `already-attached`. */
  constructor(options: HartOptions) {
    const { id, memory, pmpEntries = 16, monitor, engine = 'auto' } = options
    if (!Number.isInteger(id) || id < 0 || id >= memory.harts) {
      throw new CpuError(
        'bad-option',
        `hart id ${id}: the memory was made for harts 0 to ${memory.harts - 1}`,
      )
    }
    if (!Number.isInteger(pmpEntries) || pmpEntries < 0 || pmpEntries > 16) {
      throw new CpuError('bad-option', `pmpEntries is ${pmpEntries}: give 0 to 16`)
    }
    const extensions = new Set([...ALWAYS, ...(options.extensions ?? hartExtensions)])
    if (extensions.has('D') && !extensions.has('F')) {
      throw new CpuError('bad-option', 'extension D needs F: name both, or neither')
    }
    this.id = id
    this.memory = memory
    this.engine = engine
    this.#core = new HartCore(
      {
        id,
        memory,
        bus: options.bus,
        extensions,
        satpModes: options.satpModes ?? ['bare', 'sv39', 'sv48', 'sv57'],
        pmpEntries,
        pmpOpen: options.pmpOpen ?? monitor !== undefined,
        sensitiveHoles: options.sensitiveHoles === true,
        time: options.time ?? (() => 0n),
        countedTime: (extensions.has('Zicntr') && options.countedTime) || (() => undefined),
        monitor,
        timerMoved: options.timerMoved ?? (() => {}),
      },
      instructionsOf(memory, id, extensions),
    )
    this.#words = this.#core.state.words
    this.#registers = this.#core.state.doublewords.subarray(0, 32)
    const reference = new ReferenceEngine(this.#core)
    this.#promotion = promotionOf(engine, this.#core)
    this.#engine =
      engine === 'reference' ? reference : new InterpreterEngine(this.#core, reference, this.#promotion)
  }

  /**
   * Executes.
   *
   * @param budget - steps at most, an integer of at least 0. A step is one instruction attempted, or one interrupt
   *   taken; an instruction that traps consumes its step.
   * @throws CpuError `bad-argument`, or `running` inside a callback of a hart on the same memory; and whatever the bus or
   *   `time` throws: the instruction that called it has then not been executed, and the hart can go on.
   */
  run(budget: number): RunResult {
    if (!Number.isInteger(budget) || budget < 0) {
      throw new CpuError('bad-argument', `budget is ${budget}: give an integer of at least 0`)
    }
    const { memory } = this
    if (memory.running) {
      throw new CpuError('running', 'a hart of this memory is running: a device cannot run one, return first')
    }
    memory.running = true
    try {
      return this.#run(budget)
    } finally {
      memory.running = false
    }
  }

  #run(budget: number): RunResult {
    const core = this.#core
    const words = this.#words
    const floats = core.state.floats
    core.translation.heedReservations()
    let left = budget
    for (;;) {
      if (core.stopRequested) {
        core.stopRequested = false
        return { reason: 'stopped', steps: budget - left }
      }
      if (left === 0) return { reason: 'budget', steps: budget }
      core.attention = false
      const interrupt = interruptToTake(words, core.pendingInterrupts())
      if (interrupt !== -1) {
        left--
        floats[F_STEP_END]++
        core.takeInterrupt(interrupt)
      } else {
        const slice = Math.min(left, SLICE)
        words[I_LEFT] = slice
        words[I_DEFERRED] = 0
        floats[F_STEP_END] += slice
        core.tellTime()
        try {
          this.#engine.run()
        } finally {
          // Also when a device throws: then its instruction is the next one.
          const rest = words[I_LEFT] + words[I_DEFERRED]
          words[I_LEFT] = 0
          words[I_DEFERRED] = 0
          core.inInstruction = 0
          floats[F_STEP_END] -= rest
          left -= slice - rest
        }
      }
      if (core.trap !== undefined) {
        const trap = core.trap
        core.trap = undefined
        return { reason: 'trap', steps: budget - left, trap }
      }
      if (core.yielding) {
        core.yielding = false
        return { reason: 'wrs', steps: budget - left }
      }
      if (core.waiting) {
        core.waiting = false
        return { reason: 'wfi', steps: budget - left }
      }
    }
  }

  /**
   * Performs the architectural entry of a trap: firmware or a hypervisor reflects one. `pc`, privilege, status and
   * the trap CSRs of the level change; no step is consumed.
   *
   * @param level - S is HS-mode with the hypervisor extension. To VS, an interrupt has the cause that the guest sees.
   */
  enterTrap(trap: TrapEntry, level: TrapLevel): void {
    this.#core.enterTrap(trap, level)
  }

  /** @param index - 0 to 31. @throws CpuError `bad-argument`. */
  readX(index: number): bigint {
    return this.#core.state.doublewords[register(index)]
  }

  /** Writes to x0 are ignored. @param value - its low 64 bits count. @throws CpuError `bad-argument`. */
  writeX(index: number, value: bigint): void {
    if (register(index) !== 0) this.#core.state.doublewords[index] = value
  }

  /** All 64 bits of a floating-point register. @param index - 0 to 31. @throws CpuError `bad-argument`. */
  readF(index: number): bigint {
    return this.#core.state.doublewords[(State.f >> 3) + register(index)]
  }

  /**
   * Writes a floating-point register; `mstatus.FS` stays as it is.
   *
   * @param value - its low 64 bits count.
   * @throws CpuError `bad-argument`.
   */
  writeF(index: number, value: bigint): void {
    this.#core.state.doublewords[(State.f >> 3) + register(index)] = value
  }

  /** Address of the next instruction (in a device's callback, of the one being executed). */
  get pc(): bigint {
    return this.#core.state.get64(State.pc)
  }
  set pc(value: bigint) {
    this.#core.state.set64(State.pc, value)
    this.#words[State.pc >> 2] &= this.#core.limits.compressed ? ~1 : ~3
  }

  get privilege(): PrivilegeMode {
    return privilegeNames[this.#words[State.privilege >> 2]]
  }
  set privilege(mode: PrivilegeMode) {
    this.#core.setMode(privilegeNumbers[mode], mode !== 'M' && this.virtual ? 1 : 0)
    this.#core.translation.select()
    this.#core.interruptsChanged()
  }

  /**
   * Virtualization mode: whether U and S are VU and VS. M-mode is never virtual; `privilege = 'M'` clears it.
   *
   * @throws CpuError `bad-argument` on setting it in M-mode, or on a hart without the hypervisor extension.
   */
  get virtual(): boolean {
    return this.#core.virtual
  }
  set virtual(virtual: boolean) {
    if (virtual && !this.#core.hypervisor) {
      throw new CpuError('bad-argument', "virtual: this hart has no VS-mode; give it the extension 'H'")
    }
    if (virtual && this.privilege === 'M') {
      throw new CpuError(
        'bad-argument',
        'virtual: M-mode is never virtual; set the privilege to U or S first',
      )
    }
    this.#core.setMode(privilegeNumbers[this.privilege], virtual ? 1 : 0)
    this.#core.translation.select()
    this.#core.interruptsChanged()
  }

  /** Whether this hart has a CSR. */
  hasCsr(number: number): boolean {
    return this.#core.csrs.row(number) !== undefined
  }

  /**
   * Reads a CSR without privilege checks.
   *
   * @throws CpuError `no-such-csr`.
   */
  readCsr(number: number): bigint {
    return this.#row(number).read(this.#core)
  }

  /**
   * Writes a CSR without privilege checks; the register's own rules (WARL) hold, and read-only ones stay.
   *
   * @throws CpuError `no-such-csr`.
   */
  writeCsr(number: number, value: bigint): void {
    this.#row(number).write?.(this.#core, BigInt.asUintN(64, value), 'write', value)
  }

  /**
   * Drives an interrupt. 3, 7, 9 and 11 are levels from outside; 1 and 5 set or clear the pending bit that software
   * shares, as M-mode firmware does.
   */
  setInterruptLine(line: InterruptLineNumber, asserted: boolean): void {
    const software = line === InterruptCause.supervisorSoftware || line === InterruptCause.supervisorTimer
    const at = software ? this.#core.softwarePendingWord : State.lines >> 2
    if (asserted) this.#words[at] |= 1 << line
    else this.#words[at] &= ~(1 << line)
    this.#core.interruptsChanged()
  }

  /**
   * Makes `run` return with `stopped`: after the instruction being executed, or, between calls, at once on the next.
   */
  requestStop(): void {
    this.#core.stopRequested = true
    this.#core.attention = true
  }

  /**
   * The value of `time` from which on a comparison of Sstc makes an interrupt pending that is not pending now;
   * undefined when there is none. A call of {@link Hart.run} looks at `time` when it begins: end it there.
   */
  get timerDeadline(): bigint | undefined {
    return this.#core.timerDeadline()
  }

  /** Drops cached translations as SFENCE.VMA does. @param address - default all. @param asid - default all. */
  flushTlb(address?: bigint, asid?: number): void {
    this.#core.translation.fence(address, asid)
  }

  /** Drops translations of a virtual machine as HFENCE.VVMA does. @param address - default all. @param asid - default all. */
  flushFirstStage(vmid: number, address?: bigint, asid?: number): void {
    this.#core.translation.fenceGuest(address, asid, vmid)
  }

  /** Drops translations of virtual machines as HFENCE.GVMA does. @param vmid - default all. */
  flushSecondStage(vmid?: number): void {
    this.#core.translation.fenceSecondStage(vmid)
  }

  /** Counts since the hart was made or restored. */
  get counters(): HartCounters {
    const { state } = this.#core
    const floats = state.floats
    const counts = (offset: number, codes: number): number[] => [
      ...floats.subarray(offset >> 3, (offset >> 3) + codes),
    ]
    const steps = state.steps
    return {
      steps,
      retired: steps - floats[State.trapSteps >> 3],
      traps: {
        exceptions: counts(State.exceptionCounts, EXCEPTION_CODES),
        interrupts: counts(State.interruptCounts, INTERRUPT_CODES),
      },
      tlbMisses: floats[State.tlbMisses >> 3],
      walkReferences: floats[State.walkReferences >> 3],
      fences: floats[State.fences >> 3],
    }
  }

  /** Steps completed; the cheap way to {@link HartCounters.steps}. */
  get steps(): number {
    return this.#core.state.steps
  }

  /** Instructions retired; the cheap way to {@link HartCounters.retired}. */
  get retired(): number {
    return this.#core.state.steps - this.#core.state.floats[State.trapSteps >> 3]
  }

  /** What translated code has done so far; undefined when the engine translates nothing. */
  get translation(): TranslationStatistics | undefined {
    const translator = this.#promotion?.translator
    if (translator === undefined) return undefined
    const { state } = this.#core
    const leaves = Object.entries(LeaveCause).map(([name, cause]) => [
      name,
      Number(state.get64(State.leaves + 8 * cause)),
    ])
    return {
      ...translator.statistics,
      entries: Number(state.get64(State.entries)),
      dispatches: Number(state.get64(State.dispatches)),
      steps: state.floats[State.translatedSteps >> 3],
      leaves: Object.fromEntries(leaves),
    }
  }

  /** Interrupts taken or handed to the monitor, all together; the cheap way to {@link HartCounters.traps}. */
  get interrupts(): number {
    const { floats } = this.#core.state
    let sum = 0
    for (let number = 0; number < INTERRUPT_CODES; number++)
      sum += floats[(State.interruptCounts >> 3) + number]
    return sum
  }

  /** The cheap way to {@link HartCounters.tlbMisses}. */
  get tlbMisses(): number {
    return this.#core.state.floats[State.tlbMisses >> 3]
  }

  /** The cheap way to {@link HartCounters.walkReferences}. */
  get walkReferences(): number {
    return this.#core.state.floats[State.walkReferences >> 3]
  }

  /** The cheap way to {@link HartCounters.fences}. */
  get fences(): number {
    return this.#core.state.floats[State.fences >> 3]
  }

  /** Copies all registers into the hart, x0 left out: the way in of a world switch. @param from - 32 unsigned values. */
  loadRegisters(from: BigUint64Array): void {
    this.#registers.set(from)
    this.#registers[0] = 0n
  }

  /** Copies x0 to x31 out: the way back of a world switch. @param to - 32 values. */
  saveRegisters(to: BigUint64Array): void {
    to.set(this.#registers)
  }

  /** Copies all floating-point registers into the hart. @param from - 32 unsigned values. */
  loadFloatRegisters(from: BigUint64Array): void {
    this.#core.state.doublewords.set(from, State.f >> 3)
  }

  /** Copies the floating-point registers out. @param to - 32 values. */
  saveFloatRegisters(to: BigUint64Array): void {
    to.set(this.#core.state.doublewords.subarray(State.f >> 3, (State.f >> 3) + 32))
  }

  /** `mstatus.FS`: 0 off, 1 initial, 2 clean, 3 dirty. Without F it is 0 and stays so. */
  get floatStatus(): number {
    return this.#core.float.status
  }
  set floatStatus(status: number) {
    this.#core.float.status = status
  }

  /** Makes the next SC fail unless an LR comes before it: whoever had the hart until now has it no more. */
  dropReservation(): void {
    this.#words[State.reservation >> 2] = 0
  }

  /** State after power-on: M-mode at the start of RAM. Counters start again. */
  reset(): void {
    this.#core.reset()
  }

  /** @returns a copy of all state of this hart; RAM is not part of it. Call it between runs. */
  saveState(): Uint8Array {
    const { base } = this.#core.state
    return new Uint8Array(this.memory.memory.buffer, base, State.end).slice()
  }

  /**
   * Takes over what {@link saveState} gave, of this or of an equal hart. Caches are emptied, reservations dropped.
   *
   * @throws CpuError `bad-argument` when the size is wrong.
   */
  loadState(saved: Uint8Array): void {
    if (saved.length !== State.end) {
      throw new CpuError('bad-argument', `${saved.length} bytes are no hart state: that has ${State.end}`)
    }
    new Uint8Array(this.memory.memory.buffer, this.#core.state.base, State.end).set(saved)
    this.#words[State.reservation >> 2] = 0
    this.#core.restored()
  }

  #row(number: number) {
    const row = this.#core.csrs.row(number)
    if (row === undefined) {
      throw new CpuError('no-such-csr', `this hart has no CSR 0x${number.toString(16)}; ask hasCsr first`)
    }
    return row
  }
}

function promotionOf(engine: EngineName, { memory, instructions }: HartCore): Promotion | undefined {
  if (engine === 'interpreter' || engine === 'reference') return undefined
  const translator = translatorOf(memory, instructions.extensions)
  return { translator, isEager: engine === 'translator' }
}

function register(index: number): number {
  if (!Number.isInteger(index) || index < 0 || index > 31) {
    throw new CpuError('bad-argument', `register ${index}: give 0 to 31`)
  }
  return index
}

function instructionsOf(
  memory: MachineMemory,
  id: number,
  extensions: ReadonlySet<HartExtension>,
): InstructionCache {
  const key = [...extensions].sort().join(' ')
  let shared = instructionCaches.get(memory)
  if (shared === undefined) {
    // Not every extension of a hart brings instructions, and the privileged ones are always there.
    const absent = hartExtensions.filter((extension) => !extensions.has(extension))
    const decoded = new Set(
      [...allExtensions].filter((extension) => !absent.some((name) => name === extension)),
    )
    shared = { key, cache: new InstructionCache(decoded), harts: new Set() }
    instructionCaches.set(memory, shared)
  }
  if (shared.key !== key) {
    throw new CpuError(
      'bad-option',
      `harts of one memory need the same extensions; the others have: ${shared.key}`,
    )
  }
  if (shared.harts.has(id)) {
    throw new CpuError('already-attached', `there is a hart ${id} on this memory already`)
  }
  shared.harts.add(id)
  return shared.cache
}
