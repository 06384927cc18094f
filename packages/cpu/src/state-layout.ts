import { REGIMES } from '@worldswitch/mmu'

/**
 * Byte offsets in a hart's state block. The block holds all state of a hart, so that a snapshot of it is a copy; the
 * generated code reads and writes it directly.
 *
 * ```text
 *     0  x0..x31            x0 is always zero: writes to it go to the sink
 *   256  sink               where predecoded instructions with rd = x0 write
 *   264  pc
 *   272  execution          counters and what the interpreter and TypeScript tell each other
 *   512  CSRs               64 bits each, see CsrSlot
 *  1536  trap counters      exceptions by cause, then interrupts by number
 *  1856  f0..f31            64 bits each; a single is NaN-boxed
 *  2544  walks              what generated code needs to know to walk page tables
 *  2816  time               as a function of the counters
 *  3072  watched-store TLB  pages that hold predecoded code; one array per regime
 *  8192  superpages         a filter, see `TlbView`
 *  8720  fenced             contexts that fences have to look at
 * 10304  table pages        where a guest's page tables are, as walks remember it
 * 12416  across             what has been decoded of instructions across two pages
 * ```
 */
export const State = {
  x: 0,
  sink: 256,
  pc: 264,
  /** f64: the value that the step counter has when `left` and `deferred` have run out. */
  stepEnd: 272,
  /** i32: steps left in this call of the interpreter. Spilled when TypeScript is called. */
  left: 280,
  /** i32: steps withheld from `left`, so that the interpreter returns at the next instruction boundary. */
  deferred: 284,
  /** i32: 0 U, 1 S, 3 M. */
  privilege: 288,
  /** i32: position in the predecoded records. */
  ip: 292,
  /** i64: pc = pcBias + (ip >> 3). */
  pcBias: 296,
  /** The regime: where loads, stores and fetches find their translations, {@link REGIME_SIZE} bytes. */
  regime: 304,
  /** i32: base of the read array of the regime of loads and stores, with the context's hash; the write array follows it. */
  dataTlb: 304,
  /** i32: linear address of that regime's watched-store array. */
  dataWatch: 308,
  /** i64: context id of loads and stores, shifted into place. */
  dataContext: 312,
  /** i32: base of the execute array of the current regime, with the context's hash. */
  fetchTlb: 320,
  /** i32: the regime of loads and stores, one of `Regime`. */
  dataRegime: 324,
  /** i64 */
  fetchContext: 328,
  /** i64: address of the access that the interpreter asks TypeScript for. */
  slowAddress: 336,
  /** i64: value of it. */
  slowValue: 344,
  /** i64: what `xtval` will be if the instruction traps. */
  trapValue: 384,
  /** f64: steps that ended in a trap. */
  trapSteps: 352,
  tlbMisses: 360,
  walkReferences: 368,
  /** f64: fences of translations, and address spaces selected. */
  fences: 432,
  /** i32: levels of the interrupt lines 3, 7, 9 and 11, as bits of `mip`. */
  lines: 376,
  /** i64: the operand of a CSR instruction; then the value to write. */
  csrOperand: 392,
  /** i64: the value that a CSR instruction has read. */
  csrValue: 400,
  /** i32: the accrued exception flags of `fcsr`: NX 1, UF 2, OF 4, DZ 8, NV 16. */
  fflags: 408,
  /** i32: the dynamic rounding mode of `fcsr`, as the guest wrote it: 5 to 7 are reserved. Read with `fflags` as one i64. */
  frm: 412,
  /** i32: 1 while generated code may use the f registers: FS is Dirty, and that of VS-mode too where it counts. */
  floatReady: 416,
  /** i32: linear address of the reserved granule, 0 without a reservation. */
  reservation: 420,
  /** i32: virtualization mode: 1 in VS- and VU-mode. */
  virtual: 448,
  /** i32: from the slot of an S-mode CSR to the one that instructions mean: 0, or {@link VIRTUAL_SHIFT} in VS-mode. */
  csrShift: 452,
  /** i32: which CSR slots instructions reach: 0 U and VU, 1 VS, 2 S (HS), 3 M. */
  csrLevel: 456,
  csr: 512,
  exceptionCounts: 1536,
  interruptCounts: 1728,
  f: 1856,
  /** End of what a snapshot must hold; the rest is a cache. */
  end: 2112,
  /** i64 per cause: how often translated code left an instruction to the interpreter. See `LeaveCause`. */
  leaves: 2112,
  /** i64: regions entered from the interpreter. */
  entries: 2176,
  /** i64: regions entered from regions, other than by direct calls. */
  dispatches: 2184,
  /** f64: steps that were executed in regions. */
  translatedSteps: 2192,
  /** i32: arrivals at a record in one period after which its region is promoted. */
  promotionThreshold: 2240,
  /** i32: interrupts that timers make pending, as bits of `mip`, when somebody looked at the time last. */
  timersPending: 2244,
  /** i32: the bits of `sstatus` that can be written. */
  statusMask: 2248,
  /** i32: exceptions that S-mode (HS-mode) takes itself if they are delegated to it: all, or none if a monitor does. */
  supervisorTakes: 2252,
  /**
   * i32: as {@link State.dataTlb}, of the context that all address spaces share, in the arrays of M-mode. {@link SHARED_SIZE}
   * bytes further that of the guest's address spaces.
   */
  sharedTlb: 2256,
  /** i64: that context, shifted into place; 0 without one. */
  sharedContext: 2264,
  /**
   * The regimes of U-mode, S-mode without SUM and S-mode with SUM, then those of VU- and VS-mode likewise. Each is as
   * {@link State.regime}, {@link REGIME_SIZE} bytes. Those of the current virtualization mode are valid.
   */
  regimes: 2288,
  /** The page tables of `satp`. See {@link Tables}. */
  tables: 2544,
  /** i64: physical address of the RAM in which PMP lets all modes do everything. */
  openFrom: 2560,
  /** i64: bytes of it. */
  openBytes: 2568,
  /** i32: linear address of it. */
  openLinear: 2576,
  /** i32: where the table of records would have the page at linear address 0; 4 bytes a page. See `CodePool`. */
  recordsOfPage: 2580,
  /** i32: 1 when other harts hold reservations, as this one began to run. */
  foreignReservations: 2584,
  /** i32: 1 when anything is in the watched-store arrays. */
  watches: 2588,
  /** i32: linear address of the TLB. */
  tlb: 2592,
  /** i32: how many contexts are in {@link State.fenced}; -1 when they are too many: then TypeScript has to be asked. */
  fencedCount: 2596,
  /** i32: references of a walk in generated code that has ended with a page fault and is not counted yet. */
  faultReferences: 2600,
  /** i32: all ones where a trap tells about its instruction, with the hypervisor extension; otherwise 0. */
  tells: 2604,
  /** i32: the number of the period in which arrivals are counted, at its place in a record's count. */
  arrivalsPeriod: 2608,
  /** The page tables of `vsatp`: their addresses are guest-physical. See {@link Tables}. */
  vsTables: 2616,
  /** The page tables of `hgatp`. See {@link Tables}. */
  gTables: 2632,
  /** i64: which entries of {@link State.newTablePages} belong to a walk in generated code that has ended and is not counted yet. */
  newTables: 2648,
  /** i32: 1 when what follows says what `time` is, as `CountedTime` does: f64 each, but for the last, i64. */
  timeKnown: 2816,
  timeStart: 2824,
  timeBefore: 2832,
  timePerStep: 2840,
  timePerTrap: 2848,
  timePerWalkReference: 2856,
  timePerFence: 2864,
  timeMost: 2872,
  timePerTick: 2880,
  timeOffset: 2888,
  watch: 3072,
  /** `TlbView`'s filter of superpages, `SUPERPAGE_FILTER_WORDS` words. */
  superpages: 8192,
  /**
   * The contexts that SFENCE.VMA with an address may have to look at, {@link FENCED_SIZE} bytes each: the context, shifted into
   * place; its ASID, or -1 for what address spaces share; its hash in bytes; 16 bits with one of {@link FencedKind}; 16 with the
   * VMID, or -1 outside of guests.
   */
  fenced: 8720,
  /** What `TwoStageWalker` remembers of a guest's page tables, of {@link TABLE_PAGES} pages: 8 bytes each for the tag, then for the page. */
  tablePages: 10304,
  /** Likewise, what a walk in generated code has found that is not counted yet. See {@link State.newTables}. */
  newTablePages: 11328,
  /**
   * What has been decoded of instructions across two pages, {@link ACROSS_SIZE} bytes each, at a place that follows from the
   * record where the instruction begins. See {@link Across}.
   */
  across: 12416,
} as const

