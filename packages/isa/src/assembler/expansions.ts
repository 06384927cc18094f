import { encode } from '../encode.ts'
import type { Operands } from '../instruction.ts'
import { instructionNamed } from '../table.ts'
import { Problem } from './assembly-error.ts'
import { evaluateExpression, lowerOf, type Scope, upperOf } from './expression.ts'
import { loadImmediate } from './load-immediate.ts'
import { readRegister } from './register-operand.ts'
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

/** What is far away, the register for the upper part of the distance, and the instruction that adds the lower part. */
interface Far {
  readonly target: Located
  readonly temporary: number
  readonly second: string
  readonly operands: Partial<Operands>
}

/** A pair of AUIPC and an instruction that adds the rest of the distance. */
const farReference =
  (take: (mnemonic: Located, operands: readonly Located[]) => Far): Expand =>
  (mnemonic, given) => {
    const { target, temporary, second, operands } = take(mnemonic, given)
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
        return [
          word('auipc', { rd: temporary, imm: high }),
          word(second, { ...operands, rs1: temporary, imm: low }),
        ]
      },
    }
  }

function expect(mnemonic: Located, operands: readonly Located[], count: number, what: string): void {
  if (operands.length === count) return
  const text = `${mnemonic.text} takes ${what}, not ${operands.length} operands`
  throw new Problem('ERR_ASSEMBLY_OPERAND', mnemonic.column, text)
}

const loadAddress = farReference((mnemonic, operands) => {
  expect(mnemonic, operands, 2, 'rd,symbol')
  const rd = readRegister(operands[0]!, 'x')
  return { target: operands[1]!, temporary: rd, second: 'addi', operands: { rd } }
})

/** `flw fa0,symbol,t0`: a load or store that needs a register for the address. */
const floatAccess = (operand: 'rd' | 'rs2'): Expand =>
  farReference((mnemonic, operands) => ({
    target: operands[1]!,
    temporary: readRegister(operands[2]!, 'x'),
    second: mnemonic.text,
    operands: { [operand]: readRegister(operands[0]!, 'f') },
  }))

/** Instructions that are pseudo-instructions when a symbol and a register take the place of an address. */
const symbolAccesses: Readonly<Record<string, Expand>> = {
  flw: floatAccess('rd'),
  fld: floatAccess('rd'),
  fsw: floatAccess('rs2'),
  fsd: floatAccess('rs2'),
}

/** How a mnemonic with so many operands is expanded; undefined when it is one instruction, or none. */
export function expansionOf(mnemonic: string, operands: number): Expand | undefined {
  const table = operands === 3 && Object.hasOwn(symbolAccesses, mnemonic) ? symbolAccesses : expansions
  return Object.hasOwn(table, mnemonic) ? table[mnemonic] : undefined
}

/** The pseudo-instructions that are several instructions. */
export const expansions: Readonly<Record<string, Expand>> = {
  la: loadAddress,
  lla: loadAddress,
  call: farReference((mnemonic, operands) => {
    expect(mnemonic, operands, 1, 'symbol')
    return { target: operands[0]!, temporary: 1, second: 'jalr', operands: { rd: 1 } }
  }),
  tail: farReference((mnemonic, operands) => {
    expect(mnemonic, operands, 1, 'symbol')
    return { target: operands[0]!, temporary: 6, second: 'jalr', operands: { rd: 0 } }
  }),
  'c.unimp': (mnemonic, operands) => {
    expect(mnemonic, operands, 0, 'nothing')
    return { size: 2, words: () => [0] }
  },
  li: (mnemonic, operands, scope) => {
    expect(mnemonic, operands, 2, 'rd,constant')
    const rd = readRegister(operands[0]!, 'x')
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
