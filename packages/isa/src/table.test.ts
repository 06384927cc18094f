import { describe, expect, test } from 'vitest'
import { fieldMask } from './fields.ts'
import type { Instruction } from './instruction.ts'
import { instructions } from './table.ts'

const matches = (row: Instruction, word: number) =>
  ((word ^ row.match) & row.mask) === 0 &&
  !row.except.some(({ match, mask }) => ((word ^ match) & mask) === 0)

describe('the instruction table', () => {
  test('names every row once', () => {
    const names = instructions.map((row) => row.name)
    expect(new Set(names).size).toBe(names.length)
  })

  test.each(instructions.map((row) => [row.name, row] as const))(
    '%s matches only bits of its mask',
    (_name, row) => {
      expect((row.match & ~row.mask) >>> 0).toBe(0)
      const length = (row.match & 3) === 3 ? 4 : 2
      expect(row.length).toBe(length)
      expect(row.mask & 3).toBe(3)
    },
  )

  test.each(instructions.map((row) => [row.name, row] as const))(
    'every bit of %s is either the opcode or an operand',
    (_name, row) => {
      const fields = Object.values(row.format.fields)
      const operands = fields.reduce((mask, of) => mask | fieldMask(of), 0) >>> 0
      const whole = row.length === 4 ? 0xffff_ffff : 0xffff
      expect((operands | row.mask) >>> 0).toBe(whole)
      // The row may say more than the format leaves open (C.NOP), never about an operand's whole field.
      expect((operands & row.mask) >>> 0).toBe(0)
    },
  )

  test('has no two long instructions that match the same word', () => {
    const long = instructions.filter((row) => row.length === 4)
    const overlaps = long.flatMap((left, i) =>
      long
        .slice(i + 1)
        .filter((right) => ((left.match ^ right.match) & left.mask & right.mask) === 0)
        .map((right) => `${left.name} ${right.name}`),
    )
    expect(overlaps).toEqual([])
    // Reserved are only rounding modes; that bits of the opcode exclude them would be a stale exception.
    for (const row of long)
      for (const except of row.except) {
        expect(row.format.fields.rm, row.name).toBeDefined()
        expect((except.match ^ row.match) & row.mask, row.name).toBe(0)
      }
  })

  test('has no two compressed instructions that match the same halfword, and no exception that is stale', () => {
    const short = instructions.filter((row) => row.length === 2)
    const used = new Set<unknown>()
    const overlaps: string[] = []
    for (let word = 0; word < 0x1_0000; word++) {
      const candidates = short.filter((row) => ((word ^ row.match) & row.mask) === 0)
      if (candidates.filter((row) => matches(row, word)).length > 1) overlaps.push(word.toString(16))
      for (const row of candidates)
        for (const except of row.except) if (((word ^ except.match) & except.mask) === 0) used.add(except)
    }
    expect(overlaps).toEqual([])
    for (const row of short) for (const except of row.except) expect(used, row.name).toContain(except)
  })
})
