/** Modes of `satp` by name. Privileged ISA, "Supervisor Address Translation and Protection (satp) Register". */
export type SatpMode = 'bare' | 'sv39' | 'sv48' | 'sv57'

/**
 * The geometry of one kind of radix page table. Every level indexes 9 bits, except a root that may be wider (the
 * second-stage formats have four times as large a root, hence 11 bits).
 */
export interface PagingScheme {
  /** Name in lower case, such as `sv39`. */
  readonly name: string
  /** Value of the MODE field that selects it. */
  readonly mode: number
  /** Page-table levels; 0 means no translation. */
  readonly levels: number
  /** Width of the root's index in bits: 9 or 11. */
  readonly rootBits: number
  /** Width of the addresses it translates, in bits. */
  readonly addressBits: number
  /** Whether bits above `addressBits` must equal the highest translated bit (else they must be zero). */
  readonly signed: boolean
}

const scheme = (name: string, mode: number, levels: number, rootBits: 9 | 11): PagingScheme => ({
  name,
  mode,
  levels,
  rootBits,
  addressBits: levels === 0 ? 64 : 12 + 9 * (levels - 1) + rootBits,
  signed: rootBits === 9,
})

/** First-stage schemes by the name of their `satp` mode. Privileged ISA, "Sv39", "Sv48" and "Sv57". */
export const schemes: Readonly<Record<SatpMode, PagingScheme>> = {
  bare: scheme('bare', 0, 0, 9),
  sv39: scheme('sv39', 8, 3, 9),
  sv48: scheme('sv48', 9, 4, 9),
  sv57: scheme('sv57', 10, 5, 9),
}

/** Modes of `hgatp` by name. Privileged ISA, "Hypervisor Guest Address Translation and Protection Register". */
export type HgatpMode = 'bare' | 'sv39x4' | 'sv48x4' | 'sv57x4'

/**
 * G-stage schemes by the name of their `hgatp` mode: as their namesakes, with a 16 KiB root and zero-extended
 * addresses of 41, 50 and 59 bits. Privileged ISA, "Guest Physical Address Translation".
 */
export const gStageSchemes: Readonly<Record<HgatpMode, PagingScheme>> = {
  bare: schemes.bare,
  sv39x4: scheme('sv39x4', 8, 3, 11),
  sv48x4: scheme('sv48x4', 9, 4, 11),
  sv57x4: scheme('sv57x4', 10, 5, 11),
}

const byModeOf = (known: Readonly<Record<string, PagingScheme>>): readonly (PagingScheme | undefined)[] => {
  const table: (PagingScheme | undefined)[] = new Array(16).fill(undefined)
  for (const each of Object.values(known)) table[each.mode] = each
  return table
}
const byMode = byModeOf(schemes)
const byGStageMode = byModeOf(gStageSchemes)

/** @returns the first-stage scheme of a `satp` MODE field (0 to 15), or `undefined` for a reserved one. */
export const schemeOfMode = (mode: number): PagingScheme | undefined => byMode[mode]

/** @returns the G-stage scheme of an `hgatp` MODE field (0 to 15), or `undefined` for a reserved one. */
export const gStageSchemeOfMode = (mode: number): PagingScheme | undefined => byGStageMode[mode]

/** log2 of the bytes that a leaf at `level` maps: 12, 21, 30, 39, 48. */
export const pageShift = (level: number): number => 12 + 9 * level

/** Bytes that a leaf at `level` maps: 4 KiB, 2 MiB, 1 GiB, 512 GiB, 256 TiB. */
export const pageSize = (level: number): number => 2 ** pageShift(level)
