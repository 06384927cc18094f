import { computeFloat, type FloatOperation, floatOperandCount, floatOperations } from '@worldswitch/ieee754'
import { ModuleBuilder } from '@worldswitch/wasm'
import { describe, expect, test } from 'vitest'
import { State } from '../state-layout.ts'
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
  const indices = addFloatFunctions(module)
  for (const operation of floatOperations) module.exportFunction(indices[operation], operation)
  const compiled = new WebAssembly.Module(module.toBytes() as Uint8Array<ArrayBuffer>)
  return new WebAssembly.Instance(compiled, { host: { memory } }).exports as Record<
    FloatOperation,
    FloatFunction
  >
})()

/** Seeded, 32 bits a call (xorshift). */
const random = (() => {
  let state = 0x1234_5678
  return (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
})()
const below = (limit: number): number => random() % limit
const random64 = (): bigint => (BigInt(random()) << 32n) | BigInt(random())

/** Few bits set at either end, or many: what makes ties, exact results, and long carries. */
const fraction = (bits: number): bigint => {
  const width = BigInt(bits)
  const any = BigInt.asUintN(bits, random64())
  const shift = BigInt(below(bits))
  const forms = [
    0n,
    1n,
    (1n << width) - 1n,
    any,
    any,
    any >> shift,
    BigInt.asUintN(bits, any << shift),
    BigInt.asUintN(bits, -1n << shift),
    1n << shift,
    BigInt.asUintN(bits, (1n << shift) - 1n + BigInt(below(3))),
  ]
  return forms[below(forms.length)] as bigint
}

/** Exponents where something changes, and those near `anchor`, so that operands meet. */
const exponent = (mask: number, precision: number, anchor: number): number => {
  const bias = mask >> 1
  const forms = [
    below(mask + 1),
    below(4),
    mask - below(4),
    bias + below(5) - 2,
    anchor + below(5) - 2,
    anchor + precision + below(5) - 2,
    anchor - precision - below(5) + 2,
    bias - (anchor - bias) + below(7) - 3,
    precision + below(7) - 3,
    bias - (precision >> 1) + below(9) - 4,
    bias + 31 + below(3) - 1,
    bias + 63 + below(3) - 1,
  ]
  return Math.min(Math.max(forms[below(forms.length)] as number, 0), mask)
}

const floats = (count: number, bits: 32 | 64): bigint[] => {
  const [fractionBits, mask] = bits === 32 ? [23, 0xff] : [52, 0x7ff]
  let anchor = mask >> 1
  return Array.from({ length: count }, () => {
    anchor = exponent(mask, fractionBits + 1, anchor)
    const sign = BigInt(below(2)) << BigInt(bits - 1)
    return sign | (BigInt(anchor) << BigInt(fractionBits)) | fraction(fractionBits)
  })
}

const integer = (): bigint => {
  const forms = [
    random64(),
    random64() >> BigInt(below(64)),
    BigInt.asUintN(64, -BigInt(below(1 << 20))),
    fraction(64),
  ]
  return forms[below(forms.length)] as bigint
}

const operandsOf = (operation: FloatOperation): bigint[] => {
  const [, source] = operation.split('.')
  if (source === 's' || source === 'd') return floats(floatOperandCount(operation), source === 's' ? 32 : 64)
  return [integer()]
}

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
      const operands = operandsOf(operation)
      // Most programs round to nearest, so that is tried as often as all else together.
      const rounding = run & 1 ? 0 : below(5)
      check(operation, rounding, operands, run & 2 ? NX : 0)
    }
  })
})
