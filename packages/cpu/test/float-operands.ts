import { type FloatOperation, floatOperandCount } from '@worldswitch/ieee754'

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
/** Seeded, less than `limit`. */
export const below = (limit: number): number => random() % limit
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

/** Operands of an operation that are likely to be special, or to meet in a special result. */
export const floatOperands = (operation: FloatOperation): bigint[] => {
  const [, source] = operation.split('.')
  if (source === 's' || source === 'd') return floats(floatOperandCount(operation), source === 's' ? 32 : 64)
  return [integer()]
}
