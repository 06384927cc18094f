/** What a {@link TwoStageWalker} found. One object is reused by every walk: copy what must outlive the next. */
export class TwoStageResult {
  /**
   * One of `WalkFault`: `page` comes from the VS-stage, `guestPage` from the G-stage, `access` from a PTE of either
   * that is not in memory or was refused. The fields up to `memoryType` mean something only when it is `none`.
   */
  fault = 0
  /** Index into `walkReasons`. */
  reason = 0
  /** Supervisor-physical base of the 4 KiB page that holds the address, in bytes: a multiple of 4096 below `2^56`. */
  page = 0
  /**
   * log2 of the size of the VS-stage mapping, 12 without a VS-stage: what `TlbView.fill` wants, for a fence that
   * names a guest-virtual address must meet every entry made from the same VS-stage PTE, however finely the G-stage
   * cuts it up.
   */
  shift = 12
  /** log2 of the size of the range that is contiguous in both stages: the smaller of the two mappings. */
  mappingShift = 12
  /** Whether the VS-stage leaf or a PTE above it has G set. */
  global = false
  /** Svpbmt memory type: that of the VS-stage unless it is 0 (PMA), then that of the G-stage. */
  memoryType = 0
  /** PTEs read in both stages, also on a fault: 24 for Sv48 over Sv48x4. */
  references = 0
  /** PTEs written to set A or D, in both stages. */
  updates = 0
  /**
   * Bits 31..0, signed, of the guest-physical address that the G-stage was asked for last: on a guest-page fault the
   * one that `htval` tells shifted right by 2, else that of the access itself.
   */
  guestLow = 0
  /** Bits 63..32 of that address, signed. Without a VS-stage all of them can be set. */
  guestHigh = 0
  /**
   * `htinst` of a guest-page fault on an implicit access to a VS-stage PTE: 0x3000 for its read, 0x3020 for the
   * update of A and D. Otherwise 0. Privileged ISA, "Transformed Instruction or Pseudoinstruction".
   */
  pseudoinstruction = 0

  /** Guest-physical address that the G-stage was asked for last, see {@link TwoStageResult.guestLow}. */
  get guestAddress(): bigint {
    return (BigInt(this.guestHigh >>> 0) << 32n) | BigInt(this.guestLow >>> 0)
  }
}
