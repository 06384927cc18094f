import type { I32, I64 } from './expression.ts'
import type { Layout } from './layout.ts'
import type { Scope, Variable } from './scope.ts'

/** An operand in software arithmetic, taken apart. */
export class Operand {
  readonly bits: Variable<I64>
  /** Without the sign. */
  readonly magnitude: Variable<I64>
  readonly #layout: Layout

  /** @param bits - of a single the low 32 count. */
  constructor(scope: Scope, layout: Layout, bits: I64) {
    this.#layout = layout
    this.bits = scope.let(bits)
    this.magnitude = scope.let(bits.and(layout.signBit - 1n))
  }

  isNan(): I32 {
    return this.magnitude.gtU(this.#layout.infinity)
  }
  isInfinite(): I32 {
    return this.magnitude.eq(this.#layout.infinity)
  }
  /** An infinity or a NaN. */
  isSpecial(): I32 {
    return this.magnitude.geU(this.#layout.infinity)
  }
  isZero(): I32 {
    return this.magnitude.isZero()
  }
  /** The sign bit in its place. */
  sign(): I64 {
    return this.bits.and(this.#layout.signBit)
  }

  /**
   * The finite value as `significand` / 2^63 × 2^(`exponent` - bias), with the significand's bit 63 set. A zero has
   * significand 0 and an exponent below all others.
   */
  normalize(scope: Scope): { significand: Variable<I64>; exponent: Variable<I64> } {
    const { fractionBits, spare } = this.#layout
    const field = scope.let(this.magnitude.shrU(fractionBits))
    const fraction = this.magnitude.and((1n << fractionBits) - 1n)
    const subnormal = scope.let(field.isZero().toI64())
    const significand = scope.let(fraction.or(subnormal.xor(1n).shl(fractionBits)))
    const zeros = scope.let(significand.clz())
    const exponent = scope.let(field.add(subnormal).add(spare).sub(zeros))
    significand.set(significand.shl(zeros))
    return { significand, exponent }
  }
}
