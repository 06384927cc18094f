import { describe, expect, test } from 'vitest'
import { computeFloat } from './compute-float.ts'
import { FloatFlag } from './float-flag.ts'
import { type FloatOperation, floatOperandCount, floatOperations } from './float-operation.ts'
import { RoundingMode } from './rounding-mode.ts'

const { NX, UF, OF, DZ, NV } = FloatFlag
const { RNE, RTZ, RDN, RUP, RMM } = RoundingMode

const one = 0x3f80_0000n
const two = 0x4000_0000n
const three = 0x4040_0000n
const negative = 0x8000_0000n
const infinity = 0x7f80_0000n
const greatest = 0x7f7f_ffffn
const leastNormal = 0x0080_0000n
const least = 1n
const canonical = 0x7fc0_0000n
const quiet = 0xffc1_2345n
const signaling = 0x7f80_0001n
/** The distance of 1 to its successor, halved: what ties are made of. */
const halfUlp = 0x3380_0000n

type Row = readonly [string, FloatOperation, number, readonly bigint[], bigint, number]

const expectRows = (rows: readonly Row[]): void =>
  test.each(rows)('%s: %s, mode %i', (_name, operation, rounding, [a, b, c], value, flags) => {
    const result = computeFloat(operation, rounding, a as bigint, b, c)
    expect([`0x${result.value.toString(16)}`, result.flags]).toEqual([`0x${value.toString(16)}`, flags])
  })

describe('rounding', () => {
  expectRows([
    ['a tie goes to even', 'add.s', RNE, [one, halfUlp], one, NX],
    ['a tie goes to even, up', 'add.s', RNE, [one + 1n, halfUlp], one + 2n, NX],
    ['a tie is cut off', 'add.s', RTZ, [one + 1n, halfUlp], one + 1n, NX],
    ['a positive tie goes down', 'add.s', RDN, [one, halfUlp], one, NX],
    [
      'a negative tie goes down',
      'add.s',
      RDN,
      [negative | one, negative | halfUlp],
      (negative | one) + 1n,
      NX,
    ],
    ['a positive tie goes up', 'add.s', RUP, [one, halfUlp], one + 1n, NX],
    ['a negative tie goes up', 'add.s', RUP, [negative | one, negative | halfUlp], negative | one, NX],
    ['a tie goes away from zero', 'add.s', RMM, [one, halfUlp], one + 1n, NX],
    ['a trace counts', 'add.s', RUP, [one, least], one + 1n, NX],
    ['a trace below', 'sub.s', RTZ, [one, least], one - 1n, NX],
    ['what is exact raises nothing', 'mul.s', RUP, [one + 1n, two], two + 1n, 0],
    ['a product is rounded once', 'fma.s', RNE, [one + 1n, one + 1n, negative | (one + 2n)], 0x2880_0000n, 0],
    ['a quotient', 'div.s', RNE, [one, three], 0x3eaa_aaabn, NX],
    ['a quotient, down', 'div.s', RDN, [one, three], 0x3eaa_aaaan, NX],
    ['a root', 'sqrt.s', RNE, [two], 0x3fb5_04f3n, NX],
    ['a root, up', 'sqrt.s', RUP, [two], 0x3fb5_04f4n, NX],
    ['a root that is exact', 'sqrt.d', RUP, [0x4022_0000_0000_0000n], 0x4008_0000_0000_0000n, 0],
  ])
})

describe('the ends of the range', () => {
  expectRows([
    ['overflow to nearest', 'mul.s', RNE, [greatest, two], infinity, OF | NX],
    ['overflow is cut off', 'mul.s', RTZ, [greatest, two], greatest, OF | NX],
    ['overflow down', 'mul.s', RDN, [greatest, two], greatest, OF | NX],
    ['negative overflow down', 'mul.s', RDN, [negative | greatest, two], negative | infinity, OF | NX],
    ['negative overflow up', 'mul.s', RUP, [negative | greatest, two], negative | greatest, OF | NX],
    ['overflow away', 'mul.s', RMM, [greatest, two], infinity, OF | NX],
    ['just no overflow', 'add.s', RNE, [greatest, 0x72ff_ffffn], greatest, NX],
    ['just overflow', 'add.s', RNE, [greatest, 0x7300_0000n], infinity, OF | NX],
    ['subnormal and exact: no underflow', 'mul.s', RNE, [leastNormal, 0x3f00_0000n], 0x0040_0000n, 0],
    ['underflow to zero', 'mul.s', RNE, [least, 0x3f00_0000n], 0n, UF | NX],
    ['underflow up', 'mul.s', RUP, [least, 0x3f00_0000n], least, UF | NX],
    ['not tiny after rounding', 's.d', RNE, [0x380f_ffff_f000_0000n], leastNormal, NX],
    ['tiny though rounded to a normal', 's.d', RNE, [0x380f_ffff_e000_0000n], leastNormal, UF | NX],
    ['subnormals are counted', 'add.s', RNE, [least, least], 2n, 0],
    ['a subnormal quotient', 'div.s', RNE, [leastNormal, three], 0x002a_aaabn, UF | NX],
    ['the root of the least number', 'sqrt.d', RNE, [1n], 0x1e60_0000_0000_0000n, 0],
  ])
})

