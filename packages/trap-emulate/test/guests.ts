import { Host, Vm, type VmOptions } from '@worldswitch/hypervisor'
import { PROGRAM_ENTRY } from '@worldswitch/hypervisor/conformance'
import { assemble } from '@worldswitch/isa'
import { RandomSource } from '@worldswitch/isa/vectors'
import { trapEmulate } from '../src/trap-emulate.ts'

/** Guest RAM of small tests. */
export const RAM = 4 * 2 ** 20

/** SBI calls that end a program: with success, and with a failure. */
export const POWEROFF = `
  li a7, 0x53525354
  li a6, 0
  li a0, 0
  li a1, 0
  ecall
`

/** A host with room for `vms` small guests. */
export const smallHost = (vms = 1): Host => new Host({ memory: vms * RAM + 8 * 2 ** 20 })

/** A VM that runs assembly (or raw bytes), and what it printed. */
export function guest(
  host: Host,
  program: string | Uint8Array,
  options: Partial<VmOptions> = {},
): { readonly vm: Vm; text(): string } {
  let text = ''
  const bytes =
    typeof program === 'string' ? assemble(program, { origin: BigInt(PROGRAM_ENTRY) }).bytes : program
  const vm = new Vm(host, {
    strategy: trapEmulate,
    memory: RAM,
    kernel: { format: 'raw', bytes, address: PROGRAM_ENTRY },
    output: (byte) => {
      text += String.fromCharCode(byte)
    },
    ...options,
  })
  return { vm, text: () => text }
}

/** Small deterministic random numbers. */
export function random(seed: number): (below: number) => number {
  const source = new RandomSource(seed)
  return (below) => source.below(below)
}
