import { encodePte } from '@worldswitch/mmu'
import { describe, expect, test, vi } from 'vitest'
import { agree, type Board } from '../test/agreement.ts'
import { type BoardOptions, board, Csr, random } from '../test/board.ts'
import { CsrFile } from './csr-file.ts'
import type { CountedTime, Hart } from './index.ts'

const TO_S = 0x800n
const TO_GUEST = 1n << 39n
const FS_SHIFT = 13n
const TM = 2n
const RAM = 0x8000_0000
const ROOT = 0x8000_3000
const SMALL = { ramBytes: 0x4000 }

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
        options: { sizes: SMALL },
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
function inWebAssembly(body: string, guest: boolean, options: BoardOptions = {}): Board {
  const executed = vi.spyOn(CsrFile.prototype, 'execute')
  const machine = board(program(body), { ...options, engine: 'interpreter' })
  prepare(guest, 1, 1)(machine)
  for (const csr of [Csr.mcounteren, Csr.hcounteren]) machine.hart.writeCsr(csr, TM)
  machine.hart.run(10)
  executed.mockClear()
  machine.hart.run(100)
  expect(machine.hart.virtual).toBe(guest)
  expect(machine.hart.counters.traps.exceptions.every((count) => count === 0)).toBe(true)
  expect(executed).not.toHaveBeenCalled()
  executed.mockRestore()
  return machine
}

/** What `time` is by the counters of a hart, as the documentation of `CountedTime` says. */
function timeOf({ counters, fences, walkReferences }: Hart, time: CountedTime): bigint {
  const { start, before, perStep, perTrap, perWalkReference, perFence, most, perTick, offset } = time
  const traps = counters.steps - counters.retired
  const units =
    start +
    (counters.steps + before) * perStep +
    traps * perTrap +
    walkReferences * perWalkReference +
    fences * perFence
  return BigInt(Math.floor(Math.floor(Math.min(units, most)) / perTick)) + offset
}

describe('time as a function of the counters', () => {
  const nanoseconds: CountedTime = {
    start: 1000,
    before: 7,
    perStep: 1e9 / 3e8,
    perTrap: 0,
    perWalkReference: 0,
    perFence: 0,
    most: 2 ** 53,
    perTick: 100,
    offset: -20n,
  }
  const cycles: CountedTime = {
    start: -5000,
    before: 0,
    perStep: 1,
    perTrap: 930,
    perWalkReference: 20,
    perFence: 60,
    most: Number.POSITIVE_INFINITY,
    perTick: 2.5,
    offset: 2n ** 63n,
  }
  const READS = `
    csrr a0, time
    xor s2, s2, a0
    ld a1, 0(s0)
    csrr a2, time
    add s3, s3, a2
    csrrs a3, time, s4
    csrrci a4, time, 1
    sfence.vma
    csrrwi zero, time, 0
    csrrsi zero, time, 0
    ecall
    csrr a5, cycle
    rdtime a6`

  test.each([
    ['U', 0n],
    ['S', TO_S],
    ['VU', TO_GUEST],
    ['VS', TO_GUEST | TO_S],
    ['M', 3n << 11n],
  ] as const)('is what a hart in %s-mode reads, if it may', (_mode, status) => {
    for (const time of [nanoseconds, cycles, { ...cycles, most: 12_345 }]) {
      // Everything, nothing, and all but one.
      for (const enabled of [7, 0, 3, 5, 6]) {
        let current: Hart | undefined
        const now = () => (current === undefined ? 0n : BigInt.asUintN(64, timeOf(current, time)))
        agree(program(READS), {
          steps: 60,
          options: { sizes: SMALL, time: now, countedTime: () => time },
          prepare: ({ hart, memory }) => {
            current = hart
            prepare(false)({ hart, memory } as Board)
            hart.writeCsr(Csr.mstatus, status)
            hart.writeCsr(Csr.htimedelta, 0xffff_ffff_0000_0000n)
            for (const [bit, csr] of [Csr.mcounteren, Csr.hcounteren, Csr.scounteren].entries())
              hart.writeCsr(csr, (enabled >> bit) & 1 ? TM : ~TM)
            const user = (status & TO_S) === 0n
            const leaf = {
              valid: true,
              read: true,
              write: true,
              execute: true,
              accessed: true,
              dirty: true,
              user,
            }
            memory.store64(ROOT + 2 * 8, encodePte({ ...leaf, ppn: RAM / 4096 }))
            hart.writeCsr(status >= TO_GUEST ? Csr.vsatp : Csr.satp, (8n << 60n) | BigInt(ROOT / 4096))
            hart.writeX(8, BigInt(ROOT))
          },
        })
      }
    }
  })

  test.each(modes)('needs no TypeScript in %s', (_mode, guest) => {
    const time = () => {
      throw new Error('not to be asked for')
    }
    const { hart } = inWebAssembly('csrr a0, time', guest, { time, countedTime: () => nanoseconds })
    expect(hart.readX(10)).toBeGreaterThan(0n)
  })

  test('has to be asked for where it is none', () => {
    const machine = board('csrr a0, time', { time: () => 5n, countedTime: () => undefined })
    machine.hart.run(1)
    expect(machine.hart.readX(10)).toBe(5n)
  })
})