describe('zeros and infinities', () => {
  expectRows([
    ['opposites cancel to +0', 'sub.s', RNE, [one, one], 0n, 0],
    ['opposites cancel to -0 downwards', 'sub.s', RDN, [one, one], negative, 0],
    ['zeros of one sign keep it', 'add.s', RNE, [negative, negative], negative, 0],
    ['zeros of both signs', 'add.s', RDN, [0n, negative], negative, 0],
    ['-0 times 1', 'mul.s', RNE, [negative, one], negative, 0],
    ['-0 times 1 plus 0', 'fma.s', RNE, [negative, one, 0n], 0n, 0],
    ['the root of -0', 'sqrt.s', RNE, [negative], negative, 0],
    ['a root of a negative', 'sqrt.s', RNE, [negative | one], canonical, NV],
    ['infinities cancel', 'sub.s', RNE, [infinity, infinity], canonical, NV],
    ['infinities add', 'add.s', RNE, [infinity, infinity], infinity, 0],
    ['infinity times zero', 'mul.s', RNE, [infinity, 0n], canonical, NV],
    ['the same, plus a quiet NaN', 'fma.s', RNE, [infinity, 0n, quiet], canonical, NV],
    ['division by zero', 'div.s', RNE, [one, negative], negative | infinity, DZ],
    ['zero by zero', 'div.s', RNE, [0n, 0n], canonical, NV],
    ['infinity by zero', 'div.s', RNE, [infinity, 0n], infinity, 0],
    ['infinity by infinity', 'div.s', RNE, [infinity, infinity], canonical, NV],
    ['something by infinity', 'div.s', RNE, [negative | one, infinity], negative, 0],
    ['the root of infinity', 'sqrt.s', RNE, [infinity], infinity, 0],
  ])
})

describe('NaNs', () => {
  expectRows([
    ['a quiet one becomes canonical', 'add.s', RNE, [quiet, one], canonical, 0],
    ['a signaling one is invalid', 'add.s', RNE, [one, signaling], canonical, NV],
    ['under a root', 'sqrt.s', RNE, [quiet], canonical, 0],
    ['converted', 'd.s', RNE, [quiet], 0x7ff8_0000_0000_0000n, 0],
    ['converted while signaling', 's.d', RNE, [0xfff0_0000_0000_0001n], canonical, NV],
    ['eq is quiet', 'eq.s', RNE, [quiet, quiet], 0n, 0],
    ['eq of a signaling one', 'eq.s', RNE, [signaling, one], 0n, NV],
    ['lt is not quiet', 'lt.s', RNE, [quiet, one], 0n, NV],
    ['le is not quiet', 'le.s', RNE, [one, quiet], 0n, NV],
    ['min prefers a number', 'min.s', RNE, [quiet, one], one, 0],
    ['max prefers a number', 'max.s', RNE, [one, signaling], one, NV],
    ['min of two', 'min.s', RNE, [quiet, signaling], canonical, NV],
  ])
})

describe('order', () => {
  expectRows([
    ['the zeros are equal', 'eq.s', RNE, [0n, negative], 1n, 0],
    ['the zeros are not less', 'lt.s', RNE, [negative, 0n], 0n, 0],
    ['negatives', 'lt.s', RNE, [negative | two, negative | one], 1n, 0],
    ['infinities', 'le.s', RNE, [negative | infinity, infinity], 1n, 0],
    ['min of the zeros', 'min.s', RNE, [0n, negative], negative, 0],
    ['max of the zeros', 'max.s', RNE, [negative, 0n], 0n, 0],
    ['min of negatives', 'min.s', RNE, [negative | two, negative | one], negative | two, 0],
    ['max of a number and infinity', 'max.s', RNE, [negative | infinity, one], one, 0],
  ])
})

