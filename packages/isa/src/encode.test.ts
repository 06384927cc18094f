import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode } from './decode.ts'
import { encode, OperandError } from './encode.ts'
import { fieldRange } from './fields.ts'
import type { Instruction, Operand, Operands } from './instruction.ts'
import { instructionNamed, instructions } from './table.ts'

const named = (name: string) => instructionNamed(name)!

/** Operands that the encoding can carry; of two that share a field, the same value. */
function operandsOf(row: Instruction): fc.Arbitrary<Operands> {
  const arbitraries = (
    Object.entries(row.format.fields) as [Operand, (typeof row.format.fields)['rd'] & {}][]
  )
    .filter(([operand, of]) => operand !== 'rs1' || of !== row.format.fields.rd)
    .map(([operand, of]) => {
      const { minimum, maximum, step } = fieldRange(of)
      const steps = fc.integer({ min: minimum / step, max: maximum / step })
      return [operand, steps.map((it) => it * step)] as const
    })
  return fc.record(Object.fromEntries(arbitraries)).map((chosen) => {
    const operands = { ...row.fixed, ...chosen } as Record<Operand, number>
    if (row.format.fields.rs1 !== undefined && row.format.fields.rs1 === row.format.fields.rd)
      operands.rs1 = operands.rd
    return operands
  })
}

const isReserved = (row: Instruction, operands: Operands) => {
  try {
    encode(row, operands)
    return false
  } catch (error) {
    return error instanceof OperandError && error.operand === undefined
  }
}

