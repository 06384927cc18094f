import type { Gpa, Gva } from './address.ts'
import { PageWalker } from './page-walker.ts'
import { schemeOfMode } from './paging-scheme.ts'
import { type MemoryType, memoryTypes } from './pte.ts'
import type { WalkMemory } from './walk-memory.ts'
import {
  Access,
  type AccessName,
  PrivilegeLevel,
  type PrivilegeName,
  WalkFault,
  WalkFlag,
  type WalkReason,
  walkReasons,
} from './walk-result.ts'

/** Under which rules {@link translate} works. What is left out is off; privilege is S and access is read. */
export interface TranslationContext {
  /** Value of `satp`. */
  readonly satp: bigint
  /** Effective privilege: with `mstatus.MPRV` that of MPP. */
  readonly privilege?: PrivilegeName
  /** What the access is for; AMOs count as `write`. */
  readonly access?: AccessName
  /** `sstatus.SUM`. */
  readonly sum?: boolean
  /** `sstatus.MXR`. */
  readonly mxr?: boolean
  /** Whether hardware sets A and D; the translation then writes to memory. */
  readonly svadu?: boolean
  /** Whether PTE bits 62-61 are a memory type; otherwise they are reserved. */
  readonly svpbmt?: boolean
  /** Whether PTE bit 63 makes a 64 KiB page; otherwise it is reserved. */
  readonly svnapot?: boolean
}

interface Walked {
  /** Addresses of the PTEs that were read, root first. */
  readonly pteAddresses: readonly Gpa[]
}

/** A successful translation. */
export interface Translated extends Walked {
  /** Tells the two kinds of {@link Translation} apart. */
  readonly ok: true
  /** Where the address leads; exact below `2^53`. */
  readonly address: Gpa
  /** Base of its 4 KiB page, always exact. */
  readonly page: Gpa
  /** Level of the leaf, 0 for the smallest. */
  readonly level: number
  /** Bytes of the mapping: 4 KiB, 64 KiB (NAPOT), 2 MiB, 1 GiB, 512 GiB or 256 TiB; without translation 4 KiB. */
  readonly pageSize: number
  /** Low eight bits of the leaf, see `PteBit`. */
  readonly bits: number
  /** Whether the leaf or a PTE above it has G set. */
  readonly global: boolean
  /** Svpbmt memory type. */
  readonly memoryType: MemoryType
  /** Whether A or D was set by this translation. */
  readonly updated: boolean
}

/** A translation that ended in an exception. */
export interface TranslationFault extends Walked {
  /** Tells the two kinds of {@link Translation} apart. */
  readonly ok: false
  /** Page fault, or access fault when a PTE was out of reach. */
  readonly fault: 'page' | 'access'
  /** What was wrong, finer than software is told. */
  readonly reason: WalkReason
  /** Exception code for `scause`. */
  readonly cause: number
}

/** What {@link translate} returns. */
export type Translation = Translated | TranslationFault

/**
 * Exception code of a failed walk.
 *
 * @param fault - one of `WalkFault`, not `none`.
 * @param access - one of `Access`, as the original access was.
 * @returns 12, 13, 15 or 1, 5, 7 or 20, 21, 23.
 * @see Privileged ISA, "Supervisor Cause (scause) Register"
 */
export function faultCause(fault: number, access: number): number {
  return CAUSES[fault][access]
}

/** Per `WalkFault`, per `Access`. */
const CAUSES = [[], [13, 15, 12], [5, 7, 1], [21, 23, 20]]

/**
 * Translates one address, for tools and tests; a hart uses {@link PageWalker}, which does not allocate.
 *
 * @example
 * ```ts
 * const result = translate(memory, { satp, privilege: 'U', access: 'write' }, gva(0x1000n))
 * if (result.ok) console.log(result.address.toString(16))
 * else console.log(result.fault, result.reason)
 * ```
 */
export function translate(memory: WalkMemory, context: TranslationContext, va: Gva): Translation {
  const access = Access[context.access ?? 'read']
  const privilege = PrivilegeLevel[context.privilege ?? 'S']
  const scheme = schemeOfMode(Number((context.satp >> 60n) & 15n))
  if (scheme === undefined && privilege !== PrivilegeLevel.M) {
    const cause = faultCause(WalkFault.page, access)
    return { ok: false, fault: 'page', reason: 'reserved-mode', cause, pteAddresses: [] }
  }
  const walker = new PageWalker(memory)
  const { result } = walker
  const fault = walker.walk(
    scheme ?? schemeOfMode(0)!,
    Number(context.satp & 0xfff_ffff_ffffn),
    Number(va & 0xffff_ffffn),
    Number((va >> 32n) & 0xffff_ffffn),
    access,
    privilege,
    walkFlags(context),
  )
  const pteAddresses = Array.from(result.pteAddresses.subarray(0, result.references)) as Gpa[]
  if (fault !== WalkFault.none) {
    return {
      ok: false,
      fault: fault === WalkFault.page ? 'page' : 'access',
      reason: walkReasons[result.reason],
      cause: faultCause(fault, access),
      pteAddresses,
    }
  }
  return {
    ok: true,
    address: (result.page + Number(va & 0xfffn)) as Gpa,
    page: result.page as Gpa,
    level: result.level,
    pageSize: 2 ** result.shift,
    bits: result.bits,
    global: result.global,
    memoryType: memoryTypes[result.memoryType],
    updated: result.updates > 0,
    pteAddresses,
  }
}

/** {@link WalkFlag} bits of the switches that are on. */
export function walkFlags(on: { readonly [flag in keyof typeof WalkFlag]?: boolean }): number {
  return (
    (on.sum ? WalkFlag.sum : 0) |
    (on.mxr ? WalkFlag.mxr : 0) |
    (on.svadu ? WalkFlag.svadu : 0) |
    (on.svpbmt ? WalkFlag.svpbmt : 0) |
    (on.svnapot ? WalkFlag.svnapot : 0) |
    (on.hlvx ? WalkFlag.hlvx : 0)
  )
}
