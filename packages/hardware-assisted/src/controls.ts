import { ExceptionCause, type HartExtension } from '@worldswitch/cpu'
import { type BlockSize, blockSizes, HypervisorError } from '@worldswitch/hypervisor'

/** Exceptions that the hart can take to a guest's kernel without an exit, by name: those that `hedeleg` has a bit for. */
export const delegableExceptions = [
  'instructionAddressMisaligned',
  'instructionAccessFault',
  'illegalInstruction',
  'breakpoint',
  'loadAddressMisaligned',
  'loadAccessFault',
  'storeAddressMisaligned',
  'storeAccessFault',
  'environmentCallFromU',
  'instructionPageFault',
  'loadPageFault',
  'storePageFault',
] as const satisfies readonly (keyof typeof ExceptionCause)[]

/** One of {@link delegableExceptions}. */
export type DelegableException = (typeof delegableExceptions)[number]

/** Counters by name, and their bits in `hcounteren`. */
const counterBits = { cycle: 1n, time: 2n, instret: 4n } as const

/** A counter that a guest can be let read. */
export type CounterName = keyof typeof counterBits

/**
 * What a guest does that makes it exit: the execution controls. Plain data, as a control field of VT-x is; each says
 * which register of the hypervisor extension it becomes.
 *
 * Interrupts are no choice: a guest whose interrupts were not delegated could not enable them.
 *
 * @see Privileged ISA, chapter "Hypervisor Extension"
 */
export interface Controls {
  /** Exceptions of the guest that exit, to be delivered by the monitor: bits that `hedeleg` lacks. Default: none. */
  readonly exceptionExits: readonly DelegableException[]
  /** Counters that the guest reads by itself: bits of `hcounteren`. The others exit. Default: `time`. */
  readonly counters: readonly CounterName[]
  /**
   * WFI exits: `hstatus.VTW`. Default: true. Without it, a guest that waits has the hart until its turn is over.
   */
  readonly waitExits: boolean
  /** Accesses to `satp`, and SFENCE.VMA, exit: `hstatus.VTVM`. Default: false. */
  readonly translationExits: boolean
  /** SRET exits: `hstatus.VTSR`. Default: false. */
  readonly returnExits: boolean
  /**
   * The guest has a timer of its own, `stimecmp`, which goes off without an exit: `henvcfg.STCE`. Without it, it asks the
   * firmware. Default: true.
   */
  readonly guestTimer: boolean
  /** Largest page of the second stage, in bytes: 4 KiB, 2 MiB or 1 GiB; guest memory is taken in such pieces. Default: 2 MiB. */
  readonly largestPage: BlockSize
}

/** The controls of `hardwareAssisted`: no exits but those without which there would be no virtual machine. */
export const defaultControls: Controls = {
  exceptionExits: [],
  counters: ['time'],
  waitExits: true,
  translationExits: false,
  returnExits: false,
  guestTimer: true,
  largestPage: 2 ** 21,
}

/** Controls as the hart wants them. */
export interface ControlRegisters {
  readonly hedeleg: bigint
  readonly hcounteren: bigint
  readonly hstatus: bigint
  readonly henvcfg: bigint
}

const VTVM = 1n << 20n
const VTW = 1n << 21n
const VTSR = 1n << 22n
const ADUE = 1n << 61n
const STCE = 1n << 63n

const refuse = (message: string): never => {
  throw new HypervisorError('bad-controls', message)
}

const names = (list: readonly unknown[]): string => list.map(String).join(', ')

/**
 * Fills in the defaults.
 *
 * @throws HypervisorError `bad-controls` for a control or a value that there is not, naming those there are.
 */
export function completeControls(controls: Partial<Controls>): Controls {
  for (const name of Object.keys(controls)) {
    if (!Object.hasOwn(defaultControls, name))
      refuse(`there is no control ${name}; there are ${names(Object.keys(defaultControls))}`)
  }
  const complete = { ...defaultControls, ...controls }
  const listed = (control: keyof Controls, values: unknown, known: readonly string[]): void => {
    if (!Array.isArray(values)) refuse(`${control} is ${String(values)}: give a list`)
    for (const value of values as readonly unknown[]) {
      if (!known.some((name) => name === value))
        refuse(`${control} names ${String(value)}; there are ${names(known)}`)
    }
  }
  listed('exceptionExits', complete.exceptionExits, delegableExceptions)
  listed('counters', complete.counters, Object.keys(counterBits))
  for (const name of ['waitExits', 'translationExits', 'returnExits', 'guestTimer'] as const) {
    if (typeof complete[name] !== 'boolean')
      refuse(`${name} is ${String(complete[name])}: give true or false`)
  }
  if (!blockSizes.includes(complete.largestPage))
    refuse(`largestPage is ${String(complete.largestPage)}: give ${blockSizes.join(', ')}`)
  return complete
}

/** @param svadu - whether hardware sets A and D bits in the guest's tables. */
export function controlRegisters(controls: Controls, svadu: boolean): ControlRegisters {
  const delegated = delegableExceptions.filter((name) => !controls.exceptionExits.includes(name))
  return {
    hedeleg: delegated.reduce((bits, name) => bits | (1n << BigInt(ExceptionCause[name])), 0n),
    hcounteren: controls.counters.reduce((bits, name) => bits | counterBits[name], 0n),
    hstatus:
      (controls.waitExits ? VTW : 0n) |
      (controls.translationExits ? VTVM : 0n) |
      (controls.returnExits ? VTSR : 0n),
    henvcfg: (controls.guestTimer ? STCE : 0n) | (svadu ? ADUE : 0n),
  }
}

/** What guests have because of the controls, beside what all guests have. */
export const controlledExtensions = ({ guestTimer }: Controls): readonly HartExtension[] =>
  guestTimer ? ['Sstc'] : []
