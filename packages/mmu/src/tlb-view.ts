import type { ContextSet } from './context-set.ts'
import {
  contextHash,
  KINDS,
  LAST_CONTEXT,
  REGIMES,
  SUPERPAGE_FILTER_BITS,
  SUPERPAGE_FILTER_WORDS,
  SUPERPAGE_HASH,
  SUPERPAGE_HASH_SHIFT,
  secondPlace,
  TLB_ADDEND_OFFSET,
  TLB_CONTEXT_SHIFT,
  TLB_ENTRY_SIZE,
  TLB_SHIFT_OFFSET,
  TLB_TAG_OFFSET,
  type TlbLayout,
} from './tlb-layout.ts'

const WORDS = TLB_ENTRY_SIZE / 4
const TAG_LOW = TLB_TAG_OFFSET / 4
const TAG_HIGH = TAG_LOW + 1
const ADDEND = TLB_ADDEND_OFFSET / 4
const SHIFT = TLB_SHIFT_OFFSET / 4
const INVALID = 0xffff_ffff
const ARRAYS = REGIMES * KINDS
/** Where the filter of superpages has the sizes of those in there: bits by index in {@link SUPERPAGE_SHIFTS}. */
const SIZES = SUPERPAGE_FILTER_WORDS - 1
/** Sizes that superpages are filed under, as log2; those between count as the next larger one. */
const SUPERPAGE_SHIFTS = [21, 30, 39, 48]

/** Memory that may grow, such as a `WebAssembly.Memory`: `buffer` is a new object after it has grown. */
export interface GrowableMemory {
  /** The bytes as they are now. */
  readonly buffer: ArrayBufferLike
}

/** Where the entries of an address space are. */
export interface TlbSpace {
  /** One of `Regime`. */
  readonly regime: number
  readonly context: number
}

/**
 * The host's hands on the TLB arrays that generated code reads: fills entries and takes them away, by page,
 * by context or all. Entries must only be written through one view, because it remembers in which arrays contexts have
 * entries, and what superpages there may be. Generated code may write them where it was announced by {@link TlbView.expect}, and
 * if it enters superpages in the filter. Growing the memory is fine.
 *
 * A large mapping is cached as entries for the 4 KiB pages that were touched. Each remembers the size of the
 * mapping it came from, so that a fence for any address in a superpage finds them all.
 */
export class TlbView {
  /** How the arrays lie in the region. */
  readonly layout: TlbLayout
  readonly #memory: GrowableMemory
  readonly #offset: number
  #view: Uint32Array
  /** Per context, one bit per array in which it may have an entry: the other arrays need no scan. */
  readonly #arrays = new Uint16Array(LAST_CONTEXT + 1)
  /** Arrays that may hold an entry of any context. */
  #used = 0
  /**
   * The mappings larger than 4 KiB of which there may be entries, as bits by a hash of size and address; the last word has
   * their sizes. A page flush scans only when one of them may have its address; otherwise one entry per context and array is all there can be.
   */
  readonly #superpages: Uint32Array

  /**
   * Takes over a region and invalidates it.
   *
   * @param memory - owner of the bytes.
   * @param offset - of the region in bytes, multiple of 16; `layout.byteSize` bytes are used.
   * @param superpages - for the filter of superpages, `SUPERPAGE_FILTER_WORDS` long: where generated code enters them as well.
   */
  constructor(
    memory: GrowableMemory,
    offset: number,
    layout: TlbLayout,
    superpages: Uint32Array = new Uint32Array(SUPERPAGE_FILTER_WORDS),
  ) {
    this.layout = layout
    this.#superpages = superpages
    superpages.fill(0)
    this.#memory = memory
    this.#offset = offset
    this.#view = new Uint32Array(memory.buffer, offset, layout.byteSize / 4)
    this.#view.fill(INVALID)
  }

  /**
   * Enters one translation at its first place. What was there moves to the second place of the pair, and replaces
   * what was there.
   *
   * @param regime - one of `Regime`.
   * @param kind - one of `Access`.
   * @param vaLow - bits 31..0 of an address in the page, signed or unsigned.
   * @param vaHigh - bits 63..32 of it.
   * @param context - id from a `ContextTable`.
   * @param addend - what to add to the low 32 bits of an address of this page, wrapping, to get its linear address.
   * @param shift - log2 of the size of the mapping behind it (`WalkResult.shift`), 12 to 48.
   */
  fill(
    regime: number,
    kind: number,
    vaLow: number,
    vaHigh: number,
    context: number,
    addend: number,
    shift = 12,
  ): void {
    const words = this.#words()
    const array = regime * KINDS + kind
    const at = this.#entry(array, vaLow, context)
    const tag = ((vaLow & ~0xfff) | (context << TLB_CONTEXT_SHIFT)) >>> 0
    const high = vaHigh >>> 0
    if (words[at + TAG_LOW] !== tag || words[at + TAG_HIGH] !== high) {
      const second = this.#second(at)
      if (words[at + TAG_LOW] !== INVALID) words.copyWithin(second, at, at + WORDS)
      else if (words[second + TAG_LOW] === tag && words[second + TAG_HIGH] === high) invalidate(words, second)
    }
    words[at + TAG_LOW] = tag
    words[at + TAG_HIGH] = high
    words[at + ADDEND] = addend
    words[at + SHIFT] = shift
    this.#arrays[context] |= 1 << array
    this.#used |= 1 << array
    if (shift > 12) this.#fileSuperpage(vaLow, vaHigh, shift)
  }

