import { FRAME_SIZE, type Host, HypervisorError, type Vcpu, type Vm } from '@worldswitch/hypervisor'
import { type PagingScheme, PteBit, schemeOfMode, schemes, type WalkResult } from '@worldswitch/mmu'
import { CommonTables } from './common-tables.ts'
import { FrameQuota } from './frame-quota.ts'
import { type Removal, ShadowTables } from './shadow-tables.ts'

/** A guest address space as one of its privileges sees it, with the tables that the hart walks for it. */
export interface ShadowSpace {
  readonly tables: ShadowTables
  /** Of a supervisor's view: what it has in common with those of other address spaces. */
  readonly common: CommonTables | undefined
  /** The hart's address-space identifier for it. */
  readonly asid: number
  /** Value for the hart's `satp`. */
  readonly satp: bigint
}

/** A guest's address space: the space of each view that was used. */
interface AddressSpace {
  /** It translates nothing. */
  readonly isFlat: boolean
  readonly views: (ShadowSpace | undefined)[]
  /** When it was selected last, by the count of selections. */
  selectedAt: number
}

const SUM = 1 << 18
const MXR = 1 << 19
const ASID = 0xffffn << 44n

/** Most spaces that a VM keeps: beyond that it gives up half of its address spaces, those not used for longest. */
const MOST_SPACES = 192
/** Frames for tables that every VM may have, and the part of its RAM that a large one may have. */
const LEAST_QUOTA = 512
const QUOTA_SHARE = 1 / 8

/** What decides which pages a guest may touch, beside its tables: a number from 0 to 7. */
const View = { supervisor: 1, sum: 2, mxr: 4 } as const
const VIEWS = 8

/** How far what a guest without translation sees reaches, as log2: as far as a page can be large. */
const UNTRANSLATED = 30

/**
 * The shadow page tables of one VM. The hart runs all of the guest in U-mode, so what the guest's privilege, SUM
 * and MXR allow must be in the tables themselves: each address space has a table per combination in use. All are
 * kept until the guest fences, so that coming back to an address space finds its tables filled; what all its address
 * spaces have in common is there once. What they take of the host's memory is limited, whatever the guest does.
 */
export class ShadowSpaces {
  readonly #host: Host
  readonly #memory: Vm['memory']
  readonly #frames: FrameQuota
  /** Of the tables for a guest without translation: its addresses are far below what any scheme spans. */
  readonly #flat: PagingScheme
  /** By the guest's `satp`. */
  readonly #spaces = new Map<bigint, AddressSpace>()
  /** By the number of the scheme and MXR. */
  readonly #common = new Map<number, CommonTables>()
  #count = 0
  #selections = 0
  /** The one selected last, and its `satp`. */
  #selected: AddressSpace | undefined
  #satp = 0n

  /** @throws HypervisorError `unsupported-host` when the host's hart does not translate. */
  constructor(host: Host, { memory }: Vm) {
    this.#host = host
    this.#memory = memory
    const mode = host.satpModes.find((name) => name !== 'bare')
    if (!mode) {
      throw new HypervisorError(
        'unsupported-host',
        'shadow page tables need a hart with page tables: give satpModes one of sv39, sv48, sv57',
      )
    }
    this.#flat = schemes[mode]
    const pages = memory.slots.reduce((sum, { bytes }) => sum + bytes / FRAME_SIZE, 0)
    this.#frames = new FrameQuota(host, Math.max(LEAST_QUOTA, Math.floor(pages * QUOTA_SHARE)))
  }

