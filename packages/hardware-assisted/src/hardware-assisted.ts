import { ExceptionCause, type Trap } from '@worldswitch/cpu'
import {
  type Execution,
  type Exit,
  type Host,
  HypervisorError,
  type Strategy,
  type Vcpu,
  type Vm,
} from '@worldswitch/hypervisor'
import { decode } from '@worldswitch/isa'
import { gpa, gva } from '@worldswitch/mmu'
import { type Controls, completeControls, controlledExtensions, controlRegisters } from './controls.ts'
import { NestedTables } from './nested-tables.ts'
import { type GuestWorld, type WorldSwitch, worldSwitchOf } from './world-switch.ts'

/** Exits by the name of the instruction that caused a virtual-instruction exception. */
const EXIT_OF_INSTRUCTION: Readonly<Record<string, 'trapReturn' | 'translationFence' | 'waitForInterrupt'>> =
  {
    sret: 'trapReturn',
    'sfence.vma': 'translationFence',
    wfi: 'waitForInterrupt',
  }

/** What an access beyond the VM's memory is to its guest, by the guest-page fault that tells of it. */
const ACCESS_FAULT: Readonly<Record<number, number>> = {
  [ExceptionCause.instructionGuestPageFault]: ExceptionCause.instructionAccessFault,
  [ExceptionCause.loadGuestPageFault]: ExceptionCause.loadAccessFault,
  [ExceptionCause.storeGuestPageFault]: ExceptionCause.storeAccessFault,
}

/** No physical address is beyond. */
const BUS_END = 2 ** 56

/** `htinst` of a fault on the way through the guest's own tables has these bits; a transformed instruction never does. */
const isPseudoinstruction = (tinst: number): boolean => tinst === 0x3000 || tinst === 0x3020

/**
 * Runs one VM with the help of the hart: its kernel in VS-mode, its programs in VU-mode, its memory behind a second
 * stage. What exits is told by the controls.
 */
class HardwareAssisted implements Execution {
  readonly deliversInterrupts = true
  readonly #host: Host
  readonly #vm: Vm
  readonly #tables: NestedTables
  #world: GuestWorld
  readonly #switch: WorldSwitch
  /** One for each vCPU: their address-space identifiers are their own. */
  readonly #vmids = new Map<Vcpu, number>()

