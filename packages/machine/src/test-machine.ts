import { assemble } from '@worldswitch/isa'
import { createMachine, type Machine } from './machine.ts'
import type { MachineOptions } from './machine-options.ts'

/** Where test programs are loaded and entered. */
export const ENTRY = 0x8020_0000

/** Names for test programs: SBI extensions and some addresses. */
const PRELUDE = `
  .equ SRST, 0x53525354
  .equ HSM, 0x48534d
  .equ DBCN, 0x4442434e
  .equ TIME, 0x54494d45
  .equ IPI, 0x735049
  .equ RFENCE, 0x52464e43
  .equ UART, 0x10000000
  .equ CLINT, 0x2000000
  .equ FINISHER, 0x100000
`

/** Ends of test programs: jump to them. */
const EPILOGUE = `
poweroff:
  li a7, SRST
  li a6, 0
  li a0, 0
  li a1, 0
  ecall
  j poweroff
`

/** A machine that runs an S-mode program (or an M-mode one, with `firmware`), and what it prints. */
export function machineFor(
  source: string,
  options: Omit<MachineOptions, 'kernel' | 'console'> & {
    readonly interactive?: boolean
    readonly mMode?: boolean
  } = {},
): { readonly machine: Machine; readonly symbols: ReadonlyMap<string, bigint>; text(): string } {
  const { bytes, symbols } = assemble(PRELUDE + source + EPILOGUE, { origin: BigInt(ENTRY) })
  const { interactive = false, mMode = false, ...rest } = options
  let text = ''
  const machine = createMachine({
    ram: 8 * 2 ** 20,
    [mMode ? 'firmware' : 'kernel']: { format: 'raw', bytes, address: ENTRY },
    ...rest,
    console: {
      interactive,
      output: (out) => {
        text += String.fromCharCode(...out)
      },
    },
  })
  return { machine, symbols, text: () => text }
}
