import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, instructionIndex, isAvailable } from './decode.ts'
import { type Extension, operandFields } from './instruction.ts'
import { instructionNamed, instructions } from './table.ts'

/** What the table says, read row by row. */
const firstRow = (word: number): number =>
  instructions.findIndex(
    ({ match, mask, except, length }) =>
      length === ((word & 3) === 3 ? 4 : 2) &&
      ((word ^ match) & mask) === 0 &&
      !except.some((other) => ((word ^ other.match) & other.mask) === 0),
  )

describe('the row of a word', () => {
  test('is that of the table for every compressed instruction', () => {
    const wrong: string[] = []
    for (let word = 0; word < 0x1_0000; word++) {
      if ((word & 3) !== 3 && instructionIndex(word) !== firstRow(word)) wrong.push(word.toString(16))
    }
    expect(wrong).toEqual([])
  })

  test('is that of the table for long instructions, as signed and as unsigned words, and for no instruction', () => {
    const words = fc.oneof(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc
        .tuple(fc.constantFrom(...instructions), fc.integer({ min: 0, max: 0xffff_ffff }))
        .map(([{ match, mask }, other]) => (match | (other & ~mask)) >>> 0),
    )
    fc.assert(
      fc.property(words, (word) => {
        expect(instructionIndex(word)).toBe(firstRow(word))
        expect(instructionIndex(word | 0)).toBe(firstRow(word))
      }),
      { seed: 1, numRuns: 5000 },
    )
    expect(instructionIndex(0)).toBe(-1)
    expect(instructionIndex(-1)).toBe(-1)
  })

  test('of a compressed instruction does not depend on what follows it', () => {
    const word = 0x8082
    expect(instructionIndex(0x1234_0000 | word)).toBe(instructionIndex(word))
    expect(instructions[instructionIndex(word)].name).toBe('c.jr')
  })
})

describe('what a hart has', () => {
  test.each([
    ['add', ['I'], true],
    ['mul', ['I'], false],
    ['c.add', ['I'], false],
    ['c.add', ['I', 'C'], true],
    ['c.fld', ['I', 'C'], false],
    ['c.fld', ['I', 'C', 'D'], true],
    ['hinval.vvma', ['I', 'Svinval'], false],
    ['hinval.vvma', ['I', 'H'], false],
    ['hinval.vvma', ['I', 'H', 'Svinval'], true],
  ] as const)('%s on a hart with %j: %s', (name, extensions, is) => {
    const row = instructionNamed(name)!
    const set = new Set<Extension>(extensions)
    expect(isAvailable(row, set)).toBe(is)
    // With operands that are all zero it may be reserved.
    const word = row.match | (row.length === 2 ? 0x0104 & ~row.mask : 0)
    expect(decode(word, set)?.instruction).toBe(is ? row : undefined)
  })
})

test('operands that the encoding does not carry are constant fields', () => {
  const { rd, rs1, rs2, imm } = operandFields(instructionNamed('c.jr')!)
  expect([rd, rs2, imm].map((field) => field.extract(0xffff))).toEqual([0, 0, 0])
  expect(rs1.extract(0x8082)).toBe(1)
  expect(operandFields(instructionNamed('c.jalr')!).rd.extract(0x9082)).toBe(1)
})