  constructor(host: Host, vm: Vm, controls: Controls) {
    if (!host.hypervisor) {
      throw new HypervisorError(
        'unsupported-host',
        'hardware assistance needs a hart with the hypervisor extension: give the host hypervisor: true',
      )
    }
    this.#host = host
    this.#vm = vm
    this.#tables = new NestedTables(host, vm)
    vm.memory.largestBlock = controls.largestPage
    this.#world = {
      registers: controlRegisters(controls, host.svadu),
      guestTimer: controls.guestTimer,
      timeDelta: vm.time() - host.time,
    }
    this.#switch = worldSwitchOf(host)
  }

  enter(vcpu: Vcpu, budget: number): Exit {
    const hgatp = this.#hgatp(vcpu)
    if (hgatp === undefined) {
      this.#vm.end({ reason: 'out-of-memory', code: 1 })
      return { kind: 'preemption' }
    }
    this.#adjustTime()
    this.#switch.enter(vcpu, this.#world, hgatp)
    const { trap } = this.#host.run(this.#vm.ledger, budget)
    this.#switch.leave(vcpu, this.#world)
    return trap ? this.#exit(trap) : { kind: 'preemption' }
  }

  fence(address: bigint | undefined, asid: bigint | undefined): void {
    const { hart } = this.#host
    const space = asid === undefined ? undefined : Number(asid & 0xffffn)
    for (const vmid of this.#vmids.values()) hart.flushFirstStage(vmid, address, space)
  }

  release(): void {
    this.#switch.forget()
    for (const vmid of this.#vmids.values()) this.#host.releaseVmid(vmid)
    this.#vmids.clear()
    this.#tables.release()
  }

  /** A guest that was paused, or reset, has another time than before. */
  #adjustTime(): void {
    const timeDelta = this.#vm.time() - this.#host.time
    if (timeDelta !== this.#world.timeDelta) this.#world = { ...this.#world, timeDelta }
  }

  /** @returns `undefined` when the host has no memory, or no identifier, for it. */
  #hgatp(vcpu: Vcpu): bigint | undefined {
    let vmid = this.#vmids.get(vcpu)
    if (vmid === undefined) {
      vmid = this.#host.takeVmid()
      if (vmid === undefined) return undefined
      this.#vmids.set(vcpu, vmid)
    }
    return this.#tables.hgatp(vmid)
  }

  #exit(trap: Trap): Exit {
    const { cause, tval } = trap
    // No interrupt is the host's: there is none to hand on.
    if (trap.interrupt) return { kind: 'preemption' }
    switch (cause) {
      case ExceptionCause.environmentCallFromVS:
        return { kind: 'sbiCall' }
      case ExceptionCause.environmentCallFromU:
        return { kind: 'guestSystemCall' }
      case ExceptionCause.virtualInstruction:
        return this.#virtualInstruction(tval)
      case ExceptionCause.instructionPageFault:
      case ExceptionCause.loadPageFault:
      case ExceptionCause.storePageFault:
        return { kind: 'guestPageFault', cause, gva: gva(tval) }
      case ExceptionCause.instructionGuestPageFault:
      case ExceptionCause.loadGuestPageFault:
      case ExceptionCause.storeGuestPageFault:
        return this.#guestPageFault(trap)
      default:
        return { kind: 'guestFault', cause, tval }
    }
  }

  /** What would be legal in HS-mode is carried out for the guest, or is illegal to it as on a hart without VS-mode. */
  #virtualInstruction(word: bigint): Exit {
    const instruction = decode(Number(word & 0xffff_ffffn))
    if (instruction?.base.extension === 'Zicsr') return { kind: 'csrAccess', instruction }
    const kind = instruction && EXIT_OF_INSTRUCTION[instruction.base.name]
    if (instruction && kind) return { kind, instruction }
    return { kind: 'guestFault', cause: ExceptionCause.illegalInstruction, tval: word }
  }

  /** A guest-physical address that the second stage does not map: memory not touched before, a device, or nothing. */
  #guestPageFault({ cause, tval, tval2, tinst: told }: Trap): Exit {
    const target = Number((tval2 << 2n) | (tval & 3n))
    if (this.#vm.memory.contains(target)) {
      if (!this.#tables.fill(target)) this.#vm.end({ reason: 'out-of-memory', code: 1 })
      return { kind: 'nestedFault', gpa: gpa(target) }
    }
    const tinst = Number(told)
    const transformed =
      target >= BUS_END || tinst === 0 || isPseudoinstruction(tinst) ? undefined : decode((tinst | 2) >>> 0)
    // A fetch, and an entry of the guest's tables, is never from a device.
    if (!transformed) return { kind: 'guestFault', cause: ACCESS_FAULT[cause], tval }
    const address = BigInt.asUintN(64, tval - BigInt(transformed.rs1))
    const instruction = { ...transformed, length: (tinst & 2) !== 0 ? 4 : 2 } as const
    const kind = cause === ExceptionCause.storeGuestPageFault ? 'mmioWrite' : 'mmioRead'
    return { kind, instruction, gpa: gpa(target), address }
  }
}

/**
 * Hardware assistance with execution controls of one's own.
 *
 * @param controls - what is left out is as in {@link defaultControls}.
 * @throws HypervisorError `bad-controls`, naming what there is.
 */
export function createHardwareAssisted(controls: Partial<Controls> = {}): Strategy {
  const complete = completeControls(controls)
  return {
    name: 'hardware-assisted',
    title: 'Hardware assistance: VS-mode, nested page tables',
    needsHypervisor: true,
    extensions: controlledExtensions(complete),
    attach: (host, vm) => new HardwareAssisted(host, vm, complete),
  }
}

/**
 * Hardware assistance by the hypervisor extension: the guest's kernel in VS-mode, nested page tables, and no exit where
 * the hart can do without. The host needs `hypervisor: true`.
 *
 * @see Privileged ISA, chapter "Hypervisor Extension"
 */
export const hardwareAssisted: Strategy = createHardwareAssisted()
