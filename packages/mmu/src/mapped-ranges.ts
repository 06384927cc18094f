import { type Gpa, type Gva, gpa, gva, type Hpa, hpa } from './address.ts'
import { decodeHgatp } from './hgatp.ts'
import { HIGH_PPN, malformedLeaf, malformedPointer } from './malformed-pte.ts'
import { gStageSchemes, type PagingScheme, schemes } from './paging-scheme.ts'
import { formatPermissions } from './permissions.ts'
import { memoryTypes, PteBit } from './pte.ts'
import { decodeSatp } from './satp.ts'
import type { WalkMemory } from './walk-memory.ts'
import { WalkFlag } from './walk-result.ts'

interface Extent {
  /** Bytes; a whole address space is more than a `number` counts exactly. */
  readonly size: bigint
  /** Bytes of each mapping in it. */
  readonly pageSize: number
  /** Low eight bits of the leaves, with G also when a table above has it. See `PteBit`. */
  readonly bits: number
  /** Svpbmt memory type, an index into `memoryTypes`. */
  readonly memoryType: number
}

/** Neighbouring pages of one kind that lead to neighbouring physical pages. */
export interface MappedRange extends Extent {
  /** First virtual address. */
  readonly va: Gva
  /** Physical address it leads to. */
  readonly pa: Gpa
}

/** Neighbouring guest pages of one kind that lead to neighbouring host pages. */
export interface GuestMappedRange extends Extent {
  /** First guest-physical address. */
  readonly gpa: Gpa
  /** Host-physical address it leads to. */
  readonly hpa: Hpa
}

/** Bounds for looking at a table that may be hostile. */
export interface RangeLimits {
  /** PTEs to read at most. Default `2^20`. */
  readonly maxReferences?: number
  /** Ranges to return at most. Default 1000. */
  readonly maxRanges?: number
}

/** What {@link mappedRanges} and {@link mappedGuestRanges} found. */
export interface MappedRanges<Range = MappedRange> {
  /** In the order of the addresses they map, as unsigned numbers. */
  readonly ranges: readonly Range[]
  /** Valid-looking PTEs that a walk would refuse: reserved bits, misaligned superpages, too deep, W without R. */
  readonly malformed: number
  /** PTEs that lie outside the memory. */
  readonly unreadable: number
  /** `false` when a limit ended the search. */
  readonly complete: boolean
}

/**
 * Lists what a `satp` maps, whatever is in its tables: cycles and tables that point at themselves end at the limits.
 * Reads memory only.
 */
export function mappedRanges(memory: WalkMemory, satp: bigint, limits: RangeLimits = {}): MappedRanges {
  const { mode, ppn } = decodeSatp(satp)
  return search(memory, mode === 'reserved' ? schemes.bare : schemes[mode], ppn, limits)
}

/** The same for a G-stage: what an `hgatp` maps. */
export function mappedGuestRanges(
  memory: WalkMemory,
  hgatp: bigint,
  limits: RangeLimits = {},
): MappedRanges<GuestMappedRange> {
  const { mode, ppn } = decodeHgatp(hgatp)
  const scheme = mode === 'reserved' ? gStageSchemes.bare : gStageSchemes[mode]
  const { ranges, ...rest } = search(memory, scheme, ppn, limits)
  return {
    ...rest,
    ranges: ranges.map(({ va, pa, ...extent }) => ({ gpa: gpa(va), hpa: hpa(pa), ...extent })),
  }
}

/**
 * Prints what a `satp` maps, one range per line, like a monitor's `info mem`:
 * virtual range, physical base, permissions (`rwxugad`), page size.
 *
 * @returns at most `maxRanges` lines between a heading and notes on what was left out or is malformed.
 */
export function formatPageTable(memory: WalkMemory, satp: bigint, limits: RangeLimits = {}): string {
  const { mode, asid, ppn } = decodeSatp(satp)
  if (mode === 'bare' || mode === 'reserved') return `${mode}: no page table\n`
  return format(`${mode} root ${hex(ppn * 4096)} asid ${asid}`, search(memory, schemes[mode], ppn, limits))
}

/** The same for a G-stage: prints what an `hgatp` maps. */
export function formatGStageTable(memory: WalkMemory, hgatp: bigint, limits: RangeLimits = {}): string {
  const { mode, vmid, ppn } = decodeHgatp(hgatp)
  if (mode === 'bare' || mode === 'reserved') return `${mode}: no page table\n`
  return format(
    `${mode} root ${hex(ppn * 4096)} vmid ${vmid}`,
    search(memory, gStageSchemes[mode], ppn, limits),
  )
}

