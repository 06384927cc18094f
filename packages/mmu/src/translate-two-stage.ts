import type { Gva, Hpa } from './address.ts'
import { gStageSchemeOfMode, schemeOfMode } from './paging-scheme.ts'
import { type MemoryType, memoryTypes } from './pte.ts'
import { faultCause, walkFlags } from './translate.ts'
import { TwoStageWalker } from './two-stage-walker.ts'
import type { WalkMemory } from './walk-memory.ts'
import {
  Access,
  type AccessName,
  PrivilegeLevel,
  WalkFault,
  type WalkReason,
  walkReasons,
} from './walk-result.ts'

/** The rules of one stage. What is left out is off. */
export interface StageRules {
  /** VS-stage: MXR of `vsstatus` or `sstatus`; G-stage: that of `sstatus` alone. */
  readonly mxr?: boolean
  /** Whether hardware sets A and D: `henvcfg.ADUE` for the VS-stage, `menvcfg.ADUE` for the G-stage. */
  readonly svadu?: boolean
  /** Whether PTE bits 62-61 are a memory type: `henvcfg.PBMTE` and `menvcfg.PBMTE`. */
  readonly svpbmt?: boolean
  /** Whether PTE bit 63 makes a 64 KiB page. */
  readonly svnapot?: boolean
}

/** Under which rules {@link translateTwoStage} works. What is left out is off; privilege is VS and access is read. */
export interface TwoStageContext {
  /** Value of `vsatp`. */
  readonly vsatp: bigint
  /** Value of `hgatp`. */
  readonly hgatp: bigint
  /** Effective privilege: with HLV that of `hstatus.SPVP`. */
  readonly privilege?: 'VS' | 'VU'
  /** What the access is for; AMOs count as `write`. */
  readonly access?: AccessName
  /** Whether the access is an HLVX: a `read` that needs X in place of R. */
  readonly hlvx?: boolean
  /** `vsstatus.SUM`. */
  readonly sum?: boolean
  /** Rules of the VS-stage. */
  readonly vsStage?: StageRules
  /** Rules of the G-stage. */
  readonly gStage?: StageRules
}

interface Walked {
  /** Host-physical addresses of the PTEs of both stages that were read, in order. */
  readonly pteAddresses: readonly Hpa[]
}

/** A successful two-stage translation. */
export interface TwoStageTranslated extends Walked {
  /** Tells the two kinds of {@link TwoStageTranslation} apart. */
  readonly ok: true
  /** Guest-physical address between the stages. */
  readonly guestAddress: bigint
  /** Where the address leads; exact below `2^53`. */
  readonly address: Hpa
  /** Base of its 4 KiB page, always exact. */
  readonly page: Hpa
  /** Bytes that are contiguous in both stages: the smaller of the two mappings. */
  readonly pageSize: number
  /** Whether the VS-stage says G. */
  readonly global: boolean
  /** Svpbmt memory type of both stages together. */
  readonly memoryType: MemoryType
  /** Number of PTEs in which A or D was set. */
  readonly updates: number
}

/** A two-stage translation that ended in an exception. */
export interface TwoStageFault extends Walked {
  /** Tells the two kinds of {@link TwoStageTranslation} apart. */
  readonly ok: false
  /** Page fault of the VS-stage, guest-page fault of the G-stage, or access fault when a PTE was out of reach. */
  readonly fault: 'page' | 'guest-page' | 'access'
  /** What was wrong, finer than software is told. */
  readonly reason: WalkReason
  /** Exception code for `scause`. */
  readonly cause: number
  /** For `htval` (`mtval2`): the guest-physical address of a guest-page fault shifted right by 2, otherwise 0. */
  readonly htval: bigint
  /** For `htinst` (`mtinst`): 0x3000 or 0x3020 when a VS-stage PTE could not be read or updated, otherwise 0. */
  readonly htinst: number
}

/** What {@link translateTwoStage} returns. */
export type TwoStageTranslation = TwoStageTranslated | TwoStageFault

const faultNames = ['none', 'page', 'access', 'guest-page'] as const

/**
 * Translates one address of a virtual machine, for tools and tests; a hart uses {@link TwoStageWalker}, which does
 * not allocate.
 *
 * @example
 * ```ts
 * const result = translateTwoStage(memory, { vsatp: 0n, hgatp, access: 'write' }, gva(0x1000n))
 * if (!result.ok) console.log(result.fault, result.htval << 2n)
 * ```
 */
export function translateTwoStage(
  memory: WalkMemory,
  context: TwoStageContext,
  va: Gva,
): TwoStageTranslation {
  const access = Access[context.access ?? 'read']
  const pteAddresses: Hpa[] = []
  const vsScheme = schemeOfMode(Number((context.vsatp >> 60n) & 15n))
  const gScheme = gStageSchemeOfMode(Number((context.hgatp >> 60n) & 15n))
  const failed = (fault: number, reason: WalkReason, htval = 0n, htinst = 0): TwoStageFault => ({
    ok: false,
    fault: faultNames[fault] as TwoStageFault['fault'],
    reason,
    cause: faultCause(fault, access),
    htval,
    htinst,
    pteAddresses,
  })
  if (vsScheme === undefined) return failed(WalkFault.page, 'reserved-mode')
  if (gScheme === undefined) return failed(WalkFault.guestPage, 'reserved-mode')

  const walker = new TwoStageWalker(memory, (address, store) => {
    if (!store) pteAddresses.push(address as Hpa)
    return address
  })
  walker.setVsStage(vsScheme, Number(context.vsatp & 0xfff_ffff_ffffn))
  walker.setGStage(gScheme, Number(context.hgatp & 0xfff_ffff_ffffn))
  const { hlvx = false, sum = false } = context
  const fault = walker.walk(
    Number(va & 0xffff_ffffn),
    Number(va >> 32n),
    access,
    context.privilege === 'VU' ? PrivilegeLevel.U : PrivilegeLevel.S,
    walkFlags({ ...context.vsStage, sum, hlvx }),
    walkFlags({ ...context.gStage, hlvx }),
  )
  const { result } = walker
  if (fault !== WalkFault.none) {
    const htval = fault === WalkFault.guestPage ? result.guestAddress >> 2n : 0n
    return failed(fault, walkReasons[result.reason], htval, result.pseudoinstruction)
  }
  return {
    ok: true,
    guestAddress: result.guestAddress,
    address: (result.page + Number(va & 0xfffn)) as Hpa,
    page: result.page as Hpa,
    pageSize: 2 ** result.mappingShift,
    global: result.global,
    memoryType: memoryTypes[result.memoryType],
    updates: result.updates,
    pteAddresses,
  }
}
