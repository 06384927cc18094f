/**
 * RISC-V page-table walks, page-table builder and printer, and TLB layout.
 *
 * @packageDocumentation
 */
export { type Gpa, type Gva, gpa, gva, type Hpa, hpa } from './address.ts'
export { ArrayMemory, type ArrayMemoryOptions } from './array-memory.ts'
export { ContextSet } from './context-set.ts'
export { ContextTable, type ContextTableEvents, NO_VMID } from './context-table.ts'
export { type FrameAllocator, type FrameRange, frameRange } from './frame-allocator.ts'
export { GStageTable, type GuestLeaf, type GuestMapping, type GuestRange } from './g-stage-table.ts'
export { decodeHgatp, encodeHgatp, type Hgatp } from './hgatp.ts'
export {
  formatGStageTable,
  formatPageTable,
  type GuestMappedRange,
  type MappedRange,
  type MappedRanges,
  mappedGuestRanges,
  mappedRanges,
  type RangeLimits,
} from './mapped-ranges.ts'
export { MmuError, type MmuErrorCode } from './mmu-error.ts'
export { type Leaf, type Mapping, PageTable, type VirtualRange } from './page-table.ts'
export { PageWalker, type PteReference } from './page-walker.ts'
export {
  gStageSchemeOfMode,
  gStageSchemes,
  type HgatpMode,
  type PagingScheme,
  pageShift,
  pageSize,
  type SatpMode,
  schemeOfMode,
  schemes,
} from './paging-scheme.ts'
export { formatPermissions, parsePermissions } from './permissions.ts'
export { decodePte, encodePte, type MemoryType, memoryTypes, type Pte, PteBit } from './pte.ts'
export { decodeSatp, encodeSatp, type Satp } from './satp.ts'
export {
  contextHash,
  FIRST_CONTEXT,
  KINDS,
  LAST_CONTEXT,
  REGIMES,
  Regime,
  type RegimeName,
  SUPERPAGE_FILTER_BITS,
  SUPERPAGE_FILTER_WORDS,
  SUPERPAGE_HASH,
  SUPERPAGE_HASH_SHIFT,
  secondPlace,
  TLB_ADDEND_OFFSET,
  TLB_CONTEXT_SHIFT,
  TLB_ENTRY_SIZE,
  TLB_INVALID_TAG,
  TLB_SHIFT_OFFSET,
  TLB_TAG_OFFSET,
  type TlbLayout,
  tlbLayout,
} from './tlb-layout.ts'
export { type GrowableMemory, type TlbSpace, TlbView } from './tlb-view.ts'
export {
  faultCause,
  type Translated,
  type Translation,
  type TranslationContext,
  type TranslationFault,
  translate,
  walkFlags,
} from './translate.ts'
export {
  type StageRules,
  type TwoStageContext,
  type TwoStageFault,
  type TwoStageTranslated,
  type TwoStageTranslation,
  translateTwoStage,
} from './translate-two-stage.ts'
export { TwoStageResult } from './two-stage-result.ts'
export { TABLE_TAG_SHIFT, TwoStageWalker } from './two-stage-walker.ts'
export type { WalkMemory } from './walk-memory.ts'
export {
  Access,
  type AccessName,
  PrivilegeLevel,
  type PrivilegeName,
  WalkFault,
  WalkFlag,
  type WalkReason,
  WalkResult,
  walkReasons,
} from './walk-result.ts'
