import type { Width } from '@worldswitch/isa'
import type { Code, Local } from '@worldswitch/wasm'
import type { AccessFacts, RegionInstruction } from './instruction-facts.ts'

/** An address that was found in the TLB, and how far around it the page is known to reach. */
interface Group {
  readonly base: number
  /**
   * What the page was looked up for. What may be written may be read as well, but then a load would not be counted as a
   * miss where the interpreter counts one.
   */
  readonly kind: AccessFacts['kind']
  /** The address that was looked up is a multiple of this, and its page was asked for with it. */
  readonly width: Width
  /** Immediate of the access that was looked up. */
  readonly offset: number
  readonly address: Local<'i64'>
  readonly linear: Local<'i32'>
  /** Immediates from `low` up to, but not including, `high` are in the page. */
  low: number
  high: number
}

/** What a group's look-up is followed by: a check that more of the page is within reach. */
export interface Reach {
  /** Distances from the address that was looked up that must be in its page, too; 0 when there is nothing to check. */
  readonly before: number
  readonly after: number
}

/** How the linear address of an access is to be had. */
export interface GroupedAccess {
  /** Whether the locals hold what was looked up; otherwise it is to be put there, for accesses that follow. */
  readonly isKnown: boolean
  readonly address: Local<'i64'>
  readonly linear: Local<'i32'>
  /** From the linear address in the local to that of the access. */
  readonly distance: number
  readonly reach: Reach
}

const serves = (group: Group, { readsBase, immediate, kind, width }: Access): boolean =>
  group.base === readsBase &&
  group.kind === kind &&
  width <= group.width &&
  (immediate - group.offset) % width === 0

interface Access extends AccessFacts {
  readonly readsBase: number
  readonly immediate: number
}

const accessOf = ({ access, decoded }: RegionInstruction): Access | undefined =>
  access && { ...access, readsBase: decoded.rs1, immediate: decoded.imm }

/**
 * Accesses off the same unchanged register mostly go to one page: the first is looked up in the TLB, and with it is
 * checked that the page reaches as far as the others need. They then need no look-up.
 */
export class AccessGroups {
  readonly #code: Code
  readonly #groups: Group[]
  readonly #owned: Local[] = []

  constructor(code: Code, inherited?: AccessGroups) {
    this.#code = code
    this.#groups = inherited === undefined ? [] : inherited.#groups.map((group) => ({ ...group }))
  }

  /** Plans the access of an instruction. @param index - of it among the instructions of its block. */
  plan(instructions: readonly RegionInstruction[], index: number): GroupedAccess | undefined {
    const access = accessOf(instructions[index])
    if (access === undefined || access.readsBase === 0) return undefined
    const { immediate, width } = access
    const known = this.#groups.find((group) => serves(group, access))
    const group = known ?? this.#open(access)
    const { low, high } = group
    group.low = Math.min(low, immediate)
    group.high = Math.max(high, immediate + width)
    if (known === undefined || group.low < low || group.high > high)
      this.#lookAhead(group, instructions, index)
    return {
      isKnown: known !== undefined,
      address: group.address,
      linear: group.linear,
      distance: immediate - group.offset,
      reach: {
        before: group.low < low ? group.low - group.offset : 0,
        after: group.high > high ? group.high - 1 - group.offset : 0,
      },
    }
  }

  /** Registers were written. */
  written(x: number): void {
    for (let i = this.#groups.length - 1; i >= 0; i--) {
      if ((x >>> this.#groups[i].base) & 1) this.#groups.splice(i, 1)
    }
  }

  /** Gives back the locals of the groups that were opened here. */
  release(): void {
    for (const local of this.#owned) this.#code.release(local)
  }

  #open({ readsBase: base, kind, width, immediate: offset }: Access): Group {
    const address = this.#code.local('i64')
    const linear = this.#code.local('i32')
    this.#owned.push(address, linear)
    const group = { base, kind, width, offset, address, linear, low: offset, high: offset + width }
    this.#groups.unshift(group)
    return group
  }

  /** Widens a group to what the instructions behind one need of it, as long as its register stays what it is. */
  #lookAhead(group: Group, instructions: readonly RegionInstruction[], index: number): void {
    for (let i = index; i < instructions.length; i++) {
      const access = i === index ? undefined : accessOf(instructions[i])
      if (access !== undefined && serves(group, access)) {
        group.low = Math.min(group.low, access.immediate)
        group.high = Math.max(group.high, access.immediate + access.width)
      }
      if ((instructions[i].writesX >>> group.base) & 1) return
    }
  }
}
