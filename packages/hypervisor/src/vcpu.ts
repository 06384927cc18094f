import { ExceptionCause, type SupervisorCsr, type SupervisorLimits, supervisorCsrs } from '@worldswitch/cpu'
import {
  type CsrOperation,
  type Decoded,
  Evaluator,
  type EvaluatorContext,
  type Width,
} from '@worldswitch/isa'
import { GuestAccess } from './guest-access.ts'
import { type GuestPrivilege, VcpuState } from './vcpu-state.ts'
import type { Vm } from './vm.ts'

const byNumber = new Map<number, SupervisorCsr>(supervisorCsrs.map((csr) => [csr.number, csr]))
/** `fflags`, `frm` and `fcsr`: where they are in the last of them. */
const floatFields: Readonly<Record<number, { shift: number; mask: number }>> = {
  1: { shift: 0, mask: 0x1f },
  2: { shift: 5, mask: 7 },
  3: { shift: 0, mask: 0xff },
}
/** Register number that stands for the address of an access that was told without its registers. */
const ADDRESS = 32
const STIMECMP = 0x14d
const NEVER = 0xffff_ffff_ffff_ffffn
const POWER_ON = new VcpuState().snapshot()
const CYCLE = 0xc00
const TIME = 0xc01
const INSTRET = 0xc02

/**
 * A virtual CPU: its state, and the means by which a monitor carries out instructions for it. The semantics are
 * those of the instruction table; this class only says what they act on.
 */
export class Vcpu implements EvaluatorContext {
  readonly id: number
  readonly vm: Vm
  readonly state = new VcpuState()
  /** The guest's memory through its own page tables. */
  readonly access: GuestAccess
  /** In WFI: nothing to do until an interrupt is pending. */
  waiting = false
  /** Started by the firmware interface; others execute nothing. */
  online = false
  #deadline = Number.POSITIVE_INFINITY
  readonly #limits: SupervisorLimits
  readonly #evaluator = new Evaluator(this)
  #current: Decoded | undefined
  #address = 0n

  constructor(vm: Vm, id: number, limits: SupervisorLimits) {
    this.vm = vm
    this.id = id
    this.#limits = limits
    this.reset()
    this.access = new GuestAccess(vm.memory, vm.bus, this.state, vm.svadu, (references) =>
      vm.ledger.walkedInSoftware(references),
    )
  }

