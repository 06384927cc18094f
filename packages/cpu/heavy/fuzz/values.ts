import type { RandomSource } from '@worldswitch/isa/vectors'

const EDGES = [
  0n,
  1n,
  2n,
  0xffff_ffff_ffff_ffffn,
  1n << 63n,
  (1n << 63n) - 1n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0xffff_ffff_8000_0000n,
]

/** 64 bits, often at an edge of something. */
export function randomValue(source: RandomSource): bigint {
  const roll = source.below(10)
  if (roll < 3) return source.of(EDGES)
  if (roll < 5) return BigInt(source.below(256))
  if (roll < 6) return BigInt.asUintN(64, BigInt.asIntN(32, source.bits64()))
  return source.bits64()
}

/** Raw bits of a floating-point register: boxed singles, doubles, and neither. */
export function randomFloat(source: RandomSource): bigint {
  const roll = source.below(12)
  const sign = BigInt(source.below(2))
  if (roll < 2) return source.bits64()
  if (roll < 7) {
    const exponent = BigInt(source.of([0, 1, 2, 127, 126, 128, 150, 254, 255, source.below(256)]))
    const fraction = source.of([0n, 1n, 0x40_0000n, 0x7f_ffffn, BigInt(source.below(0x80_0000))])
    return (0xffff_ffffn << 32n) | (sign << 31n) | (exponent << 23n) | fraction
  }
  const exponent = BigInt(source.of([0, 1, 2, 1023, 1022, 1024, 1075, 2046, 2047, source.below(2048)]))
  const fraction = source.of([0n, 1n, 1n << 51n, (1n << 52n) - 1n, source.bits64() & ((1n << 52n) - 1n)])
  return (sign << 63n) | (exponent << 52n) | fraction
}
