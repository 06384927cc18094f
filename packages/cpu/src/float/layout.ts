/** A format as generated code sees it. Significands are normalized to bit 63 of an i64. */
export interface Layout {
  readonly name: 's' | 'd'
  /** The host's type. */
  readonly type: 'f32' | 'f64'
  readonly fractionBits: bigint
  /** Largest exponent field: that of infinities and NaNs. */
  readonly exponentMask: bigint
  readonly bias: bigint
  readonly signBit: bigint
  readonly infinity: bigint
  readonly quietBit: bigint
  readonly canonicalNan: bigint
  /** Bits of a normalized significand that rounding cuts off. */
  readonly spare: bigint
  /** The least normal number. */
  readonly leastNormal: number
}

const layout = (name: 's' | 'd', bits: bigint, fractionBits: bigint, leastNormal: number): Layout => {
  const exponentMask = (1n << (bits - fractionBits - 1n)) - 1n
  const infinity = exponentMask << fractionBits
  const quietBit = 1n << (fractionBits - 1n)
  return {
    name,
    type: name === 's' ? 'f32' : 'f64',
    fractionBits,
    exponentMask,
    bias: exponentMask >> 1n,
    signBit: 1n << (bits - 1n),
    infinity,
    quietBit,
    canonicalNan: infinity | quietBit,
    spare: 63n - fractionBits,
    leastNormal,
  }
}

export const layouts = {
  s: layout('s', 32n, 23n, 2 ** -126),
  d: layout('d', 64n, 52n, 2 ** -1022),
} as const