describe('encode and decode', () => {
  test.each(instructions.map((row) => [row.name, row] as const))('are inverse for %s', (_name, row) => {
    fc.assert(
      fc.property(operandsOf(row), (operands) => {
        fc.pre(!isReserved(row, operands))
        const word = encode(row, operands)
        expect(decode(word)).toEqual({
          instruction: row,
          base: row.expandsTo ?? row,
          word,
          length: row.length,
          ...operands,
        })
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  test('are inverse for every word that decodes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (word) => {
        const decoded = decode(word)
        if (decoded !== undefined) expect(encode(decoded.instruction, decoded)).toBe(decoded.word)
      }),
      { seed: 1, numRuns: 5000 },
    )
  })

  test('a compressed instruction and its expansion carry the same operands', () => {
    const wrong: string[] = []
    for (let word = 0; word < 0x1_0000; word++) {
      const short = (word & 3) === 3 ? undefined : decode(word)
      if (short === undefined) continue
      const { instruction, base, rd, rs1, rs2, imm } = short
      const long = decode(encode(base, short))
      const same = long?.rd === rd && long.rs1 === rs1 && long.rs2 === rs2 && long.imm === imm
      if (base !== instruction.expandsTo || long?.instruction !== base || !same) wrong.push(word.toString(16))
    }
    expect(wrong).toEqual([])
  })

  test.each([
    ['addi', { imm: 2048 }, 'imm of addi must be from -2048 to 2047, not 2048'],
    ['addi', { rd: 32 }, 'rd of addi must be x0 to x31, not x32'],
    ['beq', { imm: 3 }, 'imm of beq must be from -4096 to 4094, a multiple of 2, not 3'],
    ['lui', { imm: 1 }, 'imm of lui must be from -2147483648 to 2147479552, a multiple of 4096, not 1'],
    ['slli', { imm: 64 }, 'imm of slli must be from 0 to 63, not 64'],
    ['slliw', { imm: 32 }, 'imm of slliw must be from 0 to 31, not 32'],
    ['c.lw', { rd: 7, rs1: 8 }, 'rd of c.lw must be x8 to x15, not x7'],
    ['c.addi', { rd: 5, rs1: 6, imm: 1 }, "rd of c.addi must be its other operand's register, not x5"],
    ['c.lwsp', { rd: 5, rs1: 3 }, 'rs1 of c.lwsp is always x2, not x3'],
    ['c.lwsp', { rd: 0 }, 'c.lwsp with these operands is a reserved encoding'],
    ['c.lui', { rd: 2, imm: 4096 }, 'c.lui with these operands is a reserved encoding'],
    ['fadd.s', { rs2: 32 }, 'rs2 of fadd.s must be f0 to f31, not f32'],
    ['fmadd.s', { rs3: -1 }, 'rs3 of fmadd.s must be f0 to f31, not f-1'],
    ['c.fld', { rd: 7, rs1: 8 }, 'rd of c.fld must be f8 to f15, not f7'],
    ['fadd.s', { rm: 8 }, 'rm of fadd.s must be from 0 to 7, not 8'],
    ['fadd.s', { rm: 5 }, 'fadd.s with these operands is a reserved encoding'],
    ['ecall', { rd: 1 }, 'rd of ecall is always x0, not x1'],
    ['csrrw', { csr: 4096 }, 'csr of csrrw must be from 0 to 4095, not 4096'],
  ])('%s refuses %o', (name, operands, message) => {
    expect(() => encode(named(name), operands)).toThrow(message)
  })
})

describe('decode', () => {
  test.each([
    ['all zeros', 0x0000_0000],
    ['all ones', 0xffff_ffff],
    ['c.addi4spn by 0', 0x0004],
    ['c.lui by 0', 0x6081],
    ['c.addi16sp by 0', 0x6101],
    ['c.addiw to x0', 0x2005],
    ['c.lwsp to x0', 0x4012],
    ['c.ldsp to x0', 0x6022],
    ['c.jr to x0', 0x8002],
    ['c.subw-like reserved', 0x9c41],
    ['fadd.s with a reserved rounding mode', 0x00b5_5553],
    ['fmadd.d with a reserved rounding mode', 0x6ab5_6543],
    ['fadd.h, of Zfh', 0x04b5_7553],
    ['fsqrt.s with rs2', 0x5815_7553],
    ['slliw by 32', 0x0200_101b | (1 << 25)],
    ['lr.w with rs2', 0x1015_252f],
    ['amoadd.h', 0x0015_152f],
    ['csr with funct3 4', 0x0000_4073],
    ['ecall with rd', 0x0000_00f3],
    ['uret', 0x0020_0073],
    ['hfence.vvma with rd', 0x2200_00f3],
    ['hlv.d, unsigned', 0x6c10_4073],
    ['flq, of Q', 0x0000_4007],
    ['a longer encoding', 0x0000_001f],
  ])('says that %s is illegal', (_name, word) => {
    expect(decode(word)).toBeUndefined()
  })

  test.each([
    ['c.nop with an immediate', 0x0005, 'c.addi', 'addi'],
    ['c.li to x0', 0x4005, 'c.li', 'addi'],
    ['c.lui to x0', 0x6005, 'c.lui', 'lui'],
    ['c.mv to x0', 0x8006, 'c.mv', 'add'],
    ['c.add to x0', 0x9006, 'c.add', 'add'],
    ['c.slli by 0', 0x0082, 'c.slli', 'slli'],
    ['c.srai by 0', 0x8401, 'c.srai', 'srai'],
    ['pause', 0x0100_000f, 'fence', 'fence'],
    ['fence with ignored fields', (0xfff5_05ff & ~0x7000 & ~0x70) | 0xf, 'fence', 'fence'],
    ['fence.i with ignored fields', 0xfff0_158f, 'fence.i', 'fence.i'],
  ])('takes %s for a hint', (_name, word, name, base) => {
    expect(decode(word)).toMatchObject({ instruction: named(name), base: named(base) })
  })

  test('ignores what follows a compressed instruction', () => {
    expect(decode(0xffff_8082)).toMatchObject({ word: 0x8082, length: 2, rd: 0, rs1: 1, imm: 0 })
  })

  test('accepts signed words', () => {
    expect(decode(0xfff5_0513 | 0)).toMatchObject({ word: 0xfff5_0513, imm: -1, rd: 10, rs1: 10 })
  })

  test('knows only the extensions of the hart', () => {
    const base = new Set(['I', 'Zicsr'] as const)
    expect(decode(0x02b5_0533, base)).toBeUndefined()
    expect(decode(0x8082, base)).toBeUndefined()
    expect(decode(0x00b5_0533, base)?.instruction.name).toBe('add')
    expect(decode(0x2108, new Set(['I', 'C', 'F']))).toBeUndefined()
    expect(decode(0x2108, new Set(['I', 'C', 'D']))?.base.name).toBe('fld')
    expect(decode(0x02b5_0533, new Set(['I', 'M']))?.instruction.name).toBe('mul')
  })
})
