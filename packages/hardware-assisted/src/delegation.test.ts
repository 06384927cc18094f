import { ExceptionCause, Hart, type HartExtension, MachineMemory } from '@worldswitch/cpu'
import { assemble } from '@worldswitch/isa'
import { expect, test } from 'vitest'
import { completeControls, controlRegisters, type DelegableException } from './controls.ts'

const CSR = {
  pmpcfg0: 0x3a0,
  pmpaddr0: 0x3b0,
  medeleg: 0x302,
  hedeleg: 0x602,
  vstvec: 0x205,
  vscause: 0x242,
} as const
const RAM = 0x8000_0000
const HANDLER = RAM + 0x100
/** A page that PMP keeps from everyone but M-mode. */
const CLOSED = RAM + 0x1000
/** PMP entries: a naturally aligned page without permissions, then all addresses with all of them. */
const NAPOT = 0x18
const ALL_ACCESS = 0x1f
const WITHOUT_C: readonly HartExtension[] = ['I', 'M', 'A', 'Zicsr', 'H']
const WITH_C: readonly HartExtension[] = [...WITHOUT_C, 'C']

/**
 * Runs instructions in VS-mode, untranslated, on a hart that has what a `Host` never has: memory that PMP closes, or no
 * compressed instructions.
 *
 * @returns the trap that came to the monitor, if any, and the cause that the guest's handler saw.
 */
function causesOf(code: string, extensions: readonly HartExtension[], exits: readonly DelegableException[]) {
  const memory = new MachineMemory({ ramBase: RAM, ramBytes: 0x1_0000, codePages: 4, tlbEntries: 64 })
  memory.writeRam(
    RAM,
    assemble(`${code}\n.org 0x${HANDLER.toString(16)}\nj .`, { origin: BigInt(RAM) }).bytes,
  )
  const hart = new Hart({ id: 0, memory, monitor: 'S', extensions, pmpEntries: 2 })
  hart.writeCsr(CSR.pmpaddr0, BigInt(CLOSED / 4 + 0x1ff))
  hart.writeCsr(CSR.pmpaddr0 + 1, (1n << 54n) - 1n)
  hart.writeCsr(CSR.pmpcfg0, BigInt(NAPOT | (ALL_ACCESS << 8)))
  hart.writeCsr(CSR.medeleg, (1n << 64n) - 1n)
  hart.writeCsr(CSR.hedeleg, controlRegisters(completeControls({ exceptionExits: exits }), false).hedeleg)
  hart.writeCsr(CSR.vstvec, BigInt(HANDLER))
  hart.privilege = 'S'
  hart.virtual = true
  hart.pc = BigInt(RAM)
  const { trap } = hart.run(20)
  return {
    exit: trap?.cause,
    guest: hart.pc === BigInt(HANDLER) ? Number(hart.readCsr(CSR.vscause)) : undefined,
  }
}

test.each<[DelegableException, string, readonly HartExtension[]]>([
  ['instructionAddressMisaligned', 'la x5, 1f\njr 2(x5)\n1: nop\nnop', WITHOUT_C],
  ['instructionAccessFault', `li x5, ${CLOSED}\njr x5`, WITH_C],
  ['loadAccessFault', `li x5, ${CLOSED}\nld x6, 0(x5)`, WITH_C],
  ['storeAccessFault', `li x5, ${CLOSED}\nsd x6, 0(x5)`, WITH_C],
])('%s goes to the guest, or exits, on a hart that raises it', (name, code, extensions) => {
  const cause = ExceptionCause[name]
  expect(causesOf(code, extensions, [])).toEqual({ exit: undefined, guest: cause })
  expect(causesOf(code, extensions, [name])).toEqual({ exit: cause, guest: undefined })
})

test('with compressed instructions no jump is misaligned', () => {
  const code = 'la x5, 1f\njr 2(x5)\n1: c.nop\nc.ebreak'
  const { breakpoint } = ExceptionCause
  expect(causesOf(code, WITH_C, [])).toEqual({ exit: undefined, guest: breakpoint })
  expect(causesOf(code, WITH_C, ['instructionAddressMisaligned'])).toEqual({
    exit: undefined,
    guest: breakpoint,
  })
})
