import { type Instruction, instructions, type ValueType } from '@worldswitch/wasm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emit, run } from './fixture.ts'
import { type Reference, references } from './reference-arithmetic.ts'

const RUNS = Number(process.env.WASM_FUZZ_RUNS ?? 60)
const options = { numRuns: RUNS, seed: 2 }

const numeric = (Object.entries(instructions) as [string, Instruction][]).filter(
  ([name, { immediate }]) => /^[if](32|64)/.test(name) && immediate === 'none',
)

const edges = (bits: number): bigint[] =>
  [0n, 1n, 2n, 31n, 32n, 63n, 64n, 0x7fn, 0x80n, 0x8000n, 1n << 31n, (1n << 31n) - 1n, (1n << 32n) - 1n]
    .flatMap((value) => [value, -value])
    .concat([1n << BigInt(bits - 1), (1n << BigInt(bits - 1)) - 1n])
    .map((value) => BigInt.asUintN(bits, value))

const integers = (bits: number) =>
  fc.oneof(fc.constantFrom(...edges(bits)), fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }))

const floatEdges = [0, -0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-45, 3.4e38, Infinity, -Infinity, NaN]
  .concat([2 ** 31, 2 ** 32, 2 ** 63, 2 ** 64, 2 ** 53 + 2].flatMap((value) => [value, -value]))
  .concat([2 ** 31 - 0.5, -(2 ** 31) - 0.5, -(2 ** 31) - 1, 2 ** 32 - 0.5, -0.999])

const operand: Record<string, fc.Arbitrary<bigint | number>> = {
  i32: integers(32),
  i64: integers(64),
  f32: fc.oneof(fc.constantFrom(...floatEdges.map(Math.fround)), fc.float(), fc.float({ min: -8, max: 8 })),
  f64: fc.oneof(fc.constantFrom(...floatEdges), fc.double(), fc.double({ min: -8, max: 8 })),
}

/** From our notation to the host's, and back. */
const toHost = (type: ValueType, value: bigint | number): bigint | number =>
  type === 'i32' ? Number(BigInt.asIntN(32, value as bigint)) : value
const fromHost = (type: ValueType, value: bigint | number): bigint | number =>
  type === 'i32'
    ? BigInt.asUintN(32, BigInt(value))
    : type === 'i64'
      ? BigInt.asUintN(64, value as bigint)
      : value

test('every numeric instruction has a reference', () => {
  expect(Object.keys(references).sort()).toEqual(numeric.map(([name]) => name).sort())
})

describe.each(numeric)('%s', (name, { operands, results }) => {
  const compiled = run(operands, results, (code, params) => {
    for (const param of params) code.localGet(param)
    emit(code, name)
  })
  const reference = references[name] as Reference

  test('computes what the specification says', () => {
    fc.assert(
      fc.property(fc.tuple(...operands.map((type) => operand[type])), (values) => {
        const expected = reference(...(values as never[]))
        const call = () => compiled(...values.map((value, i) => toHost(operands[i], value)))
        if (expected === undefined) expect(call).toThrow(WebAssembly.RuntimeError)
        else expect(fromHost(results[0], call() as bigint | number)).toBe(expected)
      }),
      options,
    )
  })
})

describe('constants', () => {
  test.each([
    0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8193, 0x7fff_ffff, -0x8000_0000, 0x8000_0000, 0xffff_ffff,
  ])('i32Const(%d)', (value) => {
    expect(run([], ['i32'], (code) => code.i32Const(value))()).toBe(value | 0)
  })

  const wide = [0n, 1n, -1n, 63n, 64n, -64n, -65n, 1n << 31n, -(1n << 31n), (1n << 31n) - 1n, 1n << 32n]
    .concat(
      [6, 7, 13, 20, 27, 31, 32, 34, 35, 41, 48, 52].flatMap((bit) => [
        (1n << BigInt(bit)) - 1n,
        1n << BigInt(bit),
      ]),
    )
    .flatMap((value) => [value, -value])
  test.each(wide)('i64Const(%d) as bigint, as number and as parts', (value) => {
    const forms = [value, Number(value)].map((constant) =>
      run([], ['i64'], (code) => code.i64Const(constant))(),
    )
    const parts = run([], ['i64'], (code) =>
      code.i64ConstParts(Number(BigInt.asIntN(32, value)), Number(value >> 32n)),
    )()
    expect([...forms, parts]).toEqual([value, value, value])
  })

  test('i64Const takes any 64-bit bigint, signed or unsigned', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }), (value) => {
        expect(run([], ['i64'], (code) => code.i64Const(value))()).toBe(BigInt.asIntN(64, value))
      }),
      options,
    )
  })

  test.each(floatEdges)('f64Const(%d) and f32Const', (value) => {
    expect(run([], ['f64'], (code) => code.f64Const(value))()).toBe(value)
    expect(run([], ['f32'], (code) => code.f32Const(value))()).toBe(Math.fround(value))
  })

  test('NaN is the canonical one', () => {
    const bits = run([], ['i64', 'i32'], (code) => {
      code.f64Const(Number.NaN)
      code.i64ReinterpretF64()
      code.f32Const(Number.NaN)
      code.i32ReinterpretF32()
    })
    expect(bits()).toEqual([0x7ff8_0000_0000_0000n, 0x7fc0_0000])
  })
})

const accesses = (Object.entries(instructions) as [string, Instruction][]).filter(
  ([name, { accessLog2, operands, results }]) =>
    /(load|store)/i.test(name) && operands.length + results.length === 2 && accessLog2 <= 3,
)

describe.each(accesses)('%s', (name, { operands, results, accessLog2 }) => {
  const isLoad = results.length === 1
  const type = isLoad ? results[0] : operands[1]
  const bits = 8 << accessLog2
  const isFloat = type === 'f32' || type === 'f64'
  const isSigned = /\dS$/.test(name)

  test('moves the right bytes', () => {
    const pattern = 0x8182_8384_8586_8788n
    const low = BigInt.asUintN(bits, pattern)
    const width = type === 'i64' ? 64 : 32
    const compiled = run([], ['i64'], (code) => {
      code.i32Const(8)
      code.i64Const(isLoad ? pattern : 0)
      code.i64Store(16)
      code.i32Const(16)
      if (!isLoad) {
        if (type === 'i32') code.i32Const(Number(BigInt.asIntN(32, pattern)))
        else if (type === 'i64') code.i64Const(pattern)
        else if (type === 'f32') code.f32Const(1.5)
        else code.f64Const(1.5)
      }
      emit(code, name, [8])
      if (!isLoad) {
        code.i32Const(24)
        code.i64Load()
      } else if (type === 'f32') {
        code.i32ReinterpretF32()
        code.i64ExtendI32U()
      } else if (type === 'f64') code.i64ReinterpretF64()
      else if (type === 'i32') code.i64ExtendI32U()
    })
    const expected =
      isFloat && !isLoad
        ? references[type === 'f32' ? 'i32ReinterpretF32' : 'i64ReinterpretF64'](1.5 as never)
        : isSigned
          ? BigInt.asUintN(width, BigInt.asIntN(bits, low))
          : low
    expect(BigInt.asUintN(64, compiled() as bigint)).toBe(expected)
  })
})
