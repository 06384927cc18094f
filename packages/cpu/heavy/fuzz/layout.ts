/**
 * Where things are in a fuzzing image. It is loaded at the start of RAM and entered in M-mode; all of it is the
 * same bytes for QEMU and for the hart.
 *
 * ```text
 * 0x8000_0000  a jump to the supervisor
 * 0x8000_1000  supervisor: driver, M-mode trap handler, dump (M-mode only)
 * 0x8000_3000  handlers of HS-mode and VS-mode
 * 0x8000_4000  record of the program at hand, 4 pages, which all handlers write
 * 0x8000_8000  table of programs: address of each block, 0 for one that is left out
 * 0x8001_0000  blocks, one per program, 128 KiB each
 *                +0x0_0000  prologue, entered in M-mode (2 pages)
 *                +0x0_2000  code, slots of 8 bytes
 *                +0x0_4000  data, 4 pages
 *                +0x0_8000  page tables of the first stage
 *                +0x1_0000  page tables of the second stage
 * ```
 */
export const BASE = 0x8000_0000
export const SUPERVISOR = 0x8000_1000
export const HANDLERS = 0x8000_3000
export const RECORD = 0x8000_4000
export const TABLE = 0x8000_8000
export const BLOCKS = 0x8002_0000
/** Where the supervisor keeps the address of the table's entry at hand. */
export const CURRENT = BLOCKS - 8
export const BLOCK_SIZE = 0x2_0000
export const CODE = 0x2000
/** Bytes of code: one page. */
export const CODE_SIZE = 0x1000
export const DATA = 0x4000
export const DATA_PAGES = 4
export const TABLES = 0x8000
export const NESTED_TABLES = 0x1_0000
/** Every code page is mapped a second time for U-mode, this much higher. */
export const USER_ALIAS = 0x1_0000_0000n

export const SLOT = 8
/** Slots of a program; from here on there are only ECALLs, and a trap here ends it. */
export const SLOTS = 96
/** Traps after which a program ends. */
export const MOST_TRAPS = 48

/** The record, in doublewords. */
export const Word = {
  /** Traps logged. */
  count: 0,
  /** Where to go on after a trap that did not come from the code page. */
  resume: 1,
  /** Saved registers of M-mode, x1 to x31. */
  x: 2,
  f: 34,
  fcsr: 66,
  /** Sum over the data pages, and over the page tables. */
  data: 67,
  tables: 68,
  index: 69,
  /** CSRs, as {@link dumpedCsrs} lists them. */
  csrs: 70,
  log: 128,
} as const
/** Doublewords of one log entry: level, cause, epc, tval, status, then what the level adds. */
export const LOG_WORDS = 8

/** Where the peer has devices, here and there: below RAM, and the upper window of its PCI host. */
export const DEVICES: readonly (readonly [from: number, to: number])[] = [
  [0x1000, BASE],
  [2 ** 34, 2 ** 35],
]
