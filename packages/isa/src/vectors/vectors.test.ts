import { describe, expect, test } from 'vitest'
import { Bench, levels } from '../../test/evaluator-bench.ts'
import { exceptionCause } from '../exception.ts'
import { floatRegisterNumber, registerNumber } from '../registers.ts'
import { instructions } from '../table.ts'
import { vectorCode, vectors } from './index.ts'

describe('the vectors', () => {
  test('are there for every instruction', () => {
    const tested = new Set(vectors.map(({ instruction }) => instruction))
    expect(instructions.filter(({ name }) => !tested.has(name)).map(({ name }) => name)).toEqual([])
  })

  test('have names of their own', () => {
    const names = vectors.map(({ instruction, name }) => `${instruction} ${name}`)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  test.each(
    vectors.flatMap((vector) =>
      (vector.privilege ? [vector.privilege] : (['U', 'S', 'M'] as const)).map(
        (mode) => [vector.instruction, vector.name, mode, vector] as const,
      ),
    ),
  )('the evaluator: %s, %s, in %s-mode', (_instruction, _name, mode, vector) => {
    const bench = new Bench(mode)
    const before = [...bench.x]
    const floatBefore = [...bench.f]
    bench.run(vector)
    const { expected } = vector
    for (const from of [vector.registers, expected.registers])
      for (const [name, value] of Object.entries(from)) before[registerNumber(name)!] = value
    expect(bench.x).toEqual(before)
    for (const from of [vector.float, expected.float])
      for (const [name, value] of Object.entries(from.registers))
        floatBefore[floatRegisterNumber(name)!] = value
    expect(bench.f).toEqual(floatBefore)
    expect([bench.fcsr, bench.floatStatus]).toEqual([expected.float.fcsr, expected.float.status])
    const data = new BigUint64Array(8)
    data.set(expected.data)
    expect(new BigUint64Array(bench.bytes.buffer)).toEqual(data)
    expect(Number(BigInt.asIntN(64, bench.pc - vectorCode))).toBe(expected.pc)
    const { trap } = expected
    const isCall = trap?.cause === exceptionCause.environmentCallFromU
    expect(bench.trap).toEqual(isCall ? { ...trap, cause: trap.cause + levels[mode] } : trap)
  })
})