  /** @returns the space for a vCPU's present state, or `undefined` when there is no memory for it. */
  select({ state: { satp, sstatus, privilege } }: Vcpu): ShadowSpace | undefined {
    const status = Number(BigInt.asUintN(32, sstatus))
    const last = this.#selected
    if (last && satp === this.#satp) {
      const known = last.views[viewOf(last.isFlat, status, privilege === 'S')]
      if (known) return known
    }
    const isFlat = satpIsFlat(satp)
    const key = isFlat ? 0n : satp
    const view = viewOf(isFlat, status, privilege === 'S')
    const created = this.#spaces.get(key)?.views[view] ?? this.#create(key, view)
    this.#selected = this.#spaces.get(key)
    if (this.#selected) this.#selected.selectedAt = ++this.#selections
    this.#satp = satp
    return created
  }

  /**
   * Maps the page of an address in a vCPU's present space, or drops all tables: then the guest comes back for it.
   *
   * @param target - the guest-physical address, which is in RAM.
   * @param found - what the guest's tables said.
   * @returns `false` when there is no memory for the tables.
   */
  map(space: ShadowSpace, vcpu: Vcpu, va: bigint, target: number, found: WalkResult): boolean {
    const low = Number(va & 0xffff_ffffn)
    const high = Number(va >> 32n)
    const slot = space.tables.slotOf(low, high)
    // A page of user mode's is not every view's.
    const isGlobal = found.global && (found.bits & PteBit.user) === 0
    const isCommon = space.common ? space.common.takes(slot, isGlobal) : false
    if (isCommon === undefined) {
      this.clear()
      return true
    }
    const tables = isCommon ? space.common!.obtain() : space.tables
    const permissions = permitted(vcpu, found.bits)
    const guestShift = satpIsFlat(vcpu.state.satp) ? UNTRANSLATED : found.shift
    const removal = tables?.map(low, high, { permissions, guestShift, ...this.#page(target, guestShift) })
    if (!tables || removal === undefined) return false
    if (isCommon) space.tables.borrow(slot, tables)
    this.#flush(removal, va, isCommon ? undefined : space.asid)
    return true
  }

  /** Follows an SFENCE.VMA of the guest. */
  fence(address: bigint | undefined, asid: bigint | undefined): void {
    if (address === undefined && asid === undefined) {
      this.#dropAll(true)
      return
    }
    const low = Number((address ?? 0n) & 0xffff_ffffn)
    const high = Number((address ?? 0n) >> 32n)
    // What has G is not of any one address space: a fence of one need not reach it.
    if (asid === undefined) {
      for (const { tables } of this.#common.values()) {
        if (tables) this.#flush(tables.remove(low, high), address)
      }
    }
    for (const [satp, { views, isFlat }] of this.#spaces) {
      if (isFlat || (asid !== undefined && (satp & ASID) >> 44n !== (asid & 0xffffn))) continue
      for (const space of views) {
        if (!space) continue
        if (address !== undefined) this.#flush(space.tables.remove(low, high), address, space.asid)
        else {
          space.tables.clear()
          this.#flush('range', undefined, space.asid)
        }
      }
    }
  }

  /** Drops all tables. */
  clear(): void {
    this.#dropAll(false)
  }

  /** Drops all tables, and what is known of the guest. */
  reset(): void {
    this.#dropAll(false)
    this.#common.clear()
  }

  #create(satp: bigint, view: number): ShadowSpace | undefined {
    if (this.#count >= MOST_SPACES) this.#retire()
    const mode = Number(satp >> 60n)
    const scheme = mode === 0 ? this.#flat : schemeOfMode(mode)!
    const isSupervisor = mode !== 0 && (view & View.supervisor) !== 0
    const common = isSupervisor ? this.#commonTables(scheme, view & View.mxr) : undefined
    const asid = this.#host.takeAsid()
    if (asid === undefined) return undefined
    const tables = this.#createTables(scheme)
    if (!tables) {
      this.#host.releaseAsid(asid)
      return undefined
    }
    common?.lend(tables)
    const hostSatp = (BigInt(scheme.mode) << 60n) | (BigInt(asid) << 44n) | BigInt(tables.root / FRAME_SIZE)
    const created = { tables, common, asid, satp: hostSatp }
    let space = this.#spaces.get(satp)
    if (!space) {
      space = { isFlat: mode === 0, views: new Array(VIEWS).fill(undefined), selectedAt: 0 }
      this.#spaces.set(satp, space)
    }
    space.views[view] = created
    this.#count++
    return created
  }

  #commonTables(scheme: PagingScheme, mxr: number): CommonTables {
    const key = scheme.mode | (mxr << 4)
    let common = this.#common.get(key)
    if (!common) {
      common = new CommonTables(() => this.#createTables(scheme))
      this.#common.set(key, common)
    }
    return common
  }

  #createTables(scheme: PagingScheme): ShadowTables | undefined {
    return ShadowTables.create(this.#host.memory, this.#frames, scheme)
  }

  /** The largest page that both the guest's mapping and the host's memory behind it make. */
  #page(target: number, guestShift: number): { readonly page: number; readonly shift: number } {
    const block = guestShift < 21 ? undefined : this.#memory.blockAt(target)
    const most = Math.min(guestShift, block ? Math.log2(block.bytes) : 12)
    const shift = most >= 30 ? 30 : most >= 21 ? 21 : 12
    const host = this.#memory.hostAddress(target)
    return { page: host - (host % 2 ** shift), shift }
  }

  /** The TLB holds nothing that the tables do not, so most fences of a page cost next to nothing. */
  #flush(removal: Removal, address: bigint | undefined, asid?: number): void {
    if (removal !== 'nothing') this.#host.hart.flushTlb(removal === 'page' ? address : undefined, asid)
  }

  /** Gives up the address spaces that were not used for longest. */
  #retire(): void {
    const byUse = [...this.#spaces].sort(([, a], [, b]) => a.selectedAt - b.selectedAt)
    for (const [satp, space] of byUse.slice(0, Math.ceil(byUse.length / 2))) this.#drop(satp, space)
  }

  #drop(satp: bigint, { views }: AddressSpace): void {
    for (const space of views) {
      if (!space) continue
      this.#host.releaseAsid(space.asid)
      space.tables.destroy()
      this.#count--
    }
    this.#spaces.delete(satp)
    this.#selected = undefined
  }

  /** @param butFlat - keep what the guest sees without translation. */
  #dropAll(butFlat: boolean): void {
    for (const [satp, space] of this.#spaces) if (!butFlat || !space.isFlat) this.#drop(satp, space)
    for (const common of this.#common.values()) common.clear()
  }
}

/** Whether a `satp` translates nothing. */
const satpIsFlat = (satp: bigint): boolean => satp >> 60n === 0n

/** @param status - the low half of `sstatus`. */
function viewOf(isFlat: boolean, status: number, isSupervisor: boolean): number {
  // Without translation all privileges see the same.
  if (isFlat) return 0
  return (
    ((status & MXR) !== 0 ? View.mxr : 0) |
    (isSupervisor ? View.supervisor | ((status & SUM) !== 0 ? View.sum : 0) : 0)
  )
}

/** What a guest in its present state may do with a page whose entry has these bits. */
function permitted({ state: { satp, sstatus, privilege } }: Vcpu, bits: number): number {
  const { read, write, execute, user, dirty } = PteBit
  if (satpIsFlat(satp)) return read | write | execute
  // S-mode with SUM touches user pages but never executes them.
  let allowed =
    privilege === 'S' && (bits & user) !== 0 ? bits & (read | write) : bits & (read | write | execute)
  if ((Number(BigInt.asUintN(32, sstatus)) & MXR) !== 0 && (bits & execute) !== 0) allowed |= read
  // The first store must come to the monitor, for the guest's dirty bit.
  if ((bits & dirty) === 0) allowed &= ~write
  return allowed
}