function format(heading: string, { ranges, malformed, unreadable, complete }: MappedRanges): string {
  const lines = [heading]
  for (const { va, pa, size, pageSize, bits, memoryType } of ranges) {
    const type = memoryType === 0 ? '' : ` ${memoryTypes[memoryType]}`
    const to = `${hex(va)}-${hex(va + size - 1n)} -> ${hex(pa)}`
    lines.push(`${to} ${formatPermissions(bits)} ${sizeName(pageSize)}${type}`)
  }
  if (ranges.length === 0) lines.push('nothing mapped')
  if (malformed > 0) lines.push(`${malformed} malformed entries`)
  if (unreadable > 0) lines.push(`${unreadable} entries outside memory`)
  if (!complete) lines.push('... limit reached')
  return `${lines.join('\n')}\n`
}

function search(
  memory: WalkMemory,
  scheme: PagingScheme,
  rootPpn: number,
  limits: RangeLimits,
): MappedRanges {
  const found = new Search(memory, scheme, limits)
  if (scheme.levels > 0) found.table(rootPpn * 4096, scheme.levels - 1, 0, 0)
  const { ranges, malformed, unreadable, complete } = found
  return { ranges, malformed, unreadable, complete }
}

class Search {
  readonly ranges: MappedRange[] = []
  malformed = 0
  unreadable = 0
  complete = true
  readonly #memory: WalkMemory
  readonly #scheme: PagingScheme
  readonly #maxRanges: number
  #references: number

  constructor(memory: WalkMemory, scheme: PagingScheme, limits: RangeLimits) {
    this.#memory = memory
    this.#scheme = scheme
    this.#maxRanges = limits.maxRanges ?? 1000
    this.#references = limits.maxReferences ?? 2 ** 20
  }

  /** @param vpn - page number of the first page that the table covers. */
  table(address: number, level: number, vpn: number, inherited: number): void {
    const entries = level === this.#scheme.levels - 1 ? 2 ** this.#scheme.rootBits : 512
    for (let i = 0; i < entries && this.complete; i++) {
      if (this.#references-- <= 0) {
        this.complete = false
        return
      }
      const low = this.#memory.load32(address + i * 8)
      const high = this.#memory.load32(address + i * 8 + 4)
      if (low < 0 || high < 0) this.unreadable++
      else if ((low & PteBit.valid) !== 0) this.#entry(level, low, high, vpn + i * 512 ** level, inherited)
    }
  }

  #entry(level: number, low: number, high: number, vpn: number, inherited: number): void {
    const global = inherited | (low & PteBit.global)
    const rwx = low & (PteBit.read | PteBit.write | PteBit.execute)
    const ppn = (low >>> 10) + (high & HIGH_PPN) * 0x40_0000
    if (rwx === 0) {
      if (level === 0 || malformedPointer(low, high)) this.malformed++
      else this.table(ppn * 4096, level - 1, vpn, global)
      return
    }
    const bad = (rwx & PteBit.read) === 0 && (rwx & PteBit.write) !== 0
    if (bad || malformedLeaf(level, low, high, WalkFlag.svpbmt | WalkFlag.svnapot) !== 0) {
      this.malformed++
      return
    }
    const napot = high >>> 31 === 1
    const va = BigInt(vpn) << 12n
    this.#add({
      va: gva(this.#scheme.signed ? BigInt.asIntN(this.#scheme.addressBits, va) : va),
      pa: ((napot ? ppn - 8 + (vpn & 0xf) : ppn) * 4096) as Gpa,
      size: 4096n << BigInt(9 * level),
      pageSize: napot ? 65536 : 4096 * 512 ** level,
      bits: (low & 0xff) | global,
      memoryType: (high >>> 29) & 3,
    })
  }

  #add(next: MappedRange): void {
    const last = this.ranges.at(-1)
    if (
      last !== undefined &&
      last.va + last.size === next.va &&
      BigInt(last.pa) + last.size === BigInt(next.pa) &&
      last.pageSize === next.pageSize &&
      last.bits === next.bits &&
      last.memoryType === next.memoryType
    ) {
      this.ranges[this.ranges.length - 1] = { ...last, size: last.size + next.size }
    } else if (this.ranges.length >= this.#maxRanges) {
      this.complete = false
    } else {
      this.ranges.push(next)
    }
  }
}

function sizeName(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  let value = bytes
  while (value >= 1024) {
    value /= 1024
    unit++
  }
  return `${value}${units[unit]}`
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`
