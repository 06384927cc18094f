import {
  InterruptCause,
  STATUS_SD,
  Status,
  type SupervisorState,
  statusAfterSupervisorReturn,
  statusAfterSupervisorTrap,
  trapVector,
  UXL_64,
} from '@worldswitch/cpu'

/** Modes that a guest knows of: it has no M-mode, that is the hypervisor's part. */
export type GuestPrivilege = 'U' | 'S'

const PENDING_BITS = {
  software: 1 << InterruptCause.supervisorSoftware,
  timer: 1 << InterruptCause.supervisorTimer,
  external: 1 << InterruptCause.supervisorExternal,
} as const
const SIE = 2n
const FLOAT_STATUS = BigInt(Status.fs)
const LOW_WORD = 0xffff_ffffn
const INTERRUPT = 1n << 63n

/** Supervisor interrupts by falling priority. Privileged ISA, "Supervisor Interrupt Registers". */
const BY_PRIORITY = [
  InterruptCause.supervisorExternal,
  InterruptCause.supervisorSoftware,
  InterruptCause.supervisorTimer,
]

/** Everything a virtual CPU is, apart from memory and devices: plain values, for snapshots and comparisons. */
export interface VcpuSnapshot extends SupervisorState {
  /** `x0` to `x31`, unsigned. */
  readonly x: BigUint64Array
  /** `f0` to `f31`, all 64 bits, unsigned. */
  readonly f: BigUint64Array
  readonly fcsr: number
  readonly pc: bigint
  readonly privilege: GuestPrivilege
}

/**
 * The architectural state of a virtual CPU as its guest would see it: the S-mode view. It says nothing of how a
 * strategy realises it, so a vCPU can be saved, compared, or moved from one strategy to another.
 */
export class VcpuState implements SupervisorState {
  /** Integer registers, unsigned; `x[0]` stays 0. */
  readonly x = new BigUint64Array(32)
  /** Floating-point registers, unsigned. They mean something while `sstatus.FS` is not off. */
  readonly f = new BigUint64Array(32)
  /** `fflags` in bits 4:0, `frm` in bits 7:5. */
  fcsr = 0
  pc = 0n
  privilege: GuestPrivilege = 'S'
  sstatus = UXL_64
  sie = 0n
  stvec = 0n
  /** The firmware leaves `cycle`, `time` and `instret` open to user mode. */
  scounteren = 7n
  senvcfg = 0n
  sscratch = 0n
  sepc = 0n
  scause = 0n
  stval = 0n
  satp = 0n
  stimecmp = 0n
  /** `sip` as a number: it is looked at before every entry. */
  #pending = 0

  /** Pending interrupts. Software sets SSIP only; the other two follow {@link setPending}. */
  get sip(): bigint {
    return BigInt(this.#pending)
  }
  set sip(value: bigint) {
    const { software } = PENDING_BITS
    this.#pending = (this.#pending & ~software) | (Number(value & LOW_WORD) & software)
  }

  /** Drives an interrupt of the vCPU. */
  setPending(interrupt: keyof typeof PENDING_BITS, pending: boolean): void {
    const bit = PENDING_BITS[interrupt]
    this.#pending = pending ? this.#pending | bit : this.#pending & ~bit
  }

  /** Whether WFI would not wait: something is pending and enabled in `sie`, whatever `sstatus.SIE` says. */
  get interruptible(): boolean {
    return this.#pending !== 0 && (this.#pending & Number(this.sie)) !== 0
  }

  /** @returns the interrupt that the hart must take before the next instruction, if any. */
  deliverable(): number | undefined {
    if (this.#pending === 0) return undefined
    const pending = this.#pending & Number(this.sie)
    if (pending === 0 || (this.privilege === 'S' && (this.sstatus & SIE) === 0n)) return undefined
    return BY_PRIORITY.find((number) => (pending & (1 << number)) !== 0)
  }

  /** Takes a trap into S-mode at the current `pc`. Privileged ISA, "Supervisor Trap Vector Base Address Register". */
  enterTrap(cause: number, tval: bigint, interrupt = false): void {
    this.sepc = this.pc
    this.scause = interrupt ? INTERRUPT | BigInt(cause) : BigInt(cause)
    this.stval = tval
    this.#setStatus(
      statusAfterSupervisorTrap(Number(this.sstatus & LOW_WORD), this.privilege === 'S' ? 1 : 0),
    )
    this.privilege = 'S'
    this.pc = trapVector(this.stvec, cause, interrupt)
  }

  /** Performs SRET. */
  returnFromTrap(): void {
    const status = Number(this.sstatus & LOW_WORD)
    this.privilege = (status & 0x100) !== 0 ? 'S' : 'U'
    this.#setStatus(statusAfterSupervisorReturn(status))
    this.pc = this.sepc
  }

  /** A copy as plain values. */
  snapshot(): VcpuSnapshot {
    const { fcsr, pc, privilege, sstatus, sie, sip, stvec, scounteren, senvcfg } = this
    const { sscratch, sepc, scause, stval, satp, stimecmp } = this
    const trap = { sscratch, sepc, scause, stval, satp, stimecmp }
    const x = new BigUint64Array(this.x)
    const f = new BigUint64Array(this.f)
    return { x, f, fcsr, pc, privilege, sstatus, sie, sip, stvec, scounteren, senvcfg, ...trap }
  }

  /** Takes over a snapshot, pending bits included. */
  restore({ x, f, sip, ...rest }: VcpuSnapshot): void {
    this.f.set(f)
    this.x.set(x)
    this.x[0] = 0n
    this.#pending = Number(sip & LOW_WORD)
    Object.assign(this, rest)
  }

  /** `sstatus.FS` is off. */
  get floatOff(): boolean {
    return (this.sstatus & FLOAT_STATUS) === 0n
  }

  /** Marks the floating-point state as changed, which `sstatus.FS` and SD show. */
  makeFloatDirty(): void {
    this.sstatus |= FLOAT_STATUS | STATUS_SD
  }

  #setStatus(low: number): void {
    this.sstatus = (this.sstatus & ~LOW_WORD) | BigInt(low >>> 0)
  }
}
