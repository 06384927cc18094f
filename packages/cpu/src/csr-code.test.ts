import { describe, expect, test, vi } from 'vitest'
import { agree, type Board } from '../test/agreement.ts'
import { board, Csr, random } from '../test/board.ts'
import { CsrFile } from './csr-file.ts'

const TO_S = 0x800n
const TO_GUEST = 1n << 39n
const FS_SHIFT = 13n

/** Instructions in S- or VS-mode, over and over; M-mode steps over what traps. */
const program = (body: string): string => `
  la t0, handler
  csrw mtvec, t0
  la t0, body
  csrw mepc, t0
  mret
body:
  ${body}
  j body
.balign 4
handler:
  csrr t5, mepc
  addi t5, t5, 4
  csrw mepc, t5
  mret`

/** @param float - FS of `mstatus`. @param guestFloat - FS of `vsstatus`. */
const prepare =
  (guest: boolean, float = 3, guestFloat = 3) =>
  ({ hart }: Board): void => {
    hart.writeCsr(Csr.pmpaddr0, (1n << 54n) - 1n)
    hart.writeCsr(Csr.pmpcfg0, 0x1fn)
    hart.writeCsr(Csr.mstatus, TO_S | (BigInt(float) << FS_SHIFT) | (guest ? TO_GUEST : 0n))
    hart.writeCsr(Csr.vsstatus, BigInt(guestFloat) << FS_SHIFT)
  }

const modes = [
  ['S-mode', false],
  ['VS-mode', true],
] as const

describe.each(modes)('in %s', (_mode, guest) => {
  test('every access to fcsr is the same everywhere, whatever FS and the rounding mode are', () => {
    const next = random(3)
    const pick = <T>(list: readonly T[]): T => list[next() % list.length] as T
    const access = () =>
      pick([
        () =>
          `csrr${pick(['w', 's', 'c'])} ${pick(['a1', 'a2', 'zero'])}, fcsr, ${pick(['a0', 's2', 'zero'])}`,
        () => `csrr${pick(['w', 's', 'c'])}i ${pick(['a3', 'zero'])}, fcsr, ${next() % 32}`,
        () => `li a0, ${next() % 2048}`,
        () => 'fdiv.s f1, f2, f3',
        () => 'csrr a4, sstatus',
        () => `li t3, ${pick([0x2000, 0x4000, 0x6000])}\n csr${pick(['s', 'c'])} sstatus, t3`,
      ])()
    for (let i = 0; i < 12; i++) {
      const body = Array.from({ length: 20 }, access).join('\n  ')
      const [float, guestFloat] = [next() % 4, next() % 4]
      agree(program(body), {
        steps: 150,
        prepare: (board) => {
          prepare(guest, float, guestFloat)(board)
          board.hart.writeX(18, 0xffff_ffff_ffff_ffffn)
          board.hart.writeF(2, 0xffff_ffff_3f80_0000n)
          board.hart.writeF(3, 0xffff_ffff_4040_0000n)
        },
      })
    }
  })

  test('fcsr needs no TypeScript while floating point is on', () => {
    const { hart } = inWebAssembly('csrw fcsr, a0\n csrsi fcsr, 3\n csrr a1, fcsr', guest)
    expect(hart.readX(11)).toBe(3n)
  })
})

/** Runs a body whose CSR instructions must not call TypeScript. */
function inWebAssembly(body: string, guest: boolean): Board {
  const executed = vi.spyOn(CsrFile.prototype, 'execute')
  const machine = board(program(body), { engine: 'interpreter' })
  prepare(guest, 1, 1)(machine)
  machine.hart.run(10)
  executed.mockClear()
  machine.hart.run(100)
  expect(machine.hart.virtual).toBe(guest)
  expect(machine.hart.counters.traps.exceptions.every((count) => count === 0)).toBe(true)
  expect(executed).not.toHaveBeenCalled()
  executed.mockRestore()
  return machine
}
