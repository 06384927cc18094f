import { allExtensions, type Extension } from '@worldswitch/isa'
import type { EngineName, HartExtension } from '../../src/index.ts'

const engines = {
  auto: true,
  interpreter: true,
  translator: true,
  reference: true,
} satisfies Record<EngineName, true>

const isEngine = (name: string): name is EngineName => Object.hasOwn(engines, name)

/**
 * Says which engine a value of `FUZZ_ENGINE` names.
 *
 * @throws Error when there is no such engine: the default would pass for it.
 */
export function engineOf(name: string | undefined): EngineName | undefined {
  if (name === undefined || isEngine(name)) return name
  throw new Error(`FUZZ_ENGINE is '${name}'; there are ${Object.keys(engines).join(', ')}`)
}

/** The hart's engine: `FUZZ_ENGINE`, or the one that it has when nothing is said. */
export const engineUnderTest = engineOf(process.env.FUZZ_ENGINE)

/** What QEMU and the hart both are, and what programs may therefore use. */
export interface MachineUnderTest {
  readonly name: string
  /** For `-cpu` of Debian 12's QEMU, version 7.2. */
  readonly cpu: string
  readonly hypervisor: boolean
  /** Those that bring instructions. */
  readonly extensions: ReadonlySet<Extension>
  /** The others. The peer always sets A and D bits by hardware. */
  readonly others: readonly HartExtension[]
  /** High bits that odd page-table entries have, one or more of them. */
  readonly entryBits: readonly bigint[]
}

/** Extensions that the peer does not have, or has only as no-operations. */
const ABSENT: readonly string[] = ['Zicond', 'Zicbom', 'Zicboz', 'Zicbop', 'Zawrs', 'Zihintntl']

const known = (names: readonly string[]): ReadonlySet<Extension> =>
  new Set([...allExtensions].filter((name) => !names.includes(name)))

export const machines: readonly MachineUnderTest[] = [
  {
    name: 'with H, Svnapot and Svpbmt',
    cpu: 'rv64,h=on,svinval=on,svnapot=on,svpbmt=on,debug=off,pmu-num=0',
    hypervisor: true,
    extensions: known(ABSENT),
    others: ['Zicntr', 'Sstc', 'Svadu', 'Svnapot', 'Svpbmt'],
    // Not the reserved ones, nor the reserved memory type: with these extensions the peer does not look at them.
    entryBits: [1n << 61n, 2n << 61n, 1n << 63n],
  },
  {
    name: 'without H',
    cpu: 'rv64,h=off,svinval=on,debug=off,pmu-num=0',
    hypervisor: false,
    extensions: known([...ABSENT, 'H']),
    others: ['Zicntr', 'Sstc', 'Svadu'],
    entryBits: [1n << 54n, 1n << 60n, 1n << 61n, 1n << 63n],
  },
]
