import { HIGH_PPN, malformedLeaf, malformedPointer } from './malformed-pte.ts'
import type { PagingScheme } from './paging-scheme.ts'
import { PteBit } from './pte.ts'
import type { WalkMemory } from './walk-memory.ts'
import { Access, PrivilegeLevel, reasonNumber, WalkFault, WalkFlag, WalkResult } from './walk-result.ts'

/**
 * Asked before every PTE reference with the PTE's address: PMP checks go here, and {@link TwoStageWalker} puts the
 * G-stage there.
 *
 * @param address - bytes, multiple of 8, in the space that PTEs point into.
 * @param store - `true` for the update of A and D, `false` for the read.
 * @returns the address to use with the memory, or minus a {@link WalkFault} to end the walk with that fault.
 */
export type PteReference = (address: number, store: boolean) => number

const RWX = PteBit.read | PteBit.write | PteBit.execute

// Per level: the bits of the virtual address's two words that select the 4 KiB page inside a superpage.
const INSIDE_LOW = [0, 0x001f_f000, 0x3fff_f000, ~0xfff, ~0xfff]
const INSIDE_HIGH = [0, 0, 0, 0x7f, 0xffff]

/**
 * Walks RISC-V page tables: the algorithm of "Virtual Address Translation Process" in numbers only. No `bigint`
 * and no allocation; every walk ends after at most `scheme.levels` references, whatever the tables hold.
 *
 * @see Privileged ISA, "Sv32: Page-Based 32-bit Virtual-Memory Systems", "Svnapot", "Svpbmt", "Svadu"
 */
export class PageWalker {
  /** Outcome of the last walk, overwritten by the next one. */
  readonly result = new WalkResult()
  readonly #memory: WalkMemory
  readonly #reference: PteReference | undefined

  constructor(memory: WalkMemory, reference?: PteReference) {
    this.#memory = memory
    this.#reference = reference
  }

  /**
   * Translates one address; the details are in {@link PageWalker.result}.
   *
   * @param scheme - geometry of the table; `schemes.bare` translates nothing.
   * @param rootPpn - page number of the root table, `[0, 2^44)`.
   * @param vaLow - bits 31..0 of the address, signed or unsigned.
   * @param vaHigh - bits 63..32 of the address, signed or unsigned.
   * @param access - one of {@link Access}. AMOs and store-conditionals are writes.
   * @param privilege - effective privilege, one of {@link PrivilegeLevel}; M translates nothing.
   * @param flags - {@link WalkFlag} bits.
   * @returns one of {@link WalkFault}.
   */
  walk(
    scheme: PagingScheme,
    rootPpn: number,
    vaLow: number,
    vaHigh: number,
    access: number,
    privilege: number,
    flags: number,
  ): number {
    const result = this.result
    result.references = 0
    result.updates = 0
    const levels = scheme.levels
    if (levels === 0 || privilege === PrivilegeLevel.M) return this.#identity(vaLow, vaHigh)

    const shift = 64 - scheme.addressBits
    const canonical = scheme.signed
      ? (vaHigh << shift) >> shift === (vaHigh | 0)
      : vaHigh >>> (32 - shift) === 0
    if (!canonical) return this.#fail(WalkFault.page, reasonNumber['non-canonical'])

    const memory = this.#memory
    const reference = this.#reference
    let table = rootPpn * 4096
    let global = 0
    let mask = scheme.rootBits === 11 ? 0x7ff : 0x1ff
    for (let level = levels - 1; level >= 0; level--) {
      const pteAddress = table + (vpn(level, vaLow, vaHigh) & mask) * 8
      mask = 0x1ff
      result.pteAddresses[result.references++] = pteAddress
      let address = pteAddress
      if (reference !== undefined) {
        address = reference(pteAddress, false)
        if (address < 0) return this.#fail(-address, reasonNumber['reference-refused'])
      }
      const low = memory.load32(address)
      const high = memory.load32(address + 4)
      if (low < 0 || high < 0) return this.#fail(WalkFault.access, reasonNumber['not-memory'])

      if ((low & PteBit.valid) === 0) return this.#fail(WalkFault.page, reasonNumber.invalid)
      if ((low & (PteBit.read | PteBit.write)) === PteBit.write) {
        return this.#fail(WalkFault.page, reasonNumber['reserved-bits'])
      }
      global |= low & PteBit.global
      if ((low & RWX) !== 0)
        return this.#leaf(level, low, high, global, vaLow, vaHigh, access, privilege, flags)

      if (malformedPointer(low, high)) return this.#fail(WalkFault.page, reasonNumber['reserved-bits'])
      table = ((low >>> 10) + (high & HIGH_PPN) * 0x40_0000) * 4096
    }
    return this.#fail(WalkFault.page, reasonNumber['too-deep'])
  }

