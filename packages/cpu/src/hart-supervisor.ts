import { SUPERVISOR_INTERRUPTS } from './csr-legalize.ts'
import type { CsrHost } from './csr-row.ts'
import type { SupervisorState } from './csr-supervisor.ts'
import { SSTATUS_WRITABLE, UXL_64 } from './status.ts'

const SSIP = 1n << 1n

/** The S-mode view of a hart's own state: `sstatus`, `sie` and `sip` are windows on the M-mode registers. */
export class HartSupervisor implements SupervisorState {
  readonly #host: CsrHost

  constructor(host: CsrHost) {
    this.#host = host
  }

  get sstatus(): bigint {
    return (this.#host.get('mstatus') & SSTATUS_WRITABLE) | UXL_64
  }
  set sstatus(value: bigint) {
    const host = this.#host
    host.set('mstatus', (host.get('mstatus') & ~SSTATUS_WRITABLE) | (value & SSTATUS_WRITABLE))
    host.translationChanged()
    host.interruptsChanged()
  }
  get sie(): bigint {
    return this.#host.get('mie') & this.#host.get('mideleg')
  }
  set sie(value: bigint) {
    const delegated = this.#host.get('mideleg') & SUPERVISOR_INTERRUPTS
    this.#host.set('mie', (this.#host.get('mie') & ~delegated) | (value & delegated))
    this.#host.interruptsChanged()
  }
  get sip(): bigint {
    return BigInt(this.#host.pendingInterrupts()) & this.#host.get('mideleg')
  }
  set sip(value: bigint) {
    const writable = SSIP & this.#host.get('mideleg')
    this.#host.set('mip', (this.#host.get('mip') & ~writable) | (value & writable))
    this.#host.interruptsChanged()
  }
  get stvec(): bigint {
    return this.#host.get('stvec')
  }
  set stvec(value: bigint) {
    this.#host.set('stvec', value)
  }
  get scounteren(): bigint {
    return this.#host.get('scounteren')
  }
  set scounteren(value: bigint) {
    this.#host.set('scounteren', value)
  }
  get senvcfg(): bigint {
    return this.#host.get('senvcfg')
  }
  set senvcfg(value: bigint) {
    this.#host.set('senvcfg', value)
  }
  get sscratch(): bigint {
    return this.#host.get('sscratch')
  }
  set sscratch(value: bigint) {
    this.#host.set('sscratch', value)
  }
  get sepc(): bigint {
    return this.#host.get('sepc')
  }
  set sepc(value: bigint) {
    this.#host.set('sepc', value)
  }
  get scause(): bigint {
    return this.#host.get('scause')
  }
  set scause(value: bigint) {
    this.#host.set('scause', value)
  }
  get stval(): bigint {
    return this.#host.get('stval')
  }
  set stval(value: bigint) {
    this.#host.set('stval', value)
  }
  get satp(): bigint {
    return this.#host.get('satp')
  }
  set satp(value: bigint) {
    this.#host.set('satp', value)
    this.#host.satpWritten()
  }
  get stimecmp(): bigint {
    return this.#host.get('stimecmp')
  }
  set stimecmp(value: bigint) {
    this.#host.set('stimecmp', value)
    this.#host.interruptsChanged()
  }
}
