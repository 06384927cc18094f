/** Random operands; the host's doubles round to nearest as IEEE 754 says, and tell the value if not the flags. */
import { computeFloat, FloatFlag, type FloatOperation, RoundingMode } from '@worldswitch/ieee754'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const view = new DataView(new ArrayBuffer(8))
const toDouble = (bits: bigint): number => {
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}
const fromDouble = (value: number): bigint => {
  view.setFloat64(0, value)
  return Number.isNaN(value) ? 0x7ff8_0000_0000_0000n : view.getBigUint64(0)
}
const toSingle = (bits: bigint): number => {
  view.setUint32(0, Number(bits))
  return view.getFloat32(0)
}
const fromSingle = (value: number): bigint => {
  view.setFloat32(0, value)
  return Number.isNaN(value) ? 0x7fc0_0000n : BigInt(view.getUint32(0))
}

/** Any bits; numbers near 1, which meet each other; and those with few bits, which make ties. */
const operand = (bits: number, fractionBits: number): fc.Arbitrary<bigint> => {
  const bias = 2n ** BigInt(bits - fractionBits - 2) - 1n
  const parts = fc.tuple(
    fc.bigInt(0n, 1n),
    fc.bigInt(-4n, 4n),
    fc.oneof(
      fc.bigInt(0n, 2n ** BigInt(fractionBits) - 1n),
      fc.bigInt(0n, 15n),
      fc.bigInt(0n, 15n).map((n) => n << BigInt(fractionBits - 4)),
    ),
  )
  const near = parts.map(
    ([sign, exponent, fraction]) =>
      (sign << BigInt(bits - 1)) | ((bias + exponent) << BigInt(fractionBits)) | fraction,
  )
  return fc.oneof(fc.bigInt(0n, 2n ** BigInt(bits) - 1n), near)
}

const host: readonly [string, (a: number, b: number) => number][] = [
  ['add', (a, b) => a + b],
  ['sub', (a, b) => a - b],
  ['mul', (a, b) => a * b],
  ['div', (a, b) => a / b],
  ['sqrt', (a) => Math.sqrt(a)],
]

const parameters = { seed: 754, numRuns: 1500 }

describe.each(host)('%s', (name, compute) => {
  test('of doubles', () => {
    const double = operand(64, 52)
    fc.assert(
      fc.property(double, double, (a, b) => {
        const expected = fromDouble(compute(toDouble(a), toDouble(b)))
        expect(computeFloat(`${name}.d` as FloatOperation, RoundingMode.RNE, a, b).value).toBe(expected)
      }),
      parameters,
    )
  })

  // A double has more than twice the bits of a single, so rounding twice is rounding once.
  test('of singles', () => {
    const single = operand(32, 23)
    fc.assert(
      fc.property(single, single, (a, b) => {
        const expected = fromSingle(Math.fround(compute(toSingle(a), toSingle(b))))
        expect(computeFloat(`${name}.s` as FloatOperation, RoundingMode.RNE, a, b).value).toBe(expected)
      }),
      parameters,
    )
  })
})

test('what the directions say of each other holds for every operation', () => {
  const double = operand(64, 52)
  const operations = fc.constantFrom<FloatOperation>('add.d', 'mul.d', 'div.d', 'sqrt.d', 'fma.d')
  fc.assert(
    fc.property(operations, double, double, double, (operation, a, b, c) => {
      const at = (rounding: number) => computeFloat(operation, rounding, a, b, c)
      const [nearest, zero, down, up, away] = [0, 1, 2, 3, 4].map(at)
      if (nearest === undefined || zero === undefined || down === undefined) throw new Error('five modes')
      if ((nearest.flags & FloatFlag.NX) === 0) {
        expect([zero.value, up?.value, away?.value]).toEqual(Array(3).fill(nearest.value))
        return
      }
      // Down and up are neighbours around the exact result; all others are one of them.
      const neighbours = [down.value, up?.value]
      expect(neighbours).toContain(nearest.value)
      expect(neighbours).toContain(away?.value)
      const negative = down.value >> 63n === 1n
      expect(zero.value).toBe(negative ? up?.value : down.value)
      expect(negative ? down.value - (up?.value ?? 0n) : (up?.value ?? 0n) - down.value).toBe(1n)
    }),
    parameters,
  )
})
