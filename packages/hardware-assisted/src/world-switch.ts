import type { Host, Vcpu, VcpuState } from '@worldswitch/hypervisor'
import type { ControlRegisters } from './controls.ts'

const HSTATUS = 0x600
const HEDELEG = 0x602
const HIDELEG = 0x603
const HTIMEDELTA = 0x605
const HCOUNTEREN = 0x606
const HENVCFG = 0x60a
const HVIP = 0x645
const HGATP = 0x680
const VSIP = 0x244
const VSTIMECMP = 0x24d

/** CSRs that VS-mode has of its own, by what they are in a vCPU's state. */
const replicas = [
  ['sstatus', 0x200],
  ['sie', 0x204],
  ['stvec', 0x205],
  ['sscratch', 0x240],
  ['sepc', 0x241],
  ['scause', 0x242],
  ['stval', 0x243],
  ['satp', 0x280],
] as const satisfies readonly (readonly [keyof VcpuState, number])[]

/** VSSIP, VSTIP and VSEIP. */
const GUEST_INTERRUPTS = 0x444n
const VSTIP = 1n << 6n

/** What is of a VM, and stays. */
export interface GuestWorld {
  readonly registers: ControlRegisters
  /** Whether `vstimecmp` makes the timer interrupt pending, rather than the monitor. */
  readonly guestTimer: boolean
  /** What guest time is ahead of the host's, in ticks. */
  readonly timeDelta: number
}

/** The switches of all hosts: what is in a hart is known to all strategies that use this one. */
const switches = new WeakMap<Host, WorldSwitch>()

/** The world switch of a host. */
export function worldSwitchOf(host: Host): WorldSwitch {
  let found = switches.get(host)
  if (!found) {
    found = new WorldSwitch(host)
    switches.set(host, found)
  }
  return found
}

/**
 * Puts virtual CPUs into a hart and takes them out again. A vCPU's state has everything between two entries; what the
 * hart still holds of the last one is not written again.
 *
 * @see Privileged ISA, "Hypervisor and Virtual Supervisor CSRs"
 */
export class WorldSwitch {
  readonly #host: Host
  #resident: Vcpu | undefined
  #world: GuestWorld | undefined
  #hgatp = 0n
  #hvip = 0n
  #stimecmp = 0n
  readonly #last: bigint[] = replicas.map(() => 0n)

  constructor(host: Host) {
    this.#host = host
    const { hart } = host
    hart.writeCsr(HIDELEG, GUEST_INTERRUPTS)
    this.#stimecmp = hart.readCsr(VSTIMECMP)
  }

  /** Loads a vCPU: the hart is in VS- or VU-mode then. */
  enter(vcpu: Vcpu, world: GuestWorld, hgatp: bigint): void {
    const { hart, float } = this.#host
    const { state } = vcpu
    if (world !== this.#world) this.#useWorld(world)
    if (hgatp !== this.#hgatp) hart.writeCsr(HGATP, hgatp)
    this.#hgatp = hgatp
    const same = this.#resident === vcpu
    this.#resident = vcpu
    for (let index = 0; index < replicas.length; index++) {
      const [name, number] = replicas[index]
      if (!same || state[name] !== this.#last[index]) hart.writeCsr(number, state[name])
    }
    const pending = (state.sip << 1n) & (world.guestTimer ? ~VSTIP : -1n)
    if (pending !== this.#hvip) hart.writeCsr(HVIP, pending)
    if (world.guestTimer && state.stimecmp !== this.#stimecmp) hart.writeCsr(VSTIMECMP, state.stimecmp)
    this.#host.useUserEnvironment(state.scounteren, state.senvcfg)
    hart.loadRegisters(state.x)
    float.load(vcpu)
    hart.pc = state.pc
    hart.privilege = state.privilege
    hart.virtual = true
  }

  /** Stores the vCPU that is in the hart. The hart is in the host's U-mode then. */
  leave(vcpu: Vcpu, { guestTimer }: GuestWorld): void {
    const { hart, float } = this.#host
    const { state } = vcpu
    state.privilege = hart.privilege === 'U' ? 'U' : 'S'
    hart.virtual = false
    hart.privilege = 'U'
    hart.saveRegisters(state.x)
    state.pc = hart.pc
    // Before `sstatus`: the guest may have made its FS clean again.
    float.leave(vcpu)
    for (let index = 0; index < replicas.length; index++) {
      const [name, number] = replicas[index]
      state[name] = this.#last[index] = hart.readCsr(number)
    }
    this.#hvip = hart.readCsr(HVIP)
    state.sip = hart.readCsr(VSIP)
    if (guestTimer) state.stimecmp = this.#stimecmp = hart.readCsr(VSTIMECMP)
    Object.assign(state, this.#host.takeUserEnvironment())
  }

  /** Tables that are given back must not be walked any more. */
  forget(): void {
    this.#host.hart.writeCsr(HGATP, 0n)
    this.#hgatp = 0n
  }

  #useWorld(world: GuestWorld): void {
    const { hart } = this.#host
    const { hedeleg, hcounteren, hstatus, henvcfg } = world.registers
    hart.writeCsr(HEDELEG, hedeleg)
    hart.writeCsr(HCOUNTEREN, hcounteren)
    hart.writeCsr(HSTATUS, hstatus)
    hart.writeCsr(HENVCFG, henvcfg)
    hart.writeCsr(HTIMEDELTA, BigInt.asUintN(64, BigInt(world.timeDelta)))
    this.#world = world
  }
}
