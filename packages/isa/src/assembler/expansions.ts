import { encode } from '../encode.ts'
import type { Operands } from '../instruction.ts'
import { registerNumber, registerSpellings } from '../registers.ts'
import { instructionNamed } from '../table.ts'
import { nearest, Problem } from './assembly-error.ts'
import { evaluateExpression, lowerOf, type Scope, upperOf } from './expression.ts'
import { loadImmediate } from './load-immediate.ts'
import type { Located } from './statement.ts'

/** A pseudo-instruction whose size is known at once. */
export interface Expansion {
  /** Bytes. */
  readonly size: number
  /** Of 32 bits; of 16 when there is only one and the size is 2. */
  words(scope: Scope): number[]
}

/** How a pseudo-instruction is expanded. */
export type Expand = (mnemonic: Located, operands: readonly Located[], scope: Scope) => Expansion

const word = (name: string, operands: Partial<Operands>): number => encode(instructionNamed(name)!, operands)

/** A pair of AUIPC and an instruction that adds the rest of the distance. */
const farReference =
  (
    registers: (
      mnemonic: Located,
      operands: readonly Located[],
    ) => [rd: number, link: number, second: string],
  ): Expand =>
  (mnemonic, operands) => {
    const [temporary, rd, second] = registers(mnemonic, operands)
    const target = operands.at(-1)!
    return {
      size: 8,
      words: (scope) => {
        const distance = BigInt.asIntN(64, evaluateExpression(target, scope) - scope.here)
        if (distance < -0x8000_0800n || distance >= 0x7fff_f800n) {
          const text = `${target.text} is more than 2 GiB away`
          throw new Problem('ERR_ASSEMBLY_RANGE', target.column, text)
        }
        const high = Number(BigInt.asIntN(32, upperOf(distance) << 12n))
        const low = Number(lowerOf(distance))
        return [word('auipc', { rd: temporary, imm: high }), word(second, { rd, rs1: temporary, imm: low })]
      },
    }
  }

function expect(mnemonic: Located, operands: readonly Located[], count: number, what: string): void {
  if (operands.length === count) return
  const text = `${mnemonic.text} takes ${what}, not ${operands.length} operands`
  throw new Problem('ERR_ASSEMBLY_OPERAND', mnemonic.column, text)
}

function register({ text, column }: Located): number {
  const number = registerNumber(text)
  if (number !== undefined) return number
  const near = nearest(text, registerSpellings)
  throw new Problem('ERR_ASSEMBLY_OPERAND', column, `expected a register, not ${text}`, near)
}

const loadAddress = farReference((mnemonic, operands) => {
  expect(mnemonic, operands, 2, 'rd,symbol')
  const rd = register(operands[0]!)
  return [rd, rd, 'addi']
})

/** The pseudo-instructions that are several instructions. */
export const expansions: Readonly<Record<string, Expand>> = {
  la: loadAddress,
  lla: loadAddress,
  call: farReference((mnemonic, operands) => {
    expect(mnemonic, operands, 1, 'symbol')
    return [1, 1, 'jalr']
  }),
  tail: farReference((mnemonic, operands) => {
    expect(mnemonic, operands, 1, 'symbol')
    return [6, 0, 'jalr']
  }),
  'c.unimp': (mnemonic, operands) => {
    expect(mnemonic, operands, 0, 'nothing')
    return { size: 2, words: () => [0] }
  },
  li: (mnemonic, operands, scope) => {
    expect(mnemonic, operands, 2, 'rd,constant')
    const rd = register(operands[0]!)
    const value = evaluateExpression(operands[1]!, scope)
    if (value < -(1n << 63n) || value >= 1n << 64n)
      throw new Problem('ERR_ASSEMBLY_RANGE', operands[1]!.column, `${value} has more than 64 bits`)
    let from = 0
    const words = loadImmediate(value).map((step) => {
      const rs1 = from
      from = rd
      if (step.name === 'lui') return word('lui', { rd, imm: step.upper })
      return word(step.name, { rd, rs1, imm: step.name === 'slli' ? step.amount : step.immediate })
    })
    return { size: 4 * words.length, words: () => words }
  },
}
