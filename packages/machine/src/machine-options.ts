import { type EngineName, type HartExtension, hartExtensions } from '@worldswitch/cpu'
import {
  type BlockBackend,
  type EntropySource,
  hostEntropy,
  seededEntropy,
  type VirtioDevice,
  type VirtioNetOptions,
} from '@worldswitch/devices'
import type { SatpMode } from '@worldswitch/mmu'
import { VIRTIO_SLOTS } from './board/virt.ts'
import { cardAddress } from './card-address.ts'
import { VIRTUAL_HERTZ } from './clock.ts'
import type { ProgramImage } from './images/load-image.ts'
import { MachineError } from './machine-error.ts'

/** Which clock a machine lives by. */
export type ClockName = 'virtual' | 'wall'

/** What a hart of the machine is made of; see `HartOptions` of `@worldswitch/cpu`. */
export interface MachineHartOptions {
  /** Default: all of them. The device tree names what is here, and I, Zicsr and Zifencei. */
  readonly extensions?: readonly HartExtension[]
  /** Default: bare, sv39, sv48, sv57. */
  readonly satpModes?: readonly SatpMode[]
  /** PMP entries, default 16. With fewer than two the firmware cannot keep S-mode away from the CLINT. */
  readonly pmpEntries?: number
  /** Default 'auto'. */
  readonly engine?: EngineName
}

/** Where console bytes go, and whether any may come. */
export interface ConsoleOptions {
  /**
   * Bytes that the guest put out, by UART or SBI. Called in the middle of the instruction that did it (counters are
   * exact): it must not call back into the machine, and must copy what it keeps.
   */
  output?(bytes: Uint8Array): void
  /**
   * Input may come at any time: `run` waits for it when the guest has nothing else to do, instead of ending with
   * `idle`. Default false.
   */
  readonly interactive?: boolean
}

/** Options of `createMachine`. */
export interface MachineOptions {
  /** What runs in S-mode (or, with `firmware`, is entered by it): an ELF file, a Linux `Image`, or raw bytes. */
  readonly kernel?: ProgramImage
  /** Initial ramdisk. */
  readonly initrd?: Uint8Array
  /**
   * An image to run in M-mode instead of the built-in SBI firmware, entered as QEMU does: `a0` hart id, `a1` device
   * tree, `a2` a `fw_dynamic_info` that names the kernel's entry. All harts start in it.
   */
  readonly firmware?: ProgramImage
  /** Kernel command line. */
  readonly bootargs?: string
  /**
   * A flattened device tree to hand to the guest instead of the one that describes this machine. The command line, the
   * ramdisk's place and, if there is none, an `rng-seed` are written to its `/chosen`; the rest is taken as it is.
   */
  readonly deviceTree?: Uint8Array
  /** Bytes of RAM, a multiple of 4096. Default 128 MiB. */
  readonly ram?: number
  /** Harts, 1 to 32. Default 1. */
  readonly harts?: number
  readonly hart?: MachineHartOptions
  /**
   * `virtual` (default): each step takes the same time, and time jumps when all harts wait; runs are reproducible.
   * `wall`: the host's time.
   */
  readonly clock?: ClockName
  /** Steps per second of the virtual clock, 1,000,000 to 100,000,000,000. Default 1,000,000,000: one a nanosecond. */
  readonly hertz?: number
  /** Steps that a hart runs before the next one's turn. Default 10000. */
  readonly quantum?: number
  /**
   * Seeds `rng-seed` of the device tree under the virtual clock, and addresses of network cards: an unsigned 32-bit
   * number. Default 0.
   */
  readonly seed?: number
  readonly console?: ConsoleOptions
  /** Disks, as virtio block devices in the first slots. */
  readonly disks?: readonly BlockBackend[]
  /**
   * Network cards, as virtio-net devices in the slots after the disks. Without a `mac` a card gets the one that
   * {@link cardAddress} has for `seed`: machines on one switch need different seeds, or addresses.
   */
  readonly networks?: readonly VirtioNetOptions[]
  /** Further virtio devices, in the slots after the network cards. */
  readonly virtio?: readonly VirtioDevice[]
  /**
   * A virtio entropy device, in the slot after all others: `true` for a sequence that `seed` decides under the virtual
   * clock and the host's entropy under the wall clock. Default: none, as on QEMU.
   */
  readonly rng?: boolean | EntropySource
  /** Entries of each TLB array, a power of two. Default: the memory's, 2048. */
  readonly tlbEntries?: number
}

const DEFAULT_RAM = 128 * 0x10_0000
const MOST_HARTS = 32
const LONGEST_BOOTARGS = 2048
/** What every hart has. */
const ALWAYS: readonly HartExtension[] = ['I', 'Zicsr', 'Zifencei']
const SATP_MODES: readonly SatpMode[] = ['bare', 'sv39', 'sv48', 'sv57']

/** {@link MachineOptions}, checked, with every default filled in. */
export interface MachineConfiguration {
  readonly kernel: ProgramImage | undefined
  readonly initrd: Uint8Array | undefined
  readonly firmware: ProgramImage | undefined
  readonly bootargs: string | undefined
  readonly deviceTree: Uint8Array | undefined
  readonly ram: number
  readonly harts: number
  readonly hart: {
    readonly extensions: readonly HartExtension[]
    readonly satpModes: readonly SatpMode[]
    readonly pmpEntries: number
    readonly engine: EngineName
  }
  readonly clock: ClockName
  readonly hertz: number
  readonly quantum: number
  readonly seed: number
  readonly console: ConsoleOptions
  readonly disks: readonly BlockBackend[]
  readonly networks: readonly VirtioNetOptions[]
  readonly virtio: readonly VirtioDevice[]
  readonly entropy: EntropySource | undefined
  readonly tlbEntries: number | undefined
}

