import { assemble } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { Csr, ENTRY, engines } from '../test/board.ts'
import { DATA, type GuestBoard, guestBoard, NEXT, Pte, Tree } from '../test/guest-board.ts'

const GLOBAL = Pte.kernel | Pte.g
const SV39 = 8n << 60n
const OTHER_TABLES = 0x8007_0000
const FRAME = 0x8000_6000
const FUNCTION = NEXT + 0x1000
const SUM = 1n << 18n

const returning = (value: number) => assemble(`li a0, ${value}\n ret`, { origin: 0n }).bytes

/**
 * A kernel in VS-mode, or in S-mode, with two address spaces. Code and a page at NEXT are those of both; what is at DATA
 * and at FUNCTION each has for itself. s1 is DATA, s2 NEXT, s3 and s4 are the values of `satp`, s5 is FUNCTION.
 */
function kernel(engine: (typeof engines)[number], mode: 'HS' | 'VS', code: string): GuestBoard {
  const board = guestBoard(code, { engine, monitor: 'M' })
  const { hart, memory, first } = board
  const other = new Tree(memory, OTHER_TABLES)
  for (const [tree, data] of [
    [first, DATA],
    [other, FRAME],
  ] as const) {
    tree.map(Number(ENTRY), Number(ENTRY), GLOBAL)
    tree.map(NEXT, NEXT, GLOBAL)
    tree.map(DATA, data, Pte.kernel)
    tree.map(FUNCTION, data, Pte.kernel)
  }
  memory.store64(DATA, 4n)
  memory.store64(FRAME, 5n)
  memory.store64(NEXT, 6n)
  const space = (asid: bigint, { root }: Tree) => SV39 | (asid << 44n) | BigInt(root / 4096)
  const values = [BigInt(DATA), BigInt(NEXT), space(1n, first), space(2n, other), BigInt(FUNCTION)]
  for (const [i, x] of [9, 18, 19, 20, 21].entries()) hart.writeX(x, values[i]!)
  hart.writeCsr(mode === 'VS' ? Csr.vsatp : Csr.satp, values[2]!)
  board.enter(mode)
  return board
}

describe.each(engines)('%s', (engine) => {
  describe.each(['HS', 'VS'] as const)('pages of one address space alone in %s-mode', (mode) => {
    const registers = ({ hart }: GuestBoard, ...numbers: number[]) => numbers.map((x) => hart.readX(x))

    test('are loaded from where each of them has them', () => {
      const board = kernel(
        engine,
        mode,
        `ld a0, 0(s2)
         ld a1, 0(s1)
         csrw satp, s4
         ld a2, 0(s1)
         ld a3, 0(s2)
         csrw satp, s3
         ld a4, 0(s1)
         ld a5, 0(s2)
         csrw satp, s4
         ld a6, 0(s1)`,
      )
      board.hart.run(10)
      expect(registers(board, 10, 11, 12, 13, 14, 15, 16)).toEqual([6n, 4n, 5n, 6n, 4n, 6n, 5n])
    })

    test('are stored to where each of them has them, the first of them too', () => {
      const board = kernel(
        engine,
        mode,
        `sd s1, 0(s1)
         csrw satp, s4
         sd s2, 0(s1)
         sd s2, 8(s2)
         csrw satp, s3
         amoadd.d a0, s2, (s1)
         sd s1, 16(s1)`,
      )
      board.hart.run(7)
      const { memory } = board
      const [data, next] = [BigInt(DATA), BigInt(NEXT)]
      expect([DATA, DATA + 16, FRAME, NEXT + 8].map((at) => memory.load64(at))).toEqual([
        data + next,
        data,
        next,
        next,
      ])
      expect(registers(board, 10)).toEqual([data])
    })

    test('are executed from where each of them has them', () => {
      const board = kernel(
        engine,
        mode,
        `jalr ra, (s5)
         mv a1, a0
         csrw satp, s4
         jalr ra, (s5)
         mv a2, a0
         csrw satp, s3
         jalr ra, (s5)
         mv a3, a0`,
      )
      board.memory.writeRam(DATA, returning(1))
      board.memory.writeRam(FRAME, returning(2))
      board.hart.run(14)
      expect(registers(board, 11, 12, 13)).toEqual([1n, 2n, 1n])
    })

    test('are looked up with those that all have, while SUM is set or not', () => {
      const board = kernel(
        engine,
        mode,
        `ld a0, 0(s2)
         csrs sstatus, s6
         ld a1, 0(s1)
         ld a2, 0(s2)
         csrc sstatus, s6
         ld a3, 0(s1)
         csrw satp, s4
         csrs sstatus, s6
         ld a4, 0(s1)
         csrc sstatus, s6
         ld a5, 0(s1)`,
      )
      board.hart.writeX(22, SUM)
      board.hart.run(11)
      expect(registers(board, 10, 11, 12, 13, 14, 15)).toEqual([6n, 4n, 6n, 4n, 5n, 5n])
    })

    test('are fenced by address as those are that all have', () => {
      const board = kernel(
        engine,
        mode,
        `ld a0, 0(s2)
         ld a1, 0(s2)
         sfence.vma s2
         ld a2, 0(s2)
         sd a2, 24(s2)
         ld a3, 0(s1)
         sfence.vma s1
         ld a4, 0(s1)
         csrw satp, s4
         ld a5, 0(s1)
         ld a6, 0(s2)`,
      )
      const { hart, first } = board
      hart.run(2)
      first.map(NEXT, FRAME, GLOBAL)
      hart.run(4)
      expect(registers(board, 11, 12, 13)).toEqual([6n, 5n, 4n])
      expect(board.memory.load64(FRAME + 24)).toBe(5n)
      first.map(DATA, NEXT, Pte.kernel)
      hart.run(5)
      // The page that all have may still be that of the first address space.
      expect(registers(board, 14, 15, 16)).toEqual([6n, 5n, 5n])
    })
  })

  test.each(['HS', 'VS'] as const)(
    'a fence of an address reaches what all have to execute in %s-mode',
    (mode) => {
      const board = kernel(
        engine,
        mode,
        'jalr ra, (s2)\n mv a1, a0\n sfence.vma s2\n jalr ra, (s2)\n mv a2, a0',
      )
      const { hart, memory, first } = board
      memory.writeRam(NEXT, returning(1))
      memory.writeRam(FRAME, returning(2))
      hart.run(4)
      first.map(NEXT, FRAME, GLOBAL)
      hart.run(5)
      expect([hart.readX(11), hart.readX(12)]).toEqual([1n, 2n])
    },
  )

  test('a kernel all of whose pages all have finds them in a new address space without a miss', () => {
    const board = kernel(
      engine,
      'HS',
      'ld a0, 0(s2)\n csrw satp, s4\n ld a1, 0(s2)\n sd a1, 8(s2)\n csrw satp, s3\n sd a1, 8(s2)',
    )
    board.hart.run(4)
    const { tlbMisses } = board.hart
    board.hart.run(2)
    expect(board.hart.tlbMisses).toBe(tlbMisses)
  })
})