const minus = (value: bigint): bigint => BigInt.asUintN(64, -value)

describe('conversions', () => {
  expectRows([
    ['-1.5 to nearest', 'i32.s', RNE, [negative | 0x3fc0_0000n], minus(2n), NX],
    ['-1.5 cut off', 'i32.s', RTZ, [negative | 0x3fc0_0000n], minus(1n), NX],
    ['2.5 to nearest', 'i64.s', RNE, [0x4020_0000n], 2n, NX],
    ['2.5 away from zero', 'i64.s', RMM, [0x4020_0000n], 3n, NX],
    ['2^31 does not fit', 'i32.s', RNE, [0x4f00_0000n], 0x7fff_ffffn, NV],
    ['-2^31 fits', 'i32.s', RNE, [0xcf00_0000n], minus(0x8000_0000n), 0],
    ['2^31 unsigned is sign-extended', 'u32.s', RNE, [0x4f00_0000n], minus(0x8000_0000n), 0],
    ['2^32 unsigned saturates', 'u32.s', RNE, [0x4f80_0000n], minus(1n), NV],
    ['-0.5 unsigned, up', 'u32.s', RUP, [0xbf00_0000n], 0n, NX],
    ['-0.5 unsigned, down', 'u32.s', RDN, [0xbf00_0000n], 0n, NV],
    ['NaN signed', 'i32.s', RNE, [quiet], 0x7fff_ffffn, NV],
    ['NaN unsigned', 'u64.s', RNE, [quiet], minus(1n), NV],
    ['-infinity', 'i64.s', RNE, [negative | infinity], 1n << 63n, NV],
    ['+infinity', 'i64.s', RNE, [infinity], (1n << 63n) - 1n, NV],
    ['almost 2^31, rounded beyond', 'i32.d', RUP, [0x41df_ffff_ffff_ffffn], 0x7fff_ffffn, NV],
    ['almost 2^31, rounded below', 'i32.d', RTZ, [0x41df_ffff_ffff_ffffn], 0x7fff_ffffn, NX],
    ['only 32 bits count', 's.i32', RNE, [0x1_0000_0001n], one, 0],
    ['-1', 's.i32', RNE, [0xffff_ffffn], negative | one, 0],
    ['2^32 - 1', 's.u32', RNE, [0xffff_ffffn], 0x4f80_0000n, NX],
    ['2^64 - 1, cut off', 's.u64', RTZ, [minus(1n)], 0x5f7f_ffffn, NX],
    ['2^53 + 1', 'd.i64', RNE, [(1n << 53n) + 1n], 0x4340_0000_0000_0000n, NX],
    ['zero', 'd.i64', RDN, [0n], 0n, 0],
    ['a subnormal single is a normal double', 'd.s', RNE, [least], 0x36a0_0000_0000_0000n, 0],
    ['a double too small for a single', 's.d', RUP, [1n], least, UF | NX],
    ['a double too large for a single', 's.d', RTZ, [0x7fef_ffff_ffff_ffffn], greatest, OF | NX],
  ])
})

test('the upper bits of an operand of 32 bits do not count', () => {
  const dirty = 0xdead_beef_0000_0000n
  for (const operation of floatOperations.filter((name) => name.endsWith('.s'))) {
    for (const [a, b, c] of [
      [three, one, two],
      [negative | one, three, quiet],
      [signaling, two, one],
    ] as const) {
      const clean = computeFloat(operation, RNE, a, b, c)
      expect(computeFloat(operation, RNE, dirty | a, dirty | b, dirty | c), operation).toEqual(clean)
    }
  }
})

test('a rounding mode that is none is refused where something is rounded', () => {
  expect(() => computeFloat('div.s', 5, one, three)).toThrow('no rounding mode')
  expect(computeFloat('eq.s', 7, one, one)).toEqual({ value: 1n, flags: 0 })
})

test.each([
  ['fma.s', 3],
  ['add.d', 2],
  ['lt.s', 2],
  ['sqrt.d', 1],
  ['d.s', 1],
  ['i32.d', 1],
] as const)('%s takes %i operands', (operation, count) => {
  expect(floatOperandCount(operation)).toBe(count)
})
