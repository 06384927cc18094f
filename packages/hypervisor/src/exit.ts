import type { Decoded } from '@worldswitch/isa'
import type { Gpa, Gva } from '@worldswitch/mmu'

/** An access to something that is not RAM. */
export interface DeviceAccess {
  readonly instruction: Decoded
  readonly gpa: Gpa
  /** Where the access goes, when the instruction is a transformed one (`htinst`), which does not say it. */
  readonly address?: bigint
}

/**
 * Why a guest stopped running and the monitor took over: the closed set of VM exits. A strategy returns one of
 * these from each entry; which kinds can occur is the strategy's nature, what they mean is the same for all.
 */
export type Exit =
  /** A load from guest-physical memory that is not RAM: a device register, or nothing at all. */
  | ({ readonly kind: 'mmioRead' } & DeviceAccess)
  /** A store (or AMO) to guest-physical memory that is not RAM. */
  | ({ readonly kind: 'mmioWrite' } & DeviceAccess)
  /** ECALL from the guest's S-mode: a call to its firmware. */
  | { readonly kind: 'sbiCall' }
  /** A CSR instruction that the guest may not execute itself. */
  | { readonly kind: 'csrAccess'; readonly instruction: Decoded }
  /** SRET. */
  | { readonly kind: 'trapReturn'; readonly instruction: Decoded }
  /** SFENCE.VMA. */
  | { readonly kind: 'translationFence'; readonly instruction: Decoded }
  /** WFI. */
  | { readonly kind: 'waitForInterrupt'; readonly instruction: Decoded }
  /** ECALL from the guest's U-mode, to be delivered to the guest's kernel. */
  | { readonly kind: 'guestSystemCall' }
  /** A page fault by the guest's own page tables, to be delivered to the guest's kernel. */
  | { readonly kind: 'guestPageFault'; readonly cause: number; readonly gva: Gva }
  /** Any other exception of the guest's own making, to be delivered to the guest's kernel. */
  | { readonly kind: 'guestFault'; readonly cause: number; readonly tval: bigint }
  /** The guest's tables allow the access, the strategy's own (shadow) tables did not yet: a hidden fault. */
  | { readonly kind: 'shadowFault'; readonly gva: Gva }
  /** The guest's tables allow the access, the second stage had no page there yet. */
  | { readonly kind: 'nestedFault'; readonly gpa: Gpa }
  /** The guest uses floating point, and the hart's registers are another's: they are handed over. */
  | { readonly kind: 'floatSwitch' }
  /** The budget of this entry is used up. */
  | { readonly kind: 'preemption' }

/** Names of the exits. */
export type ExitKind = Exit['kind']

/** The exit of one kind. */
export type ExitOf<K extends ExitKind> = Extract<Exit, { kind: K }>

const kinds = {
  mmioRead: 'device register read',
  mmioWrite: 'device register written',
  sbiCall: 'firmware call',
  csrAccess: 'CSR instruction emulated',
  trapReturn: 'SRET emulated',
  translationFence: 'SFENCE.VMA emulated',
  waitForInterrupt: 'WFI',
  guestSystemCall: 'system call delivered to the guest kernel',
  guestPageFault: 'page fault delivered to the guest kernel',
  guestFault: 'other exception delivered to the guest kernel',
  shadowFault: 'shadow page table filled',
  nestedFault: 'second-stage page table filled',
  floatSwitch: 'floating-point registers handed over',
  preemption: 'time slice over',
} as const satisfies Record<ExitKind, string>

/** Every exit kind, in the order of reports. */
export const exitKinds = Object.keys(kinds) as readonly ExitKind[]

/** What an exit kind means, in a few words. */
export const exitTitle = (kind: ExitKind): string => kinds[kind]