  /** As at power-on: not started. */
  reset(): void {
    this.state.restore(POWER_ON)
    if (this.#limits.sstc) this.state.stimecmp = NEVER
    this.#deadline = Number.POSITIVE_INFINITY
    this.waiting = false
    this.online = false
  }

  /**
   * Carries out one instruction of the guest at its `pc`, by the instruction table, and moves the `pc` on. A trap
   * that it raises is delivered to the guest.
   *
   * @param address - where it accesses memory, for a transformed instruction, which does not say it.
   */
  emulate(instruction: Decoded, address?: bigint): void {
    this.#current = instruction
    this.#address = address ?? 0n
    const next = this.#evaluator.run(
      address === undefined ? instruction : { ...instruction, rs1: ADDRESS, imm: 0 },
    )
    if (next !== undefined) this.state.pc = next
    if (!this.#evaluator.trapped) this.vm.ledger.emulated()
  }

  /** When STIP becomes pending, in ticks of the timebase: what the guest asked the firmware for, or its `stimecmp`. */
  get timerDeadline(): number {
    return this.#limits.sstc ? Number(this.state.stimecmp) : this.#deadline
  }

  /** Serves the firmware's timer call. @param deadline - in ticks of the timebase, unsigned. */
  setTimer(deadline: bigint): void {
    if (this.#limits.sstc) this.state.stimecmp = deadline
    else this.#deadline = Number(deadline)
    this.updateTimer()
  }

  /** Whether the timer's deadline has passed. */
  get timerPending(): boolean {
    return this.vm.time() >= this.timerDeadline
  }

  /** Brings STIP up to date with the clock. */
  updateTimer(): void {
    this.state.setPending('timer', this.timerPending)
  }

  get pc(): bigint {
    return this.state.pc
  }
  get privilege(): GuestPrivilege {
    return this.state.privilege
  }
  readX(index: number): bigint {
    return index === ADDRESS ? this.#address : this.state.x[index]
  }
  writeX(index: number, value: bigint): void {
    if (index !== 0) this.state.x[index] = value
  }

  get floatOff(): boolean {
    return this.state.floatOff
  }
  get roundingMode(): number {
    return this.state.fcsr >> 5
  }
  readF(index: number): bigint {
    return this.state.f[index]
  }
  writeF(index: number, value: bigint): void {
    this.state.f[index] = value
    this.state.makeFloatDirty()
  }
  accrueFlags(flags: number): void {
    if ((flags & ~this.state.fcsr) === 0) return
    this.state.fcsr |= flags
    this.state.makeFloatDirty()
  }

  /** Delivers an exception to the guest's kernel. */
  raise(cause: number, tval: bigint): void {
    this.state.enterTrap(cause, tval)
  }

  load(width: Width, address: bigint): bigint | undefined {
    return this.access.load(width, address) ?? this.#fault()
  }

  store(width: Width, address: bigint, value: bigint): boolean {
    return this.access.store(width, address, value) || this.#fault() !== undefined
  }

  /** Atomic memory operations reach RAM on the hart itself; what comes here names a device, which offers none. */
  loadReserved(_width: 4 | 8, address: bigint): undefined {
    this.raise(ExceptionCause.loadAccessFault, address)
  }
  storeConditional(_width: 4 | 8, address: bigint): undefined {
    this.raise(ExceptionCause.storeAccessFault, address)
  }
  amo(_width: 4 | 8, address: bigint): undefined {
    this.raise(ExceptionCause.storeAccessFault, address)
  }

  /** TSR, TVM and TW are M-mode's; to a guest they read as clear. */
  status(): boolean {
    return false
  }

  csrRead(number: number): bigint | undefined {
    const field = floatFields[number]
    if (field) {
      if (this.floatOff) return this.#illegal()
      return BigInt((this.state.fcsr >> field.shift) & field.mask)
    }
    const csr = byNumber.get(number)
    if (csr && this.#reachable(number)) return csr.read(this.state)
    return this.#counter(number) ?? this.#illegal()
  }

  csrWrite(number: number, value: bigint, _operation: CsrOperation, _operand: bigint): boolean {
    const csr = byNumber.get(number)
    const field = floatFields[number]
    if (field && !this.floatOff) {
      const { shift, mask } = field
      const { state } = this
      state.fcsr = (state.fcsr & ~(mask << shift)) | ((Number(value & 0xffn) & mask) << shift)
      state.makeFloatDirty()
      return true
    }
    if (!csr || !this.#reachable(number)) {
      this.#illegal()
      return false
    }
    csr.write(this.state, value, this.#limits)
    return true
  }

  returnFrom(level: 'S' | 'M'): void {
    if (level === 'S') this.state.returnFromTrap()
  }

  waitForInterrupt(): void {
    this.waiting = !this.state.interruptible
  }

  fence(): void {}

  /** Stores of a guest take effect on its code at once, so there is nothing to do. */
  fenceInstructions(): void {}

  fenceTranslations(address: bigint | undefined, asid: bigint | undefined): void {
    this.vm.execution.fence(address, asid)
  }

  #reachable(number: number): boolean {
    return this.state.privilege === 'S' && (number !== STIMECMP || this.#limits.sstc)
  }

  /** `cycle`, `time` and `instret`: S-mode may read all, U-mode what `scounteren` says. There are no others. */
  #counter(number: number): bigint | undefined {
    if (number < CYCLE || number > INSTRET) return undefined
    if (this.state.privilege === 'U' && (this.state.scounteren & (1n << BigInt(number - CYCLE))) === 0n)
      return undefined
    const { ledger } = this.vm
    if (number === TIME) return BigInt(this.vm.time())
    if (number === CYCLE) return BigInt(Math.floor(ledger.virtualCycles))
    return BigInt(ledger.directInstructions + ledger.emulatedInstructions)
  }

  #illegal(): undefined {
    this.raise(ExceptionCause.illegalInstruction, BigInt(this.#current?.word ?? 0))
  }

  #fault(): undefined {
    const { cause, tval } = this.access.fault
    this.raise(cause, tval)
  }
}
