import { memoryBlocks } from '@worldswitch/devices'
import { bootargs, disk, kernelElf, type WorkloadName } from '@worldswitch/guest-kernel'
import { Host, type HostOptions, type Strategy, Vm, type VmOptions } from '@worldswitch/hypervisor'
import { PROGRAM_ENTRY } from '@worldswitch/hypervisor/conformance'
import { assemble } from '@worldswitch/isa'
import { RandomSource } from '@worldswitch/isa/vectors'

/** Guest RAM of small tests. */
export const RAM = 4 * 2 ** 20

/** Bytes of RAM of the kernel's VMs. */
export const GUEST_MEMORY = 32 * 2 ** 20

/** SBI calls that end a program: with success, and with a failure. */
export const POWEROFF = `
  li a7, 0x53525354
  li a6, 0
  li a0, 0
  li a1, 0
  ecall
`

/** An SBI call with numbers for arguments. @param id - the function. */
export const sbi = (extension: number, id: number, ...values: number[]): string =>
  [...values.map((value, i) => `li a${i}, ${value}`), `li a7, ${extension}`, `li a6, ${id}`, 'ecall'].join(
    '\n',
  )

/** SBI set_timer with the deadline in a0. */
export const SET_TIMER = 'li a7, 0x54494d45\nli a6, 0\necall'

/** A trap handler, `skip`, that goes on behind whatever faulted. */
export const SKIP_FAULTS = `
.align 2
skip:
  csrr x31, sepc
  addi x31, x31, 4
  csrw sepc, x31
  sret
`

/** A program that never ends nor waits. */
export const SPIN = '1: j 1b\n'

/** A program that stores to each of 511 pages. */
export const TOUCH_ALL = `
  li x5, 0x80201000
  li x6, 0x80400000
  li x7, 0x1000
next:
  sd x5, 0(x5)
  add x5, x5, x7
  bltu x5, x6, next
${POWEROFF}`

/** What a VM has in a range of its memory. Default: all RAM of a small one. */
export function memoryOf(vm: Vm, address = 0x8000_0000, size = RAM): Buffer {
  const bytes = Buffer.alloc(size)
  vm.memory.read(address, bytes)
  return bytes
}

/** Small deterministic random numbers. */
export function random(seed: number): (below: number) => number {
  const source = new RandomSource(seed)
  return (below) => source.below(below)
}

/** A VM, and what it printed so far. */
export interface TestGuest {
  readonly vm: Vm
  text(): string
}

/** Hosts and guests of one strategy. */
export interface StrategyKit {
  readonly strategy: Strategy
  /** A host of the kind that the strategy needs. */
  host(options: HostOptions): Host
  /** A host with room for `vms` small guests (default 1). */
  smallHost(vms?: number): Host
  /** A VM that runs assembly (or raw bytes). */
  guest(host: Host, program: string | Uint8Array, options?: Partial<VmOptions>): TestGuest
  /** A VM in which the guest kernel runs workloads and powers off. */
  kernelGuest(host: Host, bench: readonly WorkloadName[]): Promise<TestGuest>
}

/** @param strategy - the one under test. */
export function strategyKit(strategy: Strategy): StrategyKit {
  const host = (options: HostOptions): Host =>
    new Host({ ...options, hypervisor: strategy.needsHypervisor ?? false })
  const make = (on: Host, options: Omit<VmOptions, 'strategy'> & Partial<VmOptions>): TestGuest => {
    let text = ''
    const vm = new Vm(on, {
      strategy,
      output: (byte) => {
        text += String.fromCharCode(byte)
      },
      ...options,
    })
    return { vm, text: () => text }
  }
  return {
    strategy,
    host,
    smallHost: (vms = 1) => host({ memory: vms * RAM + 8 * 2 ** 20 }),
    guest(on, program, options = {}) {
      const bytes =
        typeof program === 'string' ? assemble(program, { origin: BigInt(PROGRAM_ENTRY) }).bytes : program
      return make(on, { memory: RAM, kernel: { format: 'raw', bytes, address: PROGRAM_ENTRY }, ...options })
    },
    kernelGuest: async (on, bench) =>
      make(on, {
        kernel: await kernelElf(),
        disks: [memoryBlocks(await disk())],
        memory: GUEST_MEMORY,
        bootargs: bootargs({ bench }),
      }),
  }
}
