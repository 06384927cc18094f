import { strategies, subjects } from '@worldswitch/bench'
import type { EngineName } from '@worldswitch/cpu'
import { costProfiles } from '@worldswitch/hypervisor'
import type { ClockName } from '@worldswitch/machine'
import type { PortForward } from '@worldswitch/network/node'
import { knownName } from '../names.ts'
import { UserError } from '../user-error.ts'
import type { NetworkName } from './networks.ts'

/** Page-table modes that `--mmu` takes, from the narrowest on. */
export const mmuModes = ['sv39', 'sv48', 'sv57'] as const

/** One of {@link mmuModes}. */
export type MmuMode = (typeof mmuModes)[number]

/** Options of `boot`. */
export interface BootOptions {
  readonly strategy: string
  /** A guest that was pulled, with its kernel and ramdisk. */
  readonly guest?: string
  readonly kernel?: string
  readonly raw?: bigint
  readonly initrd?: string
  readonly append?: string
  /** Bytes; undefined for what suits the guest. */
  readonly memory?: number
  readonly harts: number
  /** Whether the harts have the hypervisor extension. */
  readonly h: boolean
  /** `builtin`, `opensbi`, or a file. */
  readonly bios: string
  readonly dtb?: string
  readonly dumpDtb?: string
  readonly mmu: MmuMode
  readonly disk?: readonly string[]
  readonly snapshot?: boolean
  readonly net: NetworkName
  readonly forward?: readonly PortForward[]
  readonly rng?: boolean
  readonly inputAfter?: string
  readonly reboot: boolean
  readonly engine: EngineName
  readonly clock: ClockName
  readonly profile: string
}

/** Options that say what the real machine is made of. A virtual machine is what its hypervisor makes it. */
const BARE_ONLY: readonly (readonly [option: string, given: (options: BootOptions) => boolean])[] = [
  ['--bios', ({ bios }) => bios !== 'builtin'],
  ['--dtb', ({ dtb }) => dtb !== undefined],
  ['--no-h', ({ h }) => !h],
  ['--dump-dtb', ({ dumpDtb }) => dumpDtb !== undefined],
]

/**
 * Refuses options that do not go together.
 *
 * @throws UserError
 */
export function checkBootOptions(options: BootOptions): void {
  const { strategy, profile } = options
  knownName(
    strategy,
    subjects.map(({ name }) => name),
    'strategy',
  )
  knownName(
    profile,
    costProfiles.map(({ name }) => name),
    'cost profile',
  )
  if (options.forward !== undefined && options.net !== 'user') {
    throw new UserError('--forward is about a network with an outside: give --net user, too')
  }
  if (options.raw !== undefined && options.kernel === undefined) {
    throw new UserError('--raw says where the file of --kernel belongs: give both')
  }
  if (options.inputAfter === '') {
    throw new UserError(
      '--input-after names a text that the guest prints, such as a prompt; this one is empty',
    )
  }
  if (options.guest !== undefined && options.kernel !== undefined) {
    throw new UserError('--guest brings a kernel of its own: give it or --kernel')
  }
  if (!strategies.all.some(({ name }) => name === strategy)) return
  if (options.net === 'user' && options.clock === 'virtual') {
    throw new UserError(
      `under ${strategy} virtual time does not wait for answers from outside: give --clock wall, or --net isolated`,
    )
  }
  const wrong = BARE_ONLY.find(([, given]) => given(options))
  if (wrong) {
    throw new UserError(
      `${wrong[0]} is about the bare machine; under ${strategy} the hypervisor is what the guest finds below it`,
    )
  }
}
