import { assemble } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY, engines, snapshot } from '../test/board.ts'
import { opNames, ops, pairs, SPECIAL_OPS } from './opcodes.ts'

/** A word of data for `s0`, and a place that faults, for `s1`. */
const DATA = 0x8000_4000
const NOWHERE = 0x10n

/** What an instruction of a pair may look like in a program: by name and length. */
const EXAMPLES: Readonly<Record<string, string>> = {
  'ld 2': 'c.ld a0, 0(s0)',
  'ld 4': 'ld a1, 8(s0)',
  'sd 2': 'c.sd a2, 16(s0)',
  'sd 4': 'sd a2, 24(s0)',
  'add 2': 'c.add a0, a1',
  'addi 2': 'c.addi a0, 3',
  'addi 4': 'addi a1, a0, 100',
  'auipc 4': 'auipc a3, 0',
  'jalr 2': 'c.jr ra',
  'jalr 4': 'jalr ra, 0(ra)',
  'slli 4': 'slli a1, a1, 5',
  'srli 2': 'c.srli a1, 3',
  'srli 4': 'srli a0, a1, 2',
}

const example = (number: number): string => {
  const { instruction, length } = ops[number - SPECIAL_OPS]
  return EXAMPLES[`${instruction.name} ${length}`]
}

const programs = pairs.map(([first, second], i) => {
  const name = opNames[SPECIAL_OPS + ops.length + i]
  return [name, `${example(first)}\n${example(second)}\nc.nop\n1: j 1b`] as const
})

describe.each(engines)('%s', (engine) => {
  const make = (text: string, by: typeof engine) => {
    const { hart, memory } = board(text, { engine: by, extensions: ['M', 'A', 'C', 'Zicntr'] })
    for (let i = 0; i < 4; i++) memory.store64(DATA + 8 * i, BigInt(i + 1) * 0x1111_2222_3333n)
    for (const [x, value] of [
      [1, ENTRY + 4n],
      [8, BigInt(DATA)],
      [10, 10n],
      [11, 11n],
      [12, 12n],
    ] as const)
      hart.writeX(x, value)
    hart.writeCsr(Csr.mtvec, ENTRY + 4n)
    return { hart, memory }
  }

  test.each(programs)('%s does what two instructions do, however steps are divided', (_, text) => {
    for (const slices of [[1, 1, 1], [2, 1], [3], [1, 2]]) {
      const ends = [engine, 'reference' as const].map((by) => {
        const { hart, memory } = make(text, by)
        for (let round = 0; round < 3; round++) {
          hart.pc = ENTRY
          for (const steps of slices) expect(hart.run(steps).steps).toBe(steps)
        }
        const data = new Uint8Array(32)
        memory.readRam(DATA, data)
        return { ...snapshot(hart), data }
      })
      expect(ends[0]).toEqual(ends[1])
    }
  })

  test('either of two may trap', () => {
    for (const [text, pc] of [
      ['c.ld a0, 0(s1)\nc.ld a1, 0(s0)\n1: j 1b', ENTRY],
      ['c.ld a0, 0(s0)\nc.ld a1, 0(s1)\n1: j 1b', ENTRY + 2n],
    ] as const) {
      const { hart } = make(text, engine)
      hart.writeX(9, NOWHERE)
      for (let round = 0; round < 3; round++) {
        hart.pc = ENTRY
        hart.run(pc === ENTRY ? 1 : 2)
        expect([hart.readCsr(Csr.mepc), hart.readCsr(Csr.mcause), hart.readX(11)]).toEqual([pc, 5n, 11n])
      }
    }
  })

  test('a jump to the second, and one that was overwritten, is what stands there', () => {
    const { hart, memory } = make('c.add a0, a1\nc.add a0, a1\n1: j 1b', engine)
    hart.run(2)
    expect(hart.readX(10)).toBe(32n)
    hart.pc = ENTRY + 2n
    hart.run(1)
    expect(hart.readX(10)).toBe(43n)
    memory.writeRam(Number(ENTRY) + 2, assemble('c.li a0, 5').bytes)
    hart.pc = ENTRY
    hart.run(2)
    expect(hart.readX(10)).toBe(5n)
    memory.writeRam(Number(ENTRY), assemble('c.li a0, 7\nc.add a0, a1').bytes)
    hart.pc = ENTRY
    hart.run(2)
    expect(hart.readX(10)).toBe(18n)
  })
})
