import { computeFloat, type FloatOperation, floatOperations } from '@worldswitch/ieee754'
import { ModuleBuilder } from '@worldswitch/wasm'
import { describe, expect, test } from 'vitest'
import { below, floatOperands } from '../../test/float-operands.ts'
import { State } from '../state-layout.ts'
import { addMulHigh } from '../wide-products.ts'
import { addFloatFunctions } from './float-functions.ts'

/** A state block somewhere in memory. */
const HART = 4096
const NX = 1

const memory = new WebAssembly.Memory({ initial: 1 })
const flags = new Int32Array(memory.buffer, HART + State.fflags, 1)

type FloatFunction = (hart: number, rounding: number, ...operands: bigint[]) => bigint

const functions = (() => {
  const module = new ModuleBuilder()
  module.importMemory('host', 'memory', { minimum: 1 })
  const indices = addFloatFunctions(module, addMulHigh(module).uu)
  for (const operation of floatOperations) module.exportFunction(indices[operation], operation)
  const compiled = new WebAssembly.Module(module.toBytes() as Uint8Array<ArrayBuffer>)
  return new WebAssembly.Instance(compiled, { host: { memory } }).exports as Record<
    FloatOperation,
    FloatFunction
  >
})()

const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`

const check = (operation: FloatOperation, rounding: number, operands: bigint[], accrued: number): void => {
  const [a, b, c] = operands
  flags[0] = accrued
  const value = functions[operation](HART, rounding, ...operands)
  const expected = computeFloat(operation, rounding, a as bigint, b, c)
  if (BigInt.asUintN(64, value) === expected.value && flags[0] === (expected.flags | accrued)) return
  const what = `${operation} ${operands.map(hex)} rounding ${rounding}, accrued ${accrued}`
  expect(`${what}: ${hex(value)}, ${flags[0]}`).toBe(
    `${what}: ${hex(expected.value)}, ${expected.flags | accrued}`,
  )
}

const RUNS = Number(process.env.WORLDSWITCH_FLOAT_RUNS ?? 1000)

describe('generated code agrees with the reference', () => {
  test.each(floatOperations)('%s', (operation) => {
    for (let run = 0; run < RUNS; run++) {
      const operands = floatOperands(operation)
      // Most programs round to nearest, so that is tried as often as all else together.
      const rounding = run & 1 ? 0 : below(5)
      check(operation, rounding, operands, run & 2 ? NX : 0)
    }
  })

  test.each([
    [0x2010_0004_0000_0001n, 0x2044_0000_0000_0001n, 0x8050_0000_0000_0002n],
    [0x1ed0_0000_0010_0001n, 0x1f90_0000_0001_0001n, 0x01c0_0000_0000_0002n],
    [0x2014_0000_0000_0001n, 0x2010_0000_0000_0009n, 0x0010_0000_0000_0001n],
  ])('fma.d of %s, %s and %s, where the last bit of the product is below all doubles', (...operands) => {
    check('fma.d', 0, operands, NX)
  })
})
