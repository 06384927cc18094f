import { assemble } from '@worldswitch/isa'

/** Where programs are loaded and entered: in S-mode, without translation, `a0` = 0, `a1` = device tree. */
export const PROGRAM_ENTRY = 0x8020_0000

/** Lets the UART interrupt when it has received something, by way of the PLIC; changes x5 and x6. */
export const UART_INTERRUPTS = `
  li x5, 0x0c000000
  li x6, 1
  sw x6, 40(x5)
  li x5, 0x0c002080
  li x6, 0x400
  sw x6, 0(x5)
  li x5, 0x10000000
  li x6, 1
  sb x6, 1(x5)
`

/** A program that runs on the bare machine and under every strategy. */
export interface GuestProgram {
  readonly name: string
  /** Loaded and entered at {@link PROGRAM_ENTRY}. */
  readonly bytes: Uint8Array
  /** Bytes of RAM, from 0x8000_0000. */
  readonly ram: number
}

/** A program from assembly text, for `ram` bytes of RAM (default 8 MiB). */
export const guestProgram = (name: string, source: string, ram = 8 * 2 ** 20): GuestProgram => ({
  name,
  bytes: assemble(source, { origin: BigInt(PROGRAM_ENTRY) }).bytes,
  ram,
})
