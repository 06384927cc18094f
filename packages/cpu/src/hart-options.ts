import type { SatpMode } from '@worldswitch/mmu'
import type { CountedTime } from './counted-time.ts'
import type { MachineMemory } from './machine-memory.ts'
import type { PhysicalBus } from './physical-bus.ts'
import type { Trap } from './trap.ts'

/** Every extension that a hart may implement, by the names of the specifications; I, Zicsr and Zifencei it always has. */
export const hartExtensions = [
  'I',
  'M',
  'A',
  'F',
  'D',
  'C',
  'Zicsr',
  'Zifencei',
  'Zba',
  'Zbb',
  'Zbc',
  'Zbs',
  'Zicond',
  'Zicbom',
  'Zicbop',
  'Zicboz',
  'Zawrs',
  'Zihintntl',
  'Zihintpause',
  'Zicntr',
  'Zihpm',
  'Sstc',
  'H',
  'Svade',
  'Svadu',
  'Svinval',
  'Svnapot',
  'Svpbmt',
] as const

/** Letter or name of an extension that a hart may implement. */
export type HartExtension = (typeof hartExtensions)[number]

/** The level at which a monitor is attached: traps destined to it return from `run` instead of being vectored. */
export type MonitorLevel = 'M' | 'HS' | 'S'

/**
 * Which engine executes:
 *
 * - `auto`: the generated interpreter, which has what is hot translated to WebAssembly;
 * - `interpreter`: the generated interpreter alone;
 * - `translator`: as `auto`, but everything is translated when it is first arrived at: for tests;
 * - `reference`: the evaluator that the others are checked against (slow).
 */
export type EngineName = 'auto' | 'interpreter' | 'translator' | 'reference'

/** What a hart is made of. */
export interface HartOptions {
  /** `mhartid`, and the index of its state block in the memory: `[0, memory.harts)`. */
  readonly id: number
  /** The machine's memory: state blocks, TLBs, predecoded code and RAM. */
  readonly memory: MachineMemory
  /** Everything that is not RAM. Without it all of that is an access fault. */
  readonly bus?: PhysicalBus | undefined
  /**
   * Default: all of {@link hartExtensions}. I, Zicsr and Zifencei are always there; D needs F. With Svadu `menvcfg.ADUE` makes
   * hardware set A and D bits; it is reset to 0 with Svade beside it, to 1 without. A hart with neither raises page
   * faults, as with Svade.
   */
  readonly extensions?: readonly HartExtension[]
  /** Default: bare, sv39, sv48 and sv57. */
  readonly satpModes?: readonly SatpMode[]
  /**
   * PMP entries, 0 to 16, default 16. With any, S and U reach nothing until an entry allows it: see
   * {@link HartOptions.pmpOpen}.
   */
  readonly pmpEntries?: number
  /**
   * Resets the last PMP entry to "all of memory, RWX", as firmware would set it. Default: true when a monitor is
   * attached, because then no firmware of the guest's runs.
   */
  readonly pmpOpen?: boolean
  /**
   * Makes the hart one that cannot be virtualized by trapping alone: some sensitive instructions do not trap in U-mode. A
   * CSR of S-mode is read as it is, and what is written to it is ignored; SFENCE.VMA and WFI do nothing. RISC-V has no such
   * holes; x86 had them before VT-x. Default: false.
   */
  readonly sensitiveHoles?: boolean
  /** The `time` CSR in ticks. Default: always 0. Called in the middle of an instruction, as a bus is. */
  readonly time?: () => bigint
  /**
   * `time` as a function of the hart's counters, where it is one: then code that reads it need not call for it. Asked again and
   * again while the hart runs. Until the next instruction boundary at which {@link Hart.requestStop} takes effect, or `run` ends, it
   * must give what `time` gives.
   */
  readonly countedTime?: () => CountedTime | undefined
  /**
   * Told when {@link Hart.timerDeadline} may have moved because the guest wrote to a comparator of Sstc. Whoever
   * budgets by the old deadline calls {@link Hart.requestStop}.
   */
  readonly timerMoved?: () => void
  /** Default: none, all traps are vectored. 'HS' and 'S' are the same level on a hart without H. */
  readonly monitor?: MonitorLevel | undefined
  /** Default: 'auto'. */
  readonly engine?: EngineName
}

/** How a call of `run` ended. */
export interface RunResult {
  /**
   * - `budget`: the steps are used up;
   * - `trap`: a trap is destined to the monitor, see `trap`;
   * - `wfi`: WFI was executed and nothing is pending; `pc` is after it;
   * - `wrs`: WRS was executed while a reservation holds and nothing is pending; `pc` is after it. Let other harts run;
   *   this one may go on at any time;
   * - `stopped`: somebody called `requestStop`.
   */
  readonly reason: 'budget' | 'trap' | 'wfi' | 'wrs' | 'stopped'
  /** Steps executed by this call: instructions attempted, and interrupts taken. */
  readonly steps: number
  readonly trap?: Trap
}
