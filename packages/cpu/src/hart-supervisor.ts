import { SUPERVISOR_INTERRUPTS } from './csr-legalize.ts'
import type { CsrHost } from './csr-row.ts'
import type { SupervisorState } from './csr-supervisor.ts'
import { STATUS_SD, UXL_64, withDirtySummary } from './status.ts'

const SSIP = 1n << 1n

const VSSIP = 1n << 2n

/** The names under which the registers of a view are stored. */
const slotsOf = (prefix: '' | 'v') =>
  ({
    stvec: `${prefix}stvec`,
    sscratch: `${prefix}sscratch`,
    sepc: `${prefix}sepc`,
    scause: `${prefix}scause`,
    stval: `${prefix}stval`,
    satp: `${prefix}satp`,
    stimecmp: `${prefix}stimecmp`,
  }) as const

/** What the S-mode views of a hart have in common: registers that are slots, and those that there is one of. */
abstract class SlotSupervisor {
  protected readonly host: CsrHost
  readonly #slots: ReturnType<typeof slotsOf>

  constructor(host: CsrHost, prefix: '' | 'v') {
    this.host = host
    this.#slots = slotsOf(prefix)
  }

  /** The root or the mode of an address space was written. */
  protected abstract spaceWritten(): void

  get stvec(): bigint {
    return this.host.get(this.#slots.stvec)
  }
  set stvec(value: bigint) {
    this.host.set(this.#slots.stvec, value)
  }
  get scounteren(): bigint {
    return this.host.get('scounteren')
  }
  set scounteren(value: bigint) {
    this.host.set('scounteren', value)
  }
  get senvcfg(): bigint {
    return this.host.get('senvcfg')
  }
  set senvcfg(value: bigint) {
    this.host.set('senvcfg', value)
  }
  get sscratch(): bigint {
    return this.host.get(this.#slots.sscratch)
  }
  set sscratch(value: bigint) {
    this.host.set(this.#slots.sscratch, value)
  }
  get sepc(): bigint {
    return this.host.get(this.#slots.sepc)
  }
  set sepc(value: bigint) {
    this.host.set(this.#slots.sepc, value)
  }
  get scause(): bigint {
    return this.host.get(this.#slots.scause)
  }
  set scause(value: bigint) {
    this.host.set(this.#slots.scause, value)
  }
  get stval(): bigint {
    return this.host.get(this.#slots.stval)
  }
  set stval(value: bigint) {
    this.host.set(this.#slots.stval, value)
  }
  get satp(): bigint {
    return this.host.get(this.#slots.satp)
  }
  set satp(value: bigint) {
    this.host.set(this.#slots.satp, value)
    this.spaceWritten()
  }
  get stimecmp(): bigint {
    return this.host.get(this.#slots.stimecmp)
  }
  set stimecmp(value: bigint) {
    this.host.set(this.#slots.stimecmp, value)
    this.host.timersChanged()
  }
}

/** The S-mode view of a hart's own state: `sstatus`, `sie` and `sip` are windows on the M-mode registers. */
export class HartSupervisor extends SlotSupervisor implements SupervisorState {
  constructor(host: CsrHost) {
    super(host, '')
  }

  /** Fields of `mstatus` that `sstatus` shows. */
  get #writable(): bigint {
    return BigInt(this.host.float.supervisorBits)
  }
  get sstatus(): bigint {
    return withDirtySummary((this.host.get('mstatus') & this.#writable) | UXL_64)
  }
  set sstatus(value: bigint) {
    const { host } = this
    const writable = this.#writable
    host.set('mstatus', (host.get('mstatus') & ~writable) | (value & writable))
    host.float.changed()
    host.translationChanged()
    host.interruptsChanged()
  }
  get sie(): bigint {
    return this.host.get('mie') & this.#delegated
  }
  set sie(value: bigint) {
    const delegated = this.#delegated
    this.host.set('mie', (this.host.get('mie') & ~delegated) | (value & delegated))
    this.host.interruptsChanged()
  }
  get sip(): bigint {
    return BigInt(this.host.pendingInterrupts()) & this.#delegated
  }
  set sip(value: bigint) {
    const writable = SSIP & this.host.get('mideleg')
    this.host.set('mip', (this.host.get('mip') & ~writable) | (value & writable))
    this.host.interruptsChanged()
  }
  get #delegated(): bigint {
    return this.host.get('mideleg') & SUPERVISOR_INTERRUPTS
  }
  protected override spaceWritten(): void {
    this.host.satpWritten()
  }
}

/**
 * The S-mode view of a guest of the hypervisor extension. `vsie` and `vsip` are windows on the guests' interrupts that
 * HS-mode has delegated, one position below where they are in `hie` and `hip`.
 */
export class GuestSupervisor extends SlotSupervisor implements SupervisorState {
  constructor(host: CsrHost) {
    super(host, 'v')
  }

  get sstatus(): bigint {
    return withDirtySummary(this.host.get('vsstatus'))
  }
  set sstatus(value: bigint) {
    this.host.set('vsstatus', value & ~STATUS_SD)
    this.host.float.changed()
    this.host.translationChanged()
    this.host.interruptsChanged()
  }
  get sie(): bigint {
    return (this.host.get('mie') & this.host.get('hideleg')) >> 1n
  }
  set sie(value: bigint) {
    const delegated = this.host.get('hideleg')
    this.host.set('mie', (this.host.get('mie') & ~delegated) | ((value << 1n) & delegated))
    this.host.interruptsChanged()
  }
  get sip(): bigint {
    return (BigInt(this.host.pendingInterrupts()) & this.host.get('hideleg')) >> 1n
  }
  set sip(value: bigint) {
    const writable = VSSIP & this.host.get('hideleg')
    this.host.set('hvip', (this.host.get('hvip') & ~writable) | ((value << 1n) & writable))
    this.host.interruptsChanged()
  }
  protected override spaceWritten(): void {
    this.host.guestSpaceWritten()
  }
}