  /**
   * The compare of the generated code: alignment, page and context in one. An entry that is found at its second place
   * changes places with the one at the first, where translated code looks.
   *
   * @param size - of the access in bytes: 1, 2, 4 or 8.
   * @returns the linear address, unsigned, or `-1` on a miss (also for a misaligned access).
   */
  lookup(regime: number, kind: number, vaLow: number, vaHigh: number, size: number, context: number): number {
    const words = this.#words()
    const at = this.#entry(regime * KINDS + kind, vaLow, context)
    const wanted = ((vaLow & (~0xfff | (size - 1))) | (context << TLB_CONTEXT_SHIFT)) >>> 0
    const high = vaHigh >>> 0
    if (words[at + TAG_LOW] !== wanted || words[at + TAG_HIGH] !== high) {
      const second = this.#second(at)
      if (words[second + TAG_LOW] !== wanted || words[second + TAG_HIGH] !== high) return -1
      for (let i = 0; i < WORDS; i++) {
        const word = words[at + i]
        words[at + i] = words[second + i]
        words[second + i] = word
      }
    }
    return (words[at + ADDEND] + vaLow) >>> 0
  }

  /**
   * Enters in one regime and context what another has, if it has it.
   *
   * @param from - whose entry is copied.
   * @param to - who gets it.
   * @returns the linear address, unsigned, or `-1` when there is nothing.
   */
  copy(kind: number, vaLow: number, vaHigh: number, from: TlbSpace, to: TlbSpace): number {
    const words = this.#words()
    const high = vaHigh >>> 0
    const tag = ((vaLow & ~0xfff) | (from.context << TLB_CONTEXT_SHIFT)) >>> 0
    let at = this.#entry(from.regime * KINDS + kind, vaLow, from.context)
    if (words[at + TAG_LOW] !== tag || words[at + TAG_HIGH] !== high) at = this.#second(at)
    if (words[at + TAG_LOW] !== tag || words[at + TAG_HIGH] !== high) return -1
    const addend = words[at + ADDEND]
    this.fill(to.regime, kind, vaLow, vaHigh, to.context, addend, words[at + SHIFT])
    return (addend + vaLow) >>> 0
  }

  /** Says that somebody else may copy entries of a kind into a context: fences then look there. */
  expect(regime: number, kind: number, context: number): void {
    this.#arrays[context] |= 1 << (regime * KINDS + kind)
    this.#used |= 1 << (regime * KINDS + kind)
  }

