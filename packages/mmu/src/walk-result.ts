/** What the access is for; also the kind of TLB array that caches its translation. */
export const Access = { read: 0, write: 1, execute: 2 } as const
/** Names of the accesses, in the order of their numbers. */
export type AccessName = keyof typeof Access

/** Privilege modes as the architecture numbers them. */
export const PrivilegeLevel = { U: 0, S: 1, M: 3 } as const
/** Names of the privilege modes. */
export type PrivilegeName = keyof typeof PrivilegeLevel

/** Bits that say under which rules a walk runs; combine them with `|`. */
export const WalkFlag = {
  /** `sstatus.SUM`: S-mode loads and stores may touch pages with U=1. */
  sum: 1,
  /** `sstatus.MXR`: loads may read pages that are only executable. */
  mxr: 2,
  /** Svadu in force (`menvcfg.ADUE`): hardware sets A and D. Otherwise Svade: a page fault asks software to. */
  svadu: 4,
  /** Svpbmt in force (`menvcfg.PBMTE`): PTE bits 62-61 are a memory type. Otherwise they are reserved. */
  svpbmt: 8,
  /** Svnapot implemented: PTE bit 63 makes a 64 KiB page. Otherwise it is reserved. */
  svnapot: 16,
  /** The access is an HLVX: a read that needs X where other reads need R, whatever MXR says. */
  hlvx: 32,
} as const

/**
 * How a walk ended. The trap's cause follows from this and the original access. Only two-stage translation has
 * guest-page faults.
 */
export const WalkFault = { none: 0, page: 1, access: 2, guestPage: 3 } as const

/** Why a walk ended as it did, finer than the architecture tells software. Index: {@link WalkResult.reason}. */
export const walkReasons = [
  'none',
  'non-canonical',
  'invalid',
  'reserved-bits',
  'too-deep',
  'misaligned-superpage',
  'user-page',
  'supervisor-page',
  'permission',
  'not-accessed',
  'not-dirty',
  'not-memory',
  'reference-refused',
  'reserved-mode',
] as const
/** Name of a reason. */
export type WalkReason = (typeof walkReasons)[number]

/** {@link walkReasons} by name, for the numeric side. */
export const reasonNumber = Object.fromEntries(walkReasons.map((name, index) => [name, index])) as Readonly<
  Record<WalkReason, number>
>

/** What a walk found. One object is reused by every walk of a walker: copy what must outlive the next walk. */
export class WalkResult {
  /** One of {@link WalkFault}. The fields up to `memoryType` mean something only when it is `none`. */
  fault = 0
  /** Index into {@link walkReasons}. */
  reason = 0
  /** Physical base of the 4 KiB page that holds the address, in bytes: a multiple of 4096 below `2^56`. */
  page = 0
  /** Level of the leaf: 0 for 4 KiB, 1 for 2 MiB, ... Without translation 0. */
  level = 0
  /** log2 of the size of the mapping: 12, 16 (NAPOT), 21, 30, 39, 48. Without translation 12. */
  shift = 12
  /** PTE bits 7..0 (D A G U X W R V) after any update. Without translation those of an all-permitting page. */
  bits = 0
  /** Whether the leaf or a PTE above it has G set. */
  global = false
  /** Svpbmt memory type: 0 PMA, 1 NC, 2 IO. */
  memoryType = 0
  /** PTEs read, also on a fault. */
  references = 0
  /** PTEs written to set A or D (0 or 1). */
  updates = 0
  /** Addresses of the PTEs referred to, root first; `references` of them are valid. */
  readonly pteAddresses = new Float64Array(5)
}