/** A hart that is told nothing about A and D bits behaves as Svade says. */
const withAlways = (extensions: readonly HartExtension[]): readonly HartExtension[] => [
  ...new Set([...ALWAYS, ...extensions, ...(extensions.includes('Svadu') ? [] : (['Svade'] as const))]),
]

const OPTIONS: Readonly<Record<keyof MachineOptions, true>> = {
  ...{ kernel: true, initrd: true, firmware: true, bootargs: true, deviceTree: true },
  ...{ ram: true, harts: true, hart: true, clock: true, hertz: true, quantum: true, seed: true },
  ...{ console: true, disks: true, networks: true, virtio: true, rng: true, tlbEntries: true },
}
const HART_OPTIONS: Readonly<Record<keyof MachineHartOptions, true>> = {
  ...{ extensions: true, satpModes: true, pmpEntries: true, engine: true },
}

/** A misspelt or misplaced option would be as if it had not been given. */
function requireKnown(what: string, given: object, known: Readonly<Record<string, true>>): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name))
  if (unknown === undefined) return
  throw new MachineError(
    'unknown-option',
    `${what} has no option ${unknown}: choose among ${Object.keys(known).join(', ')}.`,
  )
}

const isIn = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most

/**
 * Checks options and fills in defaults.
 *
 * @throws {@link MachineError} naming the option that makes no sense and what it may be.
 */
export function configure(options: MachineOptions): MachineConfiguration {
  const {
    ram = DEFAULT_RAM,
    harts = 1,
    clock = 'virtual',
    hertz = VIRTUAL_HERTZ,
    quantum = 10_000,
    seed = 0,
    bootargs,
    hart = {},
  } = options
  requireKnown('A machine', options, OPTIONS)
  requireKnown("A machine's hart", hart, HART_OPTIONS)
  const { disks = [], networks = [], virtio = [], rng = false } = options
  if (!isIn(ram, 4096, 2 ** 32) || ram % 4096 !== 0) {
    throw new MachineError(
      'bad-ram',
      `ram is ${ram}: give a number of bytes that is a multiple of 4096, such as 128 * 2 ** 20.`,
    )
  }
  if (!isIn(harts, 1, MOST_HARTS))
    throw new MachineError('bad-harts', `harts is ${harts}: give 1 to ${MOST_HARTS}.`)
  if (clock !== 'virtual' && clock !== 'wall') {
    throw new MachineError(
      'bad-clock',
      `There is no clock ${JSON.stringify(clock)}: give 'virtual' (reproducible) or 'wall'.`,
    )
  }
  if (!(hertz >= 1e6 && hertz <= 1e11)) {
    throw new MachineError(
      'bad-clock',
      `hertz is ${hertz}: give 1,000,000 to 100,000,000,000 steps per second.`,
    )
  }
  if (!isIn(quantum, 1, 2 ** 31 - 1))
    throw new MachineError(
      'bad-quantum',
      `quantum is ${quantum}: give a positive number of steps, such as 10000.`,
    )
  if (!isIn(seed, 0, 2 ** 32 - 1))
    throw new MachineError('bad-seed', `seed is ${seed}: give an integer from 0 to 2^32 - 1.`)
  if (bootargs !== undefined && (bootargs.includes('\0') || bootargs.length > LONGEST_BOOTARGS)) {
    throw new MachineError(
      'bad-bootargs',
      `bootargs holds a NUL or is longer than ${LONGEST_BOOTARGS} characters: shorten it.`,
    )
  }
  const unknown = hart.extensions?.find((extension) => !hartExtensions.includes(extension))
  if (unknown !== undefined) {
    throw new MachineError(
      'bad-extension',
      `The machine's harts cannot have ${unknown}: choose among ${hartExtensions.join(', ')}.`,
    )
  }
  const others = networks.length + virtio.length + (rng === false ? 0 : 1)
  if (disks.length + others > VIRTIO_SLOTS) {
    throw new MachineError(
      'too-many-virtio-devices',
      `${disks.length} disks and ${others} other devices are more than the board's ${VIRTIO_SLOTS} virtio slots.`,
    )
  }
  return {
    kernel: options.kernel,
    initrd: options.initrd,
    firmware: options.firmware,
    bootargs,
    deviceTree: options.deviceTree,
    ram,
    harts,
    hart: {
      extensions: withAlways(hart.extensions ?? hartExtensions),
      satpModes: hart.satpModes ?? SATP_MODES,
      pmpEntries: hart.pmpEntries ?? 16,
      engine: hart.engine ?? 'auto',
    },
    clock,
    hertz,
    quantum,
    seed,
    console: options.console ?? {},
    disks,
    networks: networks.map((card, index) => ({ mac: cardAddress(seed, index), ...card })),
    virtio,
    entropy: rng === true ? (clock === 'wall' ? hostEntropy() : seededEntropy(seed)) : rng || undefined,
    tlbEntries: options.tlbEntries,
  }
}
