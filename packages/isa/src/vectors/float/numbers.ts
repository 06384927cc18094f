/** Numbers of one format, as registers hold them: singles NaN-boxed. */
export interface Numbers {
  readonly suffix: 's' | 'd'
  /** Bits of the fraction. */
  readonly fraction: number
  readonly zero: bigint
  readonly leastSubnormal: bigint
  readonly greatestSubnormal: bigint
  readonly leastNormal: bigint
  /** A subnormal number. */
  readonly halfLeastNormal: bigint
  readonly greatest: bigint
  readonly infinity: bigint
  /** The canonical NaN. */
  readonly nan: bigint
  /** A quiet NaN with a sign and a payload. */
  readonly payload: bigint
  readonly signaling: bigint
  readonly one: bigint
  /** The greatest number below 1. */
  readonly oneMinus: bigint
  /** The least number above 1. */
  readonly onePlus: bigint
  /** 2 to the power of `n`. */
  power(n: number): bigint
  /** A small integer, or one with a fraction of a few bits. */
  of(value: number): bigint
  negate(register: bigint): bigint
  /** `steps` representable numbers further from zero. */
  next(register: bigint, steps?: bigint): bigint
}

function numbers(suffix: 's' | 'd', exponent: number, fraction: number): Numbers {
  const boxed = suffix === 's' ? 0xffff_ffff_0000_0000n : 0n
  const sign = 1n << BigInt(exponent + fraction)
  const bias = 2 ** (exponent - 1) - 1
  const normal = (power: number) => boxed | (BigInt(bias + power) << BigInt(fraction))
  const special = BigInt(2 ** exponent - 1) << BigInt(fraction)
  const quiet = special | (1n << BigInt(fraction - 1))
  const one = normal(0)
  const of = (value: number): bigint => {
    if (value === 0) return boxed
    const power = Math.floor(Math.log2(Math.abs(value)))
    const rest = BigInt((Math.abs(value) / 2 ** power - 1) * 2 ** 20) << BigInt(fraction - 20)
    return normal(power) | rest | (value < 0 ? sign : 0n)
  }
  return {
    suffix,
    fraction,
    zero: boxed,
    leastSubnormal: boxed | 1n,
    greatestSubnormal: boxed | ((1n << BigInt(fraction)) - 1n),
    leastNormal: boxed | (1n << BigInt(fraction)),
    halfLeastNormal: boxed | (1n << BigInt(fraction - 1)),
    greatest: boxed | (special - 1n),
    infinity: boxed | special,
    nan: boxed | quiet,
    payload: boxed | sign | quiet | 5n,
    signaling: boxed | special | 1n,
    one,
    oneMinus: one - 1n,
    onePlus: one + 1n,
    power: normal,
    of,
    negate: (register) => register ^ sign,
    next: (register, steps = 1n) => register + steps,
  }
}

/** Both formats. */
export const single: Numbers = numbers('s', 8, 23)
export const double: Numbers = numbers('d', 11, 52)

/** Bits of `fflags`. */
export const NX = 1
export const UF = 2
export const OF = 4
export const DZ = 8
export const NV = 16

/** `frm` in its place in `fcsr`. */
export const frm = { rne: 0 << 5, rtz: 1 << 5, rdn: 2 << 5, rup: 3 << 5, rmm: 4 << 5 }

/** Names of the rounding modes. */
export const modes = ['rne', 'rtz', 'rdn', 'rup', 'rmm'] as const
