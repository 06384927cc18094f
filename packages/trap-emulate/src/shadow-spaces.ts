import { FRAME_SIZE, type Host, HypervisorError, type Vcpu, type Vm } from '@worldswitch/hypervisor'
import { type PagingScheme, PteBit, schemeOfMode, schemes } from '@worldswitch/mmu'
import { FrameQuota } from './frame-quota.ts'
import { ShadowTables } from './shadow-tables.ts'

/** A guest address space as one of its privileges sees it, with the tables that the hart walks for it. */
export interface ShadowSpace {
  readonly tables: ShadowTables
  /** The hart's address-space identifier for it. */
  readonly asid: number
  /** Value for the hart's `satp`. */
  readonly satp: bigint
}

const SUM = 1n << 18n
const MXR = 1n << 19n
const ASID = 0xffffn << 44n

/** Most spaces that a VM keeps: beyond that it begins anew. */
const MOST_SPACES = 256
/** Frames for tables that every VM may have, and the part of its RAM that a large one may have. */
const LEAST_QUOTA = 512
const QUOTA_SHARE = 1 / 8

/** What decides which pages a guest may touch, beside its tables: a number from 0 to 7. */
const View = { supervisor: 1, sum: 2, mxr: 4 } as const
const VIEWS = 8

/**
 * The shadow page tables of one VM. The hart runs all of the guest in U-mode, so what the guest's privilege, SUM
 * and MXR allow must be in the tables themselves: each address space has a table per combination in use. All are
 * kept until the guest fences, so that coming back to an address space finds its tables filled. What they take of
 * the host's memory is limited, whatever the guest does.
 */
export class ShadowSpaces {
  readonly #host: Host
  readonly #frames: FrameQuota
  /** Of the tables for a guest without translation: its addresses are far below what any scheme spans. */
  readonly #flat: PagingScheme
  /** By the guest's `satp`, then by view. */
  readonly #spaces = new Map<bigint, (ShadowSpace | undefined)[]>()
  #count = 0

  /** @throws HypervisorError `unsupported-host` when the host's hart does not translate. */
  constructor(host: Host, { memory }: Vm) {
    this.#host = host
    const mode = host.satpModes.find((name) => name !== 'bare')
    if (!mode) {
      throw new HypervisorError(
        'unsupported-host',
        'shadow page tables need a hart with page tables: give satpModes one of sv39, sv48, sv57',
      )
    }
    this.#flat = schemes[mode]
    const pages = memory.slots.reduce((sum, { bytes }) => sum + bytes / FRAME_SIZE, 0)
    this.#frames = new FrameQuota(host.frames, Math.max(LEAST_QUOTA, Math.floor(pages * QUOTA_SHARE)))
  }

  /** @returns the space for a vCPU's present state, or `undefined` when there is no memory for it. */
  select({ state: { satp, sstatus, privilege } }: Vcpu): ShadowSpace | undefined {
    // Without translation all privileges see the same.
    const bare = satp >> 60n === 0n
    const view = bare
      ? 0
      : (sstatus & MXR ? View.mxr : 0) |
        (privilege === 'S' ? View.supervisor | (sstatus & SUM ? View.sum : 0) : 0)
    const key = bare ? 0n : satp
    return this.#spaces.get(key)?.[view] ?? this.#create(key, view)
  }

  /**
   * Maps the page of an address in a vCPU's present space.
   *
   * @param bits - the guest's own permissions: PTE bits R, W, X, U and D.
   * @returns `false` when there is no memory for the tables.
   */
  map(space: ShadowSpace, vcpu: Vcpu, va: bigint, bits: number, page: number, guestShift: number): boolean {
    const permissions = permitted(vcpu, bits)
    return space.tables.map(Number(va & 0xffff_ffffn), Number(va >> 32n), { page, permissions, guestShift })
  }

  /** Follows an SFENCE.VMA of the guest. */
  fence(address: bigint | undefined, asid: bigint | undefined): void {
    for (const [satp, views] of this.#spaces) {
      if (satp === 0n || (asid !== undefined && (satp & ASID) >> 44n !== (asid & 0xffffn))) continue
      for (let index = 0; index < VIEWS; index++) {
        const space = views[index]
        if (!space) continue
        if (address === undefined) {
          this.#drop(space)
          views[index] = undefined
          continue
        }
        const removal = space.tables.remove(Number(address & 0xffff_ffffn), Number(address >> 32n))
        // The TLB holds nothing that these tables do not, so most fences of a page cost next to nothing.
        if (removal === 'nothing') continue
        this.#host.hart.flushTlb(removal === 'page' ? address : undefined, space.asid)
      }
      if (address === undefined) this.#spaces.delete(satp)
    }
  }

  /** Drops all tables. */
  clear(): void {
    for (const views of this.#spaces.values()) for (const space of views) if (space) this.#drop(space)
    this.#spaces.clear()
  }

  #create(key: bigint, view: number): ShadowSpace | undefined {
    if (this.#count >= MOST_SPACES) this.clear()
    const { memory } = this.#host
    const scheme = key === 0n ? this.#flat : schemeOfMode(Number(key >> 60n))!
    const asid = this.#host.takeAsid()
    if (asid === undefined) return undefined
    const tables = ShadowTables.create(memory, this.#frames, scheme)
    if (!tables) {
      this.#host.releaseAsid(asid)
      return undefined
    }
    const satp = (BigInt(scheme.mode) << 60n) | (BigInt(asid) << 44n) | BigInt(tables.root / 4096)
    const space = { tables, asid, satp }
    let views = this.#spaces.get(key)
    if (!views) {
      views = new Array(VIEWS).fill(undefined)
      this.#spaces.set(key, views)
    }
    views[view] = space
    this.#count++
    return space
  }

  #drop(space: ShadowSpace): void {
    this.#host.releaseAsid(space.asid)
    space.tables.destroy()
    this.#count--
  }
}

/** What a guest in its present state may do with a page whose entry has these bits. */
function permitted({ state: { satp, sstatus, privilege } }: Vcpu, bits: number): number {
  const { read, write, execute, user, dirty } = PteBit
  if (satp >> 60n === 0n) return read | write | execute
  // S-mode with SUM touches user pages but never executes them.
  let allowed =
    privilege === 'S' && (bits & user) !== 0 ? bits & (read | write) : bits & (read | write | execute)
  if ((sstatus & MXR) !== 0n && (bits & execute) !== 0) allowed |= read
  // The first store must come to the monitor, for the guest's dirty bit.
  if ((bits & dirty) === 0) allowed &= ~write
  return allowed
}
