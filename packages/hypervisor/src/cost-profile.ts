import { type ExitKind, exitKinds } from './exit.ts'
import { HypervisorError } from './hypervisor-error.ts'

/** Where a constant comes from: a published measurement, a computation from one, a figure that nobody confirmed yet, or our model. */
export type CostBasis = 'measured' | 'derived' | 'unconfirmed' | 'modelled'

/** One constant of a profile. */
export interface Cost {
  /** Cycles of the profile's processor. */
  readonly cycles: number
  readonly basis: CostBasis
  /** The publication and table, or the reasoning behind a modelled figure. */
  readonly source: string
}

/** What hardware costs, with and without a hypervisor. */
export type HardwareEvent =
  /** One instruction that retires in the guest. */
  | 'instruction'
  /** One page-table entry that a hardware walk reads on a TLB miss. */
  | 'walkReference'
  /** An exception taken and returned from natively; the handler's instructions are counted by themselves. */
  | 'exception'
  /** An interrupt taken and returned from natively. */
  | 'interrupt'
  /** A call into firmware and back. */
  | 'firmwareCall'
  /** One access to a device register, without a hypervisor. */
  | 'deviceAccess'
  /** A fence of translations, or a write to the register that says where page tables are; the misses afterwards are apart. */
  | 'fence'
  /** One line of 64 bytes, or a part of it, that a device or the firmware reads or writes, without a hypervisor. */
  | 'dmaLine'

/** What a monitor's software costs, apart from the exits. */
export type MonitorEvent =
  /** One page-table entry of the guest that the monitor reads in software. */
  | 'softwareWalkReference'
  /** A virtual interrupt delivered. */
  | 'injection'
  /** One line of 64 bytes, or a part of it, that a device model or the monitor's firmware copies for the guest. */
  | 'copiedLine'

/**
 * Weights that turn exact counts into virtual cycles. An exit's cost is the whole of it: leaving the guest, the
 * monitor's work and going back.
 */
export interface CostProfile {
  /** The name on the command line. */
  readonly name: string
  readonly title: string
  /** Cycles per second of the processor that the figures are of. */
  readonly hertz: number
  readonly hardware: Readonly<Record<HardwareEvent, Cost>>
  readonly monitor: Readonly<Record<MonitorEvent, Cost>>
  readonly exits: Readonly<Record<ExitKind, Cost>>
}

const hardwareEvents = {
  instruction: true,
  walkReference: true,
  exception: true,
  interrupt: true,
  firmwareCall: true,
  deviceAccess: true,
  fence: true,
  dmaLine: true,
} as const satisfies Record<HardwareEvent, true>

const monitorEvents = {
  softwareWalkReference: true,
  injection: true,
  copiedLine: true,
} as const satisfies Record<MonitorEvent, true>

/** Every hardware event, in the order of reports. */
export const hardwareEventNames = Object.keys(hardwareEvents) as readonly HardwareEvent[]

/**
 * Checks a profile: every constant a non-negative finite number with a source; instructions and exits not for nothing.
 *
 * @throws HypervisorError `bad-profile`, naming the constant.
 */
export function checkProfile(profile: CostProfile): CostProfile {
  const check = (path: string, cost: Cost | undefined): void => {
    if (!cost || !Number.isFinite(cost.cycles) || cost.cycles < 0 || cost.source === '') {
      throw new HypervisorError(
        'bad-profile',
        `cost profile ${profile.name}: ${path} needs a number of cycles (0 or more) and a source`,
      )
    }
  }
  if (!Number.isFinite(profile.hertz) || profile.hertz <= 0) {
    throw new HypervisorError(
      'bad-profile',
      `cost profile ${profile.name}: hertz is ${profile.hertz}, give more than 0`,
    )
  }
  for (const event of hardwareEventNames) check(`hardware.${event}`, profile.hardware[event])
  for (const event of Object.keys(monitorEvents) as MonitorEvent[])
    check(`monitor.${event}`, profile.monitor[event])
  for (const kind of exitKinds) check(`exits.${kind}`, profile.exits[kind])
  // Time is what guests cost: one that could go on for nothing would have the hart for ever.
  if ([profile.hardware.instruction, ...Object.values(profile.exits)].some(({ cycles }) => cycles === 0)) {
    throw new HypervisorError(
      'bad-profile',
      `cost profile ${profile.name}: an instruction and every exit must cost something`,
    )
  }
  return profile
}
