import { ExceptionCause, type Trap } from '@worldswitch/cpu'
import type { Execution, Exit, Host, Strategy, Vcpu, Vm } from '@worldswitch/hypervisor'
import { type Decoded, decode, type Extension } from '@worldswitch/isa'
import { Access, gpa, gva } from '@worldswitch/mmu'
import { type ShadowSpace, ShadowSpaces } from './shadow-spaces.ts'

const FLOAT: ReadonlySet<Extension> = new Set(['F', 'D'])

/** Memory is taken from the host in such pieces, so that guests' large pages can be the hart's. */
const LARGEST_PAGE = 2 ** 21

/** What a page-fault cause says of the access. */
const ACCESS_OF_CAUSE: Readonly<Record<number, number>> = {
  [ExceptionCause.instructionPageFault]: Access.execute,
  [ExceptionCause.loadPageFault]: Access.read,
  [ExceptionCause.storePageFault]: Access.write,
}

/** Instructions that are kept decoded: kernels have few that are privileged. */
const MOST_DECODED = 1024

/** Exits by the name of the privileged instruction that caused an illegal-instruction trap. */
const EXIT_OF_INSTRUCTION: Readonly<Record<string, 'trapReturn' | 'translationFence' | 'waitForInterrupt'>> =
  {
    sret: 'trapReturn',
    'sfence.vma': 'translationFence',
    wfi: 'waitForInterrupt',
  }

/**
 * Runs one VM by trap and emulate: all of the guest, its kernel too, executes in U-mode on shadow page tables.
 * Whatever is privileged traps, and is carried out on the vCPU's state.
 */
class TrapEmulate implements Execution {
  readonly #host: Host
  readonly #vm: Vm
  readonly #spaces: ShadowSpaces
  readonly #decoded = new Map<number, Decoded | undefined>()
  /** Instructions that had retired when room was made for shadow tables. */
  #roomMadeAt = -1

  constructor(host: Host, vm: Vm) {
    this.#host = host
    this.#vm = vm
    vm.memory.largestBlock = LARGEST_PAGE
    this.#spaces = new ShadowSpaces(host, vm)
  }

  enter(vcpu: Vcpu, budget: number): Exit {
    const space = this.#space(vcpu)
    if (!space) return { kind: 'preemption' }
    const { hart, float } = this.#host
    const { state } = vcpu
    this.#host.useTranslation(space.satp)
    // Time and counters are the vCPU's own, so reading them must trap.
    this.#host.useUserEnvironment(0n, 0n)
    hart.loadRegisters(state.x)
    float.enter(vcpu)
    hart.pc = state.pc
    const { trap } = this.#host.run(this.#vm.ledger, budget)
    hart.saveRegisters(state.x)
    float.leave(vcpu)
    state.pc = hart.pc
    return trap ? this.#exit(vcpu, space, trap) : { kind: 'preemption' }
  }

  fence(address: bigint | undefined, asid: bigint | undefined): void {
    this.#spaces.fence(address, asid)
  }

  release(): void {
    this.#spaces.reset()
    this.#roomMadeAt = -1
  }

