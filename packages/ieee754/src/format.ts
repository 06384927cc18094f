/** A binary interchange format, by the bit patterns and limits that arithmetic needs. IEEE 754-2008, chapter 3.4. */
export interface Format {
  /** Bits of the significand, with the hidden one: 24 or 53. */
  readonly precision: number
  /** Bits of the significand that are stored. */
  readonly fractionBits: bigint
  /** Exponent of the least subnormal: -149 or -1074. */
  readonly leastExponent: number
  readonly signBit: bigint
  readonly infinity: bigint
  /** Set in a NaN that is quiet. */
  readonly quietBit: bigint
}

const format = (bits: number, precision: number): Format => {
  const exponentBits = bits - precision
  const fractionBits = BigInt(precision - 1)
  return {
    precision,
    fractionBits,
    leastExponent: 3 - 2 ** (exponentBits - 1) - precision,
    signBit: 1n << BigInt(bits - 1),
    infinity: ((1n << BigInt(exponentBits)) - 1n) << fractionBits,
    quietBit: 1n << (fractionBits - 1n),
  }
}

/** binary32, a `float` in C. */
export const single = format(32, 24)

/** binary64, a `double` in C. */
export const double = format(64, 53)
