import { memoryBlocks } from '@worldswitch/devices'
import { bootargs, disk, kernelElf, type WorkloadName } from '@worldswitch/guest-kernel'
import { type Host, Vm } from '@worldswitch/hypervisor'
import { trapEmulate } from '../src/trap-emulate.ts'

/** Bytes of RAM of the kernel's VMs. */
export const GUEST_MEMORY = 32 * 2 ** 20

/** A VM in which the guest kernel runs workloads and powers off. */
export async function kernelGuest(
  host: Host,
  bench: readonly WorkloadName[],
): Promise<{ readonly vm: Vm; text(): string }> {
  const text: number[] = []
  const vm = new Vm(host, {
    strategy: trapEmulate,
    kernel: await kernelElf(),
    disks: [memoryBlocks(await disk())],
    memory: GUEST_MEMORY,
    bootargs: bootargs({ bench }),
    output: (byte) => text.push(byte),
  })
  return { vm, text: () => Buffer.from(text).toString('latin1') }
}