  #leaf(
    level: number,
    low: number,
    high: number,
    global: number,
    vaLow: number,
    vaHigh: number,
    access: number,
    privilege: number,
    flags: number,
  ): number {
    const malformed = malformedLeaf(level, low, high, flags)
    if (malformed !== 0) return this.#fail(WalkFault.page, malformed)

    if ((low & PteBit.user) === 0) {
      if (privilege === PrivilegeLevel.U) return this.#fail(WalkFault.page, reasonNumber['supervisor-page'])
    } else if (privilege === PrivilegeLevel.S) {
      // SUM never lets S-mode execute from a user page.
      if (access === Access.execute || (flags & WalkFlag.sum) === 0) {
        return this.#fail(WalkFault.page, reasonNumber['user-page'])
      }
    }
    const wanted =
      access === Access.write
        ? PteBit.write
        : access === Access.execute
          ? PteBit.execute
          : (flags & (WalkFlag.mxr | WalkFlag.hlvx)) === 0
            ? PteBit.read
            : (flags & WalkFlag.hlvx) !== 0
              ? PteBit.execute
              : PteBit.read | PteBit.execute
    if ((low & wanted) === 0) return this.#fail(WalkFault.page, reasonNumber.permission)

    const needed = access === Access.write ? PteBit.accessed | PteBit.dirty : PteBit.accessed
    if ((low & needed) !== needed) {
      if ((flags & WalkFlag.svadu) === 0) {
        const reason = (low & PteBit.accessed) === 0 ? 'not-accessed' : 'not-dirty'
        return this.#fail(WalkFault.page, reasonNumber[reason])
      }
      low |= needed
      const fault = this.#update(low)
      if (fault !== WalkFault.none) return fault
    }

    const result = this.result
    result.fault = WalkFault.none
    result.reason = 0
    result.level = level
    result.bits = low & 0xff
    result.global = global !== 0
    result.memoryType = (high >>> 29) & 3
    const ppn = (low >>> 10) + (high & HIGH_PPN) * 0x40_0000
    if (high >>> 31 === 1) {
      result.shift = 16
      // The low four bits of the PPN only say the size: here 0b1000.
      result.page = (ppn - 8) * 4096 + (vaLow & 0xf000)
    } else {
      result.shift = 12 + 9 * level
      result.page =
        ppn * 4096 + ((vaLow & INSIDE_LOW[level]) >>> 0) + (vaHigh & INSIDE_HIGH[level]) * 0x1_0000_0000
    }
    return WalkFault.none
  }

  /**
   * Writes back the low word of the leaf just read. Nothing else runs between that read and this store, which
   * makes the pair atomic for every agent on the same thread.
   */
  #update(low: number): number {
    const result = this.result
    let address = result.pteAddresses[result.references - 1]
    if (this.#reference !== undefined) {
      address = this.#reference(address, true)
      if (address < 0) return this.#fail(-address, reasonNumber['reference-refused'])
    }
    if (!this.#memory.store32(address, low)) return this.#fail(WalkFault.access, reasonNumber['not-memory'])
    result.updates = 1
    return WalkFault.none
  }

  #identity(vaLow: number, vaHigh: number): number {
    const result = this.result
    // Physical addresses have 56 bits: nothing can be behind a larger one.
    if (vaHigh >>> 24 !== 0) return this.#fail(WalkFault.access, reasonNumber['not-memory'])
    result.fault = WalkFault.none
    result.reason = 0
    result.page = (vaHigh >>> 0) * 0x1_0000_0000 + ((vaLow & ~0xfff) >>> 0)
    result.level = 0
    result.shift = 12
    result.bits = 0xdf
    result.global = false
    result.memoryType = 0
    return WalkFault.none
  }

  #fail(fault: number, reason: number): number {
    this.result.fault = fault
    this.result.reason = reason
    return fault
  }
}

/** Virtual page number field of `level`, with the bits above it still attached: the caller masks. */
function vpn(level: number, vaLow: number, vaHigh: number): number {
  switch (level) {
    case 0:
      return vaLow >>> 12
    case 1:
      return vaLow >>> 21
    case 2:
      return (vaLow >>> 30) | (vaHigh << 2)
    case 3:
      return vaHigh >>> 7
    default:
      return vaHigh >>> 16
  }
}
