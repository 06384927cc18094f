import { memoryBlocks } from '@worldswitch/devices'
import { bootargs, disk, kernelElf, type WorkloadName } from '@worldswitch/guest-kernel'
import { type Host, Vm } from '@worldswitch/hypervisor'
import { trapEmulate } from '../src/trap-emulate.ts'

/** Bytes of RAM of the kernel's VMs. */
export const GUEST_MEMORY = 32 * 2 ** 20

/** A VM in which the guest kernel runs workloads and powers off. Works in browsers too. */
export async function kernelGuest(
  host: Host,
  bench: readonly WorkloadName[],
): Promise<{ readonly vm: Vm; text(): string }> {
  let text = ''
  const vm = new Vm(host, {
    strategy: trapEmulate,
    kernel: await kernelElf(),
    disks: [memoryBlocks(await disk())],
    memory: GUEST_MEMORY,
    bootargs: bootargs({ bench }),
    output: (byte) => {
      text += String.fromCharCode(byte)
    },
  })
  return { vm, text: () => text }
}
