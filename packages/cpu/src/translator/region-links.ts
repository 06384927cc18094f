/**
 * How regions of translated code are linked to what surrounds them: the interpreter, each other, and the places in the
 * first 64 KiB of the machine's memory that they share.
 */

/** Parameters of a region's function: state block, pc, calls that may still be nested, steps left. */
export const regionParams = ['i32', 'i64', 'i32', 'i32'] as const

/** Parameters of the functions that find a region: state block, calls that may still be nested, steps left, an address. */
export const dispatchParams = ['i32', 'i32', 'i32', 'i64'] as const

/** Parameters of the function that leaves a region: state block, address of the page, place, steps left, reach counter. */
export const leaveParams = ['i32', 'i64', 'i32', 'i32', 'i32'] as const

/** An address at which no instruction begins: the dispatcher that expects it ends when something has to be interpreted. */
export const NOWHERE = 1

/** Bit of a region's result: the instruction at `pc` must be interpreted. The other bits are the steps left. */
export const INTERPRET = 0x8000_0000 | 0

/** Ops from here on are entries of regions: the op less this is the number of the entry. */
export const REGION_OP = 0x8000

/** Entries of regions at a time at most. */
export const MOST_ENTRIES = 16384

/** Guest calls that run as nested Wasm calls at most. */
export const MOST_NESTED_REGIONS = 64

/** Linear address of the ops that entries have taken the place of, 16 bits each. */
export const ORIGINAL_OPS = 0x4000

/** Regions that count each for themselves; with more of them, some share their counts. */
const MOST_COUNTING = 8192

/** Counts of failed reach checks since the translator looked, 16 bits for each region. */
export const ReachCounters = {
  start: 0xc000,
  count: MOST_COUNTING,
  /** With so many a region is translated anew. */
  enough: 500,
  /** Linear address of a word that is not 0 when some region has so many. */
  isEnough: 0x2000,
} as const

/** Linear address of a region's count of failed reach checks. */
export const reachCounterAt = (index: number): number => ReachCounters.start + 2 * (index % MOST_COUNTING)

/** Steps in loops since the translator looked, 32 bits for each region. */
export const LoopCounters = { count: MOST_COUNTING, size: 4 * MOST_COUNTING } as const

/** Where modules keep which records the pages have that they call: 32 bits for each place. */
export const CallLinkCells = { size: 4 * 16384 } as const

/** Linear address of a region's count of steps in loops. @param start - of the {@link LoopCounters}. */
export const loopCounterAt = (start: number, index: number): number => start + 4 * (index % MOST_COUNTING)

/**
 * Parameters of the functions that find a page which is not in the first place of the TLB: state block, address, bits of
 * it, and what these are at most.
 */
export const locateParams = ['i32', 'i64', 'i32', 'i32'] as const

/**
 * Linear address of a number of 64 bits that grows whenever a region is entered from the interpreter, or finds a page that
 * is not in the first place of the TLB. In between nothing in the TLB changes, nor which of its translations hold.
 */
export const GENERATION = 0x3000

/** Where a region keeps the pages in which its accesses were the last time. They are valid within one generation. */
export const PageMemories = {
  /** The generation in which they were used last. */
  seen: 0,
  /** The first of them. */
  first: 8,
  /** At most in a region. */
  most: 16,
} as const

/** A page in which an access was the last time: offsets. */
export const PageMemory = {
  /** An address that is less than `limit` above this, modulo 2^64, is in the page with all that is accessed around it. */
  start: 0,
  /** 32 bits; 0 when no page is remembered. */
  limit: 8,
  /** From an address of the page to the linear one. */
  addend: 12,
  size: 16,
} as const

/** Bytes of a region's remembered pages. */
export const PAGE_MEMORIES_SIZE = PageMemories.first + PageMemories.most * PageMemory.size

/** Regions that remember pages at a time at most. */
export const MOST_REMEMBERING = 2048

/**
 * Where computed jumps lead that leave a region for another place of its page: linear addresses, 32 bits each, at a place
 * that follows from the address.
 */
export const JumpTargets = {
  /** The bits of an address that tell its place, */
  mask: 0x1ffe,
  /** times two to the power of this. */
  shift: 1,
  size: 0x4000,
} as const

/** Why translated code left an instruction to the interpreter. */
export const LeaveCause = {
  /** A translation that is not in the first place of the TLB, a device, or a store to a page with code. */
  memory: 0,
  /** Fewer steps are left than the code ahead may take. */
  budget: 1,
  /** An instruction that only the interpreter or TypeScript executes. */
  instruction: 2,
  /** Its guard does not hold: floating point is off or clean, or the privilege is too low. */
  guard: 3,
  /** Accesses off one register, which were expected in one page, are in two. */
  reach: 4,
} as const

/** Names of the causes. */
export type LeaveCauseName = keyof typeof LeaveCause