  /** Invalidates everything. */
  flushAll(): void {
    const words = this.#words()
    const size = this.layout.arraySize / 4
    for (let array = 0; array < ARRAYS; array++) {
      if ((this.#used & (1 << array)) !== 0) words.fill(INVALID, array * size, (array + 1) * size)
    }
    this.#forgetSuperpages()
  }

  /**
   * Invalidates the entries that translate an address, in the contexts of the set or in all: a fence that names
   * an address. Entries of the same superpage go too, wherever in it they are.
   */
  flushPage(vaLow: number, vaHigh: number, contexts?: ContextSet): void {
    if (contexts === undefined || this.mayHoldSuperpage(vaLow, vaHigh)) {
      this.#scan(vaLow, vaHigh, contexts)
      return
    }
    const words = this.#words()
    const high = vaHigh >>> 0
    for (let i = 0; i < contexts.size; i++) {
      const context = contexts.at(i)
      const low = ((vaLow & ~0xfff) | (context << TLB_CONTEXT_SHIFT)) >>> 0
      for (let array = 0, left = this.#arrays[context]; left !== 0; array++, left >>>= 1) {
        if ((left & 1) === 0) continue
        const at = this.#entry(array, vaLow, context)
        if (words[at + TAG_LOW] === low && words[at + TAG_HIGH] === high) invalidate(words, at)
        const second = this.#second(at)
        if (words[second + TAG_LOW] === low && words[second + TAG_HIGH] === high) invalidate(words, second)
      }
    }
  }

  /**
   * Invalidates the entries of one access kind, in every regime and context, that lead to a page of linear
   * memory: for stores that must be noticed from now on, say because code was found there.
   *
   * @param linear - any address in the page.
   */
  flushTarget(kind: number, linear: number): void {
    const words = this.#words()
    const size = this.layout.arraySize / 4
    const page = linear & ~0xfff
    for (let array = kind; array < ARRAYS; array += KINDS) {
      if ((this.#used & (1 << array)) === 0) continue
      for (let at = array * size; at < (array + 1) * size; at += WORDS) {
        const tag = words[at + TAG_LOW]
        if (tag !== INVALID && ((words[at + ADDEND] + (tag & ~0xfff)) & ~0xfff) === page)
          invalidate(words, at)
      }
    }
  }

  #fileSuperpage(vaLow: number, vaHigh: number, shift: number): void {
    const size = SUPERPAGE_SHIFTS.findIndex((larger) => shift <= larger)
    const bit = filterBit(vaLow, vaHigh, SUPERPAGE_SHIFTS[size])
    this.#superpages[bit >>> 5] |= 1 << (bit & 31)
    this.#superpages[SIZES] |= 1 << size
  }

  /** Whether there may be entries of a superpage that an address lies in: then a flush of it looks at every entry. */
  mayHoldSuperpage(vaLow: number, vaHigh: number): boolean {
    for (let size = 0, left = this.#superpages[SIZES]; left !== 0; size++, left >>>= 1) {
      if ((left & 1) === 0) continue
      const bit = filterBit(vaLow, vaHigh, SUPERPAGE_SHIFTS[size])
      if (((this.#superpages[bit >>> 5] >>> (bit & 31)) & 1) !== 0) return true
    }
    return false
  }

  #forgetSuperpages(): void {
    this.#superpages.fill(0)
  }

  /** Flushes an address by looking at every entry, and takes stock of the superpages that are left. */
  #scan(vaLow: number, vaHigh: number, contexts: ContextSet | undefined): void {
    const words = this.#words()
    const size = this.layout.arraySize / 4
    this.#forgetSuperpages()
    for (let array = 0; array < ARRAYS; array++) {
      if ((this.#used & (1 << array)) === 0) continue
      for (let at = array * size; at < (array + 1) * size; at += WORDS) {
        const tag = words[at + TAG_LOW]
        if (tag === INVALID) continue
        const high = words[at + TAG_HIGH]
        const shift = words[at + SHIFT]
        const context = contextOf(tag)
        if (
          samePage(tag ^ vaLow, high ^ vaHigh, shift) &&
          (contexts === undefined || contexts.has(context))
        ) {
          invalidate(words, at)
        } else if (shift > 12) {
          this.#fileSuperpage(tag, high, shift)
        }
      }
    }
  }

  /** The other entry of a pair. */
  #second(at: number): number {
    return at ^ (secondPlace(this.layout.arraySize) / 4)
  }

  /** Index of the first word of the first place of an address in a context. */
  #entry(array: number, vaLow: number, context: number): number {
    const { entries, indexMask } = this.layout
    const index = ((vaLow >>> 12) & indexMask) ^ contextHash(context, indexMask)
    return (array * entries + index) * WORDS
  }

  /** A growth detaches the old buffer, which leaves a view of length zero. */
  #words(): Uint32Array {
    if (this.#view.length === 0) {
      this.#view = new Uint32Array(this.#memory.buffer, this.#offset, this.layout.byteSize / 4)
    }
    return this.#view
  }
}

/** An entry whose tag is all ones matches nothing; the rest of it is dead. */
function invalidate(words: Uint32Array, at: number): void {
  words[at + TAG_LOW] = INVALID
  words[at + TAG_HIGH] = INVALID
}

const contextOf = (tagLow: number): number => (tagLow >>> TLB_CONTEXT_SHIFT) & 0x1ff

/**
 * Where the filter has the mapping of `2 ** shift` bytes that an address lies in: a kernel's superpages, in the upper half
 * of the address space, never are taken for those of its programs.
 */
function filterBit(vaLow: number, vaHigh: number, shift: number): number {
  const number = shift < 32 ? (vaLow >>> shift) | (vaHigh << (32 - shift)) : vaHigh >>> (shift - 32)
  return (
    (vaHigh >>> 31) * SUPERPAGE_FILTER_BITS +
    (Math.imul(number ^ shift, SUPERPAGE_HASH) >>> SUPERPAGE_HASH_SHIFT)
  )
}

/** Whether two addresses, given as the exclusive or of their halves, lie in one mapping of `2 ** shift` bytes. */
function samePage(low: number, high: number, shift: number): boolean {
  return shift < 32 ? high === 0 && low >>> shift === 0 : high >>> (shift - 32) === 0
}