/** Offsets in {@link State.tables}. */
export const Tables = {
  /** i64: address of the root table. */
  root: 0,
  /** i32: levels; 0 when addresses are bare. */
  levels: 8,
  /** i32: `WalkFlag` bits in force whatever is accessed: Svadu, Svpbmt, Svnapot. */
  rules: 12,
} as const

/** Pages of a guest's page tables of which is remembered where they are: as many as a mask of 64 bits has. */
export const TABLE_PAGES = 64

/** Bytes of an entry of {@link State.fenced}. */
export const FENCED_SIZE = 16
/** Entries there at most. */
export const FENCED_MOST = 96
/** Whose entries a context tags: U- and S-mode's (a guest's), those of S-mode's data alone, or those that all address spaces share. */
export const FencedKind = { both: 0, supervisor: 1, shared: 2 } as const

/** Bytes of a regime, up to and including `fetchContext`. */
export const REGIME_SIZE = 32
/** Offsets in an entry of {@link State.across}. */
export const Across = {
  /** Its own record, of which only the first half is needed. */
  record: 0,
  /** i32: the record where it begins. */
  from: 16,
  /** i32: the first record of the page where it ends. */
  to: 20,
  /** i32: linear address of its first halfword. */
  first: 24,
  /** i32: of its second. */
  second: 28,
  /** The mark that leads to the page where it ends. */
  end: 32,
  /** i32: the instruction. */
  instruction: 48,
} as const
/** Bytes of an entry. */
export const ACROSS_SIZE = 64
/** Entries there, a power of two: two places for each instruction. */
export const ACROSS_ENTRIES = 64
/** From the record where an instruction begins to its entry: what it is multiplied by, and then bits to the right. */
export const ACROSS_HASH = 0x9e37_79b1
export const ACROSS_SHIFT = 16

