import type { Decoded, Width } from '@worldswitch/isa'
import type { Code, Local } from '@worldswitch/wasm'
import type { AccessFacts, RegionInstruction } from './instruction-facts.ts'

/** What a page is looked up for: bits. */
export const Looked = { load: 1, store: 2, both: 3 } as const

/** An address that was found in the TLB, and how far around it the page is known to reach. */
interface Group {
  readonly base: number
  /**
   * What the page is looked up for: bits of {@link Looked}. What may be written may be read as well, but then a load
   * would not be counted as a miss where the interpreter counts one.
   */
  kinds: number
  /** The address that was looked up is a multiple of this, and its page was asked for with it. */
  readonly width: Width
  /** Immediate of the access that was looked up. */
  readonly offset: number
  readonly address: Local<'i64'>
  readonly linear: Local<'i32'>
  /** Whether its page is remembered, in which the alignment of accesses does not matter. */
  readonly isRemembered: boolean
  /** Immediates from `low` up to, but not including, `high` are in the page. */
  low: number
  high: number
}

/** A check that more of a page is within reach than was looked up. */
export interface Reach {
  /** Distances from the address that was looked up that must be in its page, too: to the first byte and to the last. */
  readonly before: number
  readonly after: number
}

/** How a page is looked up. */
interface PageLookup {
  /** What for: bits of {@link Looked}. */
  readonly kinds: number
  /** Linear address where the page is remembered, if it is. */
  readonly memory: number | undefined
}

/** How the linear address of an access is to be had. */
export interface PlannedAccess {
  /** Holds the linear address that was looked up. */
  readonly linear: Local<'i32'>
  /** From there to that of the access. */
  readonly distance: number
  /** The look-up, if it has not been done yet: the address and what is found are put into the locals. */
  readonly lookup: PageLookup | undefined
  /** What is to be checked, if anything. */
  readonly reach: Reach | undefined
  /** Holds the address that was looked up, where there is something to look up or to check. */
  readonly address: Local<'i64'> | undefined
}

/** Field by field: V8 is slow with spreading. */
const copyOf = (group: Group): Group => ({
  base: group.base,
  kinds: group.kinds,
  width: group.width,
  offset: group.offset,
  address: group.address,
  linear: group.linear,
  isRemembered: group.isRemembered,
  low: group.low,
  high: group.high,
})

const serves = (group: Group, { access, decoded }: RegionInstruction): boolean =>
  group.base === decoded.rs1 &&
  (group.kinds & Looked[access!.kind]) !== 0 &&
  fits(group, access!, decoded.imm)

/** Whether an access is aligned as far as the group knows. */
const fits = (group: Group, { width }: AccessFacts, immediate: number): boolean =>
  group.isRemembered || (width <= group.width && (immediate - group.offset) % width === 0)

/**
 * Accesses off the same unchanged register mostly go to one page: the first is looked up in the TLB, and with it is
 * checked that the page reaches as far as the others need. They then need no look-up.
 */
export class AccessGroups {
  readonly #code: Code
  readonly #memories: ReadonlyMap<number, number>
  readonly #isScattered: boolean
  readonly #groups: Group[] = []
  readonly #owned: Local[] = []

  /**
   * @param memories - linear addresses where accesses that are executed again and again remember their pages: by the
   * offset of the instruction.
   * @param isScattered - accesses off one register are often in two pages: none serves another.
   */
  constructor(
    code: Code,
    memories: ReadonlyMap<number, number>,
    isScattered: boolean,
    inherited?: AccessGroups,
  ) {
    this.#code = code
    this.#memories = memories
    this.#isScattered = isScattered
    if (inherited === undefined) return
    const groups = inherited.#groups
    for (let i = 0; i < groups.length; i++) this.#groups.push(copyOf(groups[i]))
  }

  /**
   * Plans the access of an instruction.
   *
   * @param index - of it among the instructions of its block.
   * @param offset - of it in the page.
   */
  plan(instructions: readonly RegionInstruction[], index: number, offset: number): PlannedAccess | undefined {
    const instruction = instructions[index]
    const { access, decoded } = instruction
    if (access === undefined || decoded.rs1 === 0) return undefined
    const known = this.#groups.find((group) => serves(group, instruction))
    const memory = known === undefined ? this.#memories.get(offset) : undefined
    if (this.#isScattered && memory === undefined) return undefined
    const group = known ?? this.#open(access, decoded, memory !== undefined)
    const { low, high } = group
    group.low = Math.min(low, decoded.imm)
    group.high = Math.max(high, decoded.imm + access.width)
    if (!this.#isScattered && (known === undefined || group.low < low || group.high > high)) {
      this.#lookAhead(group, instructions, index, known === undefined)
    }
    const before = group.low < low ? group.low - group.offset : 0
    const after = memory !== undefined || group.high > high ? group.high - 1 - group.offset : 0
    return {
      linear: group.linear,
      distance: decoded.imm - group.offset,
      lookup: known === undefined ? { kinds: group.kinds, memory } : undefined,
      reach: before === 0 && after === 0 ? undefined : { before, after },
      address: group.address,
    }
  }

  /** Registers were written. */
  written(x: number): void {
    for (let i = this.#groups.length - 1; i >= 0; i--) {
      if ((x >>> this.#groups[i].base) & 1) this.#groups.splice(i, 1)
    }
  }

  /** What was looked up may not hold any more. */
  forget(): void {
    this.#groups.length = 0
  }

  /** Gives back the locals of the groups that were opened here. */
  release(): void {
    for (const local of this.#owned) this.#code.release(local)
  }

  #open({ kind, width }: AccessFacts, { rs1: base, imm: offset }: Decoded, isRemembered: boolean): Group {
    const address = this.#code.local('i64')
    const linear = this.#code.local('i32')
    this.#owned.push(address, linear)
    const group = {
      base,
      kinds: Looked[kind],
      width,
      offset,
      address,
      linear,
      isRemembered,
      low: offset,
      high: offset + width,
    }
    if (!this.#isScattered) this.#groups.unshift(group)
    return group
  }

  /**
   * Widens a group to what the instructions behind one need of it, as long as its register stays what it is.
   *
   * @param isNew - it has not been looked up yet, so it can serve loads and stores.
   */
  #lookAhead(group: Group, instructions: readonly RegionInstruction[], index: number, isNew: boolean): void {
    for (let i = index; i < instructions.length; i++) {
      const { access, decoded, writesX } = instructions[i]
      if (
        i > index &&
        access !== undefined &&
        decoded.rs1 === group.base &&
        fits(group, access, decoded.imm)
      ) {
        if (isNew) group.kinds |= Looked[access.kind]
        if ((group.kinds & Looked[access.kind]) !== 0) {
          group.low = Math.min(group.low, decoded.imm)
          group.high = Math.max(group.high, decoded.imm + access.width)
        }
      }
      if ((writesX >>> group.base) & 1) return
    }
  }
}
