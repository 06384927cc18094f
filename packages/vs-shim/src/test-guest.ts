import { assemble } from '@worldswitch/isa'
import { createMachine, type Machine, type MachineOptions } from '@worldswitch/machine'
import { inVsMode } from './in-vs-mode.ts'

/** Where test programs are loaded and entered. */
const ENTRY = 0x8020_0000

/** Names for test programs, and their ends: jump to one of them. */
const PRELUDE = `
  .equ BASE, 0x10
  .equ SRST, 0x53525354
  .equ IPI, 0x735049
  .equ TIME, 0x54494d45
  .equ RFENCE, 0x52464e43
  .equ HSM, 0x48534d
  .equ UART, 0x10000000
  .equ PLIC, 0xc000000
  .equ NOWHERE, 0x30000000
  .equ SHIM, 0x80100000
`
const EPILOGUE = `
right:
  li a1, 0
  j end
wrong:
  li a1, 1
end:
  li a7, SRST
  li a6, 0
  li a0, 0
  ecall
  j end
`

/** A machine that runs a program in VS-mode, and what it prints. */
export async function guestFor(
  source: string,
  options: Omit<MachineOptions, 'kernel'> = {},
): Promise<{ readonly machine: Machine; text(): string }> {
  const { bytes } = assemble(PRELUDE + source + EPILOGUE, { origin: BigInt(ENTRY) })
  return machineWith(await inVsMode({ format: 'raw', bytes, address: ENTRY }), options)
}

/** A machine with a kernel, and what it prints. */
export function machineWith(
  kernel: Uint8Array,
  options: Omit<MachineOptions, 'kernel'> = {},
): { readonly machine: Machine; text(): string } {
  let text = ''
  const machine = createMachine({
    ram: 32 * 2 ** 20,
    kernel,
    ...options,
    console: {
      output: (bytes) => {
        text += String.fromCharCode(...bytes)
      },
    },
  })
  return { machine, text: () => text }
}