/** Bytes from what address spaces share to what those of the guest do. */
export const SHARED_SIZE = 16
/** Regimes of a virtualization mode in {@link State.regimes}. */
export const REGIMES_OF_MODE = 3

/** Exception codes that are counted: 0 to 23. */
export const EXCEPTION_CODES = 24
/** Interrupt numbers that are counted: 0 to 15. */
export const INTERRUPT_CODES = 16

/** Bytes from one state block to the next. */
export const STATE_SIZE = 16512

/** Entries of a watched-store array: power of two. Same form as a TLB entry, with the records' base as last word. */
export const WATCH_ENTRIES = 64
/** Bytes of one. */
export const WATCH_ARRAY_SIZE = WATCH_ENTRIES * 16
/** Bytes of all of them. */
export const WATCH_BYTES = REGIMES * WATCH_ARRAY_SIZE

/** S-mode CSRs of which VS-mode has its own; `sstatus` is part of `mstatus`. */
const replicated = ['mstatus', 'stvec', 'sscratch', 'sepc', 'scause', 'stval', 'satp', 'stimecmp'] as const
const replicas = [
  'vsstatus',
  'vstvec',
  'vsscratch',
  'vsepc',
  'vscause',
  'vstval',
  'vsatp',
  'vstimecmp',
] as const

const slotNames = [
  'medeleg',
  'mideleg',
  'mie',
  'mip',
  'mtvec',
  'mcounteren',
  'mcountinhibit',
  'mscratch',
  'mepc',
  'mcause',
  'mtval',
  'menvcfg',
  'mcycle',
  'minstret',
  'scounteren',
  'senvcfg',
  ...replicated,
  ...replicas,
  'hstatus',
  'hedeleg',
  'hideleg',
  'hvip',
  'hcounteren',
  'henvcfg',
  'htimedelta',
  'htval',
  'htinst',
  'hgatp',
  'mtval2',
  'mtinst',
  'pmpcfg0',
  'pmpcfg2',
] as const

/** Name of a 64-bit CSR slot. */
export type CsrSlotName = (typeof slotNames)[number]

/** Byte offsets of the CSR slots in a state block. */
export const CsrSlot = Object.fromEntries(
  slotNames.map((name, index) => [name, State.csr + index * 8]),
) as Readonly<Record<CsrSlotName, number>>

/** Bytes from the slot of an S-mode CSR to that of its replica for VS-mode. */
export const VIRTUAL_SHIFT = replicated.length * 8

/** Byte offset of `pmpaddr0`; fifteen more follow it. */
export const PMPADDR_SLOT = State.csr + slotNames.length * 8
