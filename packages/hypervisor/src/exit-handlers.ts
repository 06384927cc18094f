import { ExceptionCause } from '@worldswitch/cpu'
import type { Decoded } from '@worldswitch/isa'
import type { DeviceAccess, ExitKind, ExitOf } from './exit.ts'
import type { Vcpu } from './vcpu.ts'

/** What the monitor does about each kind of exit. */
export type ExitHandlers = { readonly [K in ExitKind]: (vcpu: Vcpu, exit: ExitOf<K>) => void }

const access = (vcpu: Vcpu, { instruction, address }: DeviceAccess): void =>
  vcpu.emulate(instruction, address)

const carryOut = (vcpu: Vcpu, { instruction }: { readonly instruction: Decoded }): void =>
  vcpu.emulate(instruction)

/** One handler per kind; a kind without one does not compile. */
export const exitHandlers: ExitHandlers = {
  mmioRead: access,
  mmioWrite: access,
  csrAccess: carryOut,
  trapReturn: carryOut,
  translationFence: carryOut,
  waitForInterrupt: carryOut,
  sbiCall: (vcpu) => vcpu.vm.firmwareCall(vcpu),
  guestSystemCall: (vcpu) => vcpu.raise(ExceptionCause.environmentCallFromU, 0n),
  guestPageFault: (vcpu, { cause, gva }) => vcpu.raise(cause, gva),
  guestFault: (vcpu, { cause, tval }) => vcpu.raise(cause, tval),
  // The strategy has filled its tables; the guest tries again.
  shadowFault: () => {},
  nestedFault: () => {},
  // The guest tries again, and finds them its own.
  floatSwitch: (vcpu) => vcpu.vm.host.float.give(vcpu),
  // The scheduler goes by the clock.
  preemption: () => {},
}
