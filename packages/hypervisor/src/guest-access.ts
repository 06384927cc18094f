import type { PhysicalBus } from '@worldswitch/cpu'
import type { Width } from '@worldswitch/isa'
import { Access, PageWalker, PrivilegeLevel, schemeOfMode, WalkFault, WalkFlag } from '@worldswitch/mmu'
import type { GuestMemory } from './guest-memory.ts'
import type { VcpuState } from './vcpu-state.ts'

/** How an access of the guest failed: the cause of the trap to raise. */
export interface AccessFault {
  readonly cause: number
  readonly tval: bigint
}

/** Exception causes by the access that faulted. */
const PAGE_FAULT = [13, 15, 12] as const
const ACCESS_FAULT = [5, 7, 1] as const

const SUM = 1n << 18n
const MXR = 1n << 19n
const PAGE = 4096

/** Bytes from an address to the end of its page. */
const beforeBoundary = (va: bigint): number => PAGE - Number(va & 0xfffn)

/**
 * The guest's memory as its own instructions see it: through its page tables, permissions included, to RAM or to
 * the devices of its board. This is the slow way, for what a monitor carries out itself.
 *
 * @see Privileged ISA, "Virtual Address Translation Process"
 */
export class GuestAccess {
  /** The walker over guest tables; its `result` describes the last translation. */
  readonly walker: PageWalker
  /** The fault of the last access that failed. */
  fault: AccessFault = { cause: 0, tval: 0n }
  readonly #memory: GuestMemory
  readonly #bus: PhysicalBus
  readonly #state: VcpuState
  readonly #walked: (references: number) => void
  readonly #svadu: boolean
  readonly #bytes = new Uint8Array(8)
  readonly #view = new DataView(this.#bytes.buffer)

  /** @param walked - told how many entries of the guest's tables each walk read. */
  constructor(
    memory: GuestMemory,
    bus: PhysicalBus,
    state: VcpuState,
    svadu: boolean,
    walked: (references: number) => void,
  ) {
    this.walker = new PageWalker(memory)
    this.#memory = memory
    this.#bus = bus
    this.#state = state
    this.#svadu = svadu
    this.#walked = walked
  }

  /**
   * Translates by the guest's own tables.
   *
   * @param access - one of {@link Access}.
   * @returns the guest-physical address, or -1 with {@link GuestAccess.fault} set.
   */
  translate(va: bigint, access: number): number {
    const { satp, sstatus, privilege } = this.#state
    const low = Number(va & 0xffff_ffffn)
    const scheme = schemeOfMode(Number(satp >> 60n))!
    const flags =
      ((sstatus & SUM) !== 0n ? WalkFlag.sum : 0) |
      ((sstatus & MXR) !== 0n ? WalkFlag.mxr : 0) |
      (this.#svadu ? WalkFlag.svadu : 0)
    const level = privilege === 'S' ? PrivilegeLevel.S : PrivilegeLevel.U
    const root = Number(satp & 0xfff_ffff_ffffn)
    const outcome = this.walker.walk(scheme, root, low, Number(va >> 32n), access, level, flags)
    const { result } = this.walker
    if (result.references > 0) this.#walked(result.references)
    if (outcome === WalkFault.none) return result.page + (low & 0xfff)
    return this.#fail((outcome === WalkFault.page ? PAGE_FAULT : ACCESS_FAULT)[access], va)
  }

  /** Loads; the value zero-extended, or `undefined` with {@link GuestAccess.fault} set. */
  load(width: Width, va: bigint): bigint | undefined {
    this.#view.setBigUint64(0, 0n)
    const here = beforeBoundary(va)
    if (here < width) {
      const first = this.#ramAt(va, Access.read)
      const second = first < 0 ? first : this.#ramAt(BigInt.asUintN(64, va + BigInt(here)), Access.read)
      if (second < 0) return undefined
      this.#memory.read(first, this.#bytes.subarray(0, here))
      this.#memory.read(second, this.#bytes.subarray(here, width))
      return this.#view.getBigUint64(0, true)
    }
    const at = this.translate(va, Access.read)
    if (at < 0) return undefined
    if (this.#memory.read(at, this.#bytes.subarray(0, width))) return this.#view.getBigUint64(0, true)
    const value = this.#memory.contains(at) ? undefined : this.#bus.read(at, width)
    if (value === undefined) this.#fail(ACCESS_FAULT[Access.read], va)
    return value
  }

  /** Stores; `false` with {@link GuestAccess.fault} set. */
  store(width: Width, va: bigint, value: bigint): boolean {
    this.#view.setBigUint64(0, value, true)
    const here = beforeBoundary(va)
    if (here < width) {
      const first = this.#ramAt(va, Access.write)
      const second = first < 0 ? first : this.#ramAt(BigInt.asUintN(64, va + BigInt(here)), Access.write)
      if (second < 0) return false
      this.#memory.write(first, this.#bytes.subarray(0, here))
      this.#memory.write(second, this.#bytes.subarray(here, width))
      return true
    }
    const at = this.translate(va, Access.write)
    if (at < 0) return false
    if (this.#memory.write(at, this.#bytes.subarray(0, width))) return true
    if (!this.#memory.contains(at) && this.#bus.write(at, width, BigInt.asUintN(8 * width, value)))
      return true
    this.#fail(ACCESS_FAULT[Access.write], va)
    return false
  }

  /**
   * Fetches the instruction at an address.
   *
   * @returns its 16 or 32 bits, or -1 with {@link GuestAccess.fault} set.
   */
  fetch(pc: bigint): number {
    const low = this.#fetchHalf(pc)
    if (low < 0 || (low & 3) !== 3) return low
    const high = this.#fetchHalf(BigInt.asUintN(64, pc + 2n))
    return high < 0 ? high : (low | (high << 16)) >>> 0
  }

  #fetchHalf(pc: bigint): number {
    const at = this.translate(pc, Access.execute)
    if (at < 0) return at
    if (this.#memory.read(at, this.#bytes.subarray(0, 2))) return this.#view.getUint16(0, true)
    return this.#fail(ACCESS_FAULT[Access.execute], pc)
  }

  /** One part of an access over a page boundary, which must be RAM; -1 with the fault set. */
  #ramAt(va: bigint, access: number): number {
    const at = this.translate(va, access)
    if (at < 0 || this.#memory.hostAddress(at) >= 0) return at
    return this.#fail(ACCESS_FAULT[access], va)
  }

  #fail(cause: number, tval: bigint): -1 {
    this.fault = { cause, tval }
    return -1
  }
}