  #exit(vcpu: Vcpu, space: ShadowSpace, { cause, tval }: Trap): Exit {
    switch (cause) {
      case ExceptionCause.environmentCallFromU:
        return { kind: vcpu.state.privilege === 'S' ? 'sbiCall' : 'guestSystemCall' }
      case ExceptionCause.illegalInstruction:
        return this.#illegal(vcpu, tval)
      case ExceptionCause.instructionPageFault:
      case ExceptionCause.loadPageFault:
      case ExceptionCause.storePageFault:
        return this.#pageFault(vcpu, space, cause, tval)
      default:
        return { kind: 'guestFault', cause, tval }
    }
  }

  #illegal(vcpu: Vcpu, word: bigint): Exit {
    const instruction = this.#decode(Number(BigInt.asUintN(32, word)))
    if (instruction?.base.extension === 'Zicsr') return { kind: 'csrAccess', instruction }
    if (instruction && FLOAT.has(instruction.base.extension) && this.#lacksFloat(vcpu))
      return { kind: 'floatSwitch' }
    const kind = instruction && EXIT_OF_INSTRUCTION[instruction.base.name]
    if (instruction && kind) return { kind, instruction }
    return { kind: 'guestFault', cause: ExceptionCause.illegalInstruction, tval: word }
  }

  #decode(word: number): Decoded | undefined {
    const known = this.#decoded.get(word)
    if (known) return known
    if (this.#decoded.size >= MOST_DECODED) this.#decoded.clear()
    const instruction = decode(word)
    this.#decoded.set(word, instruction)
    return instruction
  }

  /** Whether a guest that may use floating point found the hart's registers locked. */
  #lacksFloat(vcpu: Vcpu): boolean {
    return !vcpu.state.floatOff && !this.#host.float.heldBy(vcpu)
  }

  /** A page that the shadow tables do not map (so): by the guest's fault, by ours, or because it is a device. */
  #pageFault(vcpu: Vcpu, space: ShadowSpace, cause: number, va: bigint): Exit {
    const access = ACCESS_OF_CAUSE[cause]
    const target = vcpu.access.translate(va, access)
    if (target < 0) {
      const { fault } = vcpu.access
      return fault.cause === cause
        ? { kind: 'guestPageFault', cause, gva: gva(va) }
        : { kind: 'guestFault', ...fault }
    }
    if (this.#vm.memory.hostAddress(target) >= 0) {
      if (!this.#spaces.map(space, vcpu, va, target, vcpu.access.walker.result)) this.#makeRoom()
      return { kind: 'shadowFault', gva: gva(va) }
    }
    if (access === Access.execute) {
      return { kind: 'guestFault', cause: ExceptionCause.instructionAccessFault, tval: va }
    }
    const instruction = this.#fetch(vcpu)
    if (!instruction) return { kind: 'guestFault', ...vcpu.access.fault }
    return { kind: access === Access.write ? 'mmioWrite' : 'mmioRead', instruction, gpa: gpa(target) }
  }

  /** The instruction at the vCPU's `pc`, read as the guest's own tables map it. */
  #fetch(vcpu: Vcpu): Decoded | undefined {
    const word = vcpu.access.fetch(vcpu.state.pc)
    if (word < 0) return undefined
    const instruction = decode(word)
    if (!instruction) vcpu.access.fault = { cause: ExceptionCause.illegalInstruction, tval: BigInt(word) }
    return instruction
  }

  /**
   * Drops all shadow tables because there is no memory for more. Where that did not help the guest to a single
   * instruction the last time, there is not enough for its next one.
   */
  #makeRoom(): void {
    const { directInstructions, emulatedInstructions } = this.#vm.ledger
    const retired = directInstructions + emulatedInstructions
    if (retired === this.#roomMadeAt) this.#vm.end({ reason: 'out-of-memory', code: 1 })
    this.#roomMadeAt = retired
    this.#spaces.clear()
  }

  /** The vCPU's shadow tables; makes room by dropping the others where there is none. */
  #space(vcpu: Vcpu): ShadowSpace | undefined {
    const space = this.#spaces.select(vcpu)
    if (space) return space
    this.#spaces.clear()
    const again = this.#spaces.select(vcpu)
    if (!again) this.#vm.end({ reason: 'out-of-memory', code: 1 })
    return again
  }
}

/**
 * Classic trap-and-emulate: deprivileged guest, shadow page tables, no help from the hardware. It needs an
 * instruction set on which every sensitive instruction traps in U-mode.
 *
 * @see Popek & Goldberg, "Formal Requirements for Virtualizable Third Generation Architectures", 1974
 */
export const trapEmulate: Strategy = {
  name: 'trap-emulate',
  title: 'Trap and emulate: the whole guest in U-mode, shadow page tables',
  attach: (host, vm) => new TrapEmulate(host, vm),
}
