import { FloatFlag, RoundingMode } from '@worldswitch/ieee754'
import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import { type I32, I64 } from './expression.ts'
import type { Layout } from './layout.ts'
import { Operand } from './operand.ts'
import { addRoundPack, shiftRightSticky, sticky } from './round-pack.ts'
import { addFloatFunction, type Scope, type Variable } from './scope.ts'

/** What integer arithmetic computes for every operand, rounding mode and flag. */
export interface Software {
  /** `(sign, exponent, significand)`, see {@link addRoundPack}. */
  readonly roundPack: FunctionIndex
  readonly add: FunctionIndex
  readonly mul: FunctionIndex
  readonly div: FunctionIndex
  readonly sqrt: FunctionIndex
  readonly fma: FunctionIndex
  /** A NaN operand, whatever the second and third are: raises NV if one signals; the canonical NaN. */
  readonly nan: FunctionIndex
}

/** The upper 64 bits of the product of two unsigned integers, by a function of the module that computes it. */
const multiplyHigh = (scope: Scope, mulHigh: FunctionIndex, a: I64, b: I64): I64 =>
  new I64(scope.code, () => {
    a.emit()
    b.emit()
    scope.code.call(mulHigh)
  })

/** Adds a format's software arithmetic. */
export const addSoftware = (module: ModuleBuilder, layout: Layout, mulHigh: FunctionIndex): Software => {
  const { name, bias, canonicalNan, infinity, quietBit, signBit } = layout
  const canonical = (scope: Scope): I64 => scope.i64(canonicalNan)
  const invalid = (scope: Scope): void => {
    scope.raise(FloatFlag.NV)
    scope.return(canonical(scope))
  }
  const signals = ({ magnitude }: Operand): I32 => magnitude.sub(infinity + 1n).ltU(quietBit - 1n)
  /** The sum of nothing: what cancels out is +0, or -0 when rounding down. */
  const cancelled = (scope: Scope): I64 =>
    scope.select(scope.rounding.eq(RoundingMode.RDN), scope.i64(signBit), scope.i64(0n))

  const nan = addFloatFunction(module, `nan.${name}`, 3, (scope, ...bits) => {
    const [a, b, c] = bits.map((value) => signals(new Operand(scope, layout, value))) as [I32, I32, I32]
    scope.if(a.or(b).or(c), () => scope.raise(FloatFlag.NV))
    return canonical(scope)
  })
  const roundPack = addRoundPack(module, layout)

  /** Returns if one of two operands is a NaN. */
  const returnNan = (scope: Scope, a: Operand, b: Operand): void =>
    scope.if(a.isNan().or(b.isNan()), () => scope.return(scope.call(nan, a.bits, b.bits, scope.i64(0n))))

  const add = addFloatFunction(module, `add.${name}`, 2, (scope, aBits, bBits) => {
    let a = new Operand(scope, layout, aBits)
    let b = new Operand(scope, layout, bBits)
    scope.if(a.isSpecial().or(b.isSpecial()), () => {
      returnNan(scope, a, b)
      scope.if(a.isInfinite(), () => {
        scope.if(b.isInfinite().and(a.sign().ne(b.sign())), () => invalid(scope))
        scope.return(a.sign().or(infinity))
      })
      scope.return(b.sign().or(infinity))
    })
    // The greater magnitude first.
    const swapped = scope.let(a.magnitude.ltU(b.magnitude))
    const first = scope.let(scope.select(swapped, b.bits as I64, a.bits))
    const second = scope.let(scope.select(swapped, a.bits as I64, b.bits))
    a = new Operand(scope, layout, first)
    b = new Operand(scope, layout, second)
    const greater = a.normalize(scope)
    const less = b.normalize(scope)
    const distance = scope.let(greater.exponent.sub(less.exponent))
    // One bit of room for the carry.
    const x = greater.significand.shrU(1n)
    const y = scope.let(shiftRightSticky(scope, scope.let(less.significand.shrU(1n)), distance))
    const sum = scope.let(scope.select(a.sign().eq(b.sign()), x.add(y), x.sub(y)))
    scope.if(sum.isZero(), () => {
      scope.if(a.sign().eq(b.sign()), () => scope.return(a.sign()))
      scope.return(cancelled(scope))
    })
    return scope.call(roundPack, a.sign(), greater.exponent.add(1n), sum)
  })

  const mul = addFloatFunction(module, `mul.${name}`, 2, (scope, aBits, bBits) => {
    const a = new Operand(scope, layout, aBits)
    const b = new Operand(scope, layout, bBits)
    const sign = scope.let(a.sign().xor(b.sign()))
    scope.if(a.isSpecial().or(b.isSpecial()), () => {
      returnNan(scope, a, b)
      scope.if(a.isZero().or(b.isZero()), () => invalid(scope))
      scope.return(sign.or(infinity))
    })
    scope.if(a.isZero().or(b.isZero()), () => scope.return(sign))
    const x = a.normalize(scope)
    const y = b.normalize(scope)
    const low = x.significand.mul(y.significand)
    const product = multiplyHigh(scope, mulHigh, x.significand, y.significand).or(sticky(low))
    return scope.call(roundPack, sign, x.exponent.add(y.exponent).sub(bias - 1n), product)
  })

  /** A significand as a double in [1, 2): exact, for it has 53 bits. */
  const toDouble = (significand: I64) =>
    significand
      .shl(1n)
      .shrU(12n)
      .or(1023n << 52n)
      .asFloat('f64')
  /** The 53 bits of a double's significand. */
  const significandOf = (bits: I64): I64 => bits.and((1n << 52n) - 1n).or(1n << 52n)
  /** 1, 0 or -1, as the value is. */
  const signOf = (value: Variable<I64>): I64 => value.gtS(0n).toI64().sub(value.shrU(63n))

  // The host's quotient is the nearest double, so what is left of the dividend is less than 2^63, and to have it modulo
  // 2^64 is enough. Its sign says on which side of the quotient the exact one lies.
  const div = addFloatFunction(module, `div.${name}`, 2, (scope, aBits, bBits) => {
    const a = new Operand(scope, layout, aBits)
    const b = new Operand(scope, layout, bBits)
    const sign = scope.let(a.sign().xor(b.sign()))
    scope.if(a.isSpecial().or(b.isSpecial()), () => {
      returnNan(scope, a, b)
      scope.if(a.isInfinite().and(b.isInfinite()), () => invalid(scope))
      scope.return(scope.select(a.isInfinite(), sign.or(infinity), sign))
    })
    scope.if(b.isZero(), () => {
      scope.if(a.isZero(), () => invalid(scope))
      scope.raise(FloatFlag.DZ)
      scope.return(sign.or(infinity))
    })
    scope.if(a.isZero(), () => scope.return(sign))
    const x = a.normalize(scope)
    const y = b.normalize(scope)
    const host = scope.let(toDouble(x.significand).div(toDouble(y.significand)).bits())
    const quotient = scope.let(significandOf(host))
    // -1 if the quotient is less than 1, else 0.
    const exponent = scope.let(host.shrU(52n).sub(1023n))
    const dividend = x.significand.shrU(11n).shl(scope.i64(52n).sub(exponent))
    const left = scope.let(dividend.sub(quotient.mul(y.significand.shrU(11n))))
    const significand = quotient.shl(11n).add(signOf(left))
    return scope.call(roundPack, sign, x.exponent.sub(y.exponent).add(exponent).add(bias), significand)
  })

  const sqrt = addFloatFunction(module, `sqrt.${name}`, 1, (scope, bits) => {
    const a = new Operand(scope, layout, bits)
    scope.if(a.isNan(), () => scope.return(scope.call(nan, a.bits, scope.i64(0n), scope.i64(0n))))
    scope.if(a.isZero(), () => scope.return(a.sign()))
    scope.if(a.sign().ne(0n), () => invalid(scope))
    scope.if(a.isInfinite(), () => scope.return(scope.i64(infinity)))
    const { significand, exponent } = a.normalize(scope)
    // The bias is odd, so an even exponent field has an odd exponent, and the radicand is doubled.
    const doubled = scope.let(exponent.and(1n).xor(1n))
    const radicand = scope.let(toDouble(significand))
    const host = radicand.mul(scope.i64(1023n).add(doubled).shl(52n).asFloat('f64')).sqrt().bits()
    const root = scope.let(significandOf(host))
    const left = scope.let(significand.shrU(11n).shl(doubled).shl(52n).sub(root.mul(root)))
    const halved = exponent.sub(doubled).sub(bias).shrS(1n).add(bias)
    return scope.call(roundPack, scope.i64(0n), halved, root.shl(11n).add(signOf(left)))
  })

  const fma = addFma(module, layout, { nan, roundPack, mulHigh, invalid, cancelled })
  return { roundPack, add, mul, div, sqrt, fma, nan }
}

/** Adds a × b + c on 128-bit significands. */
const addFma = (
  module: ModuleBuilder,
  layout: Layout,
  {
    nan,
    roundPack,
    mulHigh,
    invalid,
    cancelled,
  }: {
    nan: FunctionIndex
    roundPack: FunctionIndex
    mulHigh: FunctionIndex
    invalid(scope: Scope): void
    cancelled(scope: Scope): I64
  },
): FunctionIndex => {
  const { infinity, bias } = layout
  return addFloatFunction(module, `fma.${layout.name}`, 3, (scope, aBits, bBits, cBits) => {
    const a = new Operand(scope, layout, aBits)
    const b = new Operand(scope, layout, bBits)
    const c = new Operand(scope, layout, cBits)
    const sign = scope.let(a.sign().xor(b.sign()))
    scope.if(a.isSpecial().or(b.isSpecial()).or(c.isSpecial()), () => {
      // Infinity times zero is invalid even if a quiet NaN is added.
      const nothing = a.isInfinite().and(b.isZero()).or(a.isZero().and(b.isInfinite()))
      scope.if(nothing, () => invalid(scope))
      scope.if(a.isNan().or(b.isNan()).or(c.isNan()), () =>
        scope.return(scope.call(nan, a.bits, b.bits, c.bits)),
      )
      scope.if(a.isInfinite().or(b.isInfinite()), () => {
        scope.if(c.isInfinite().and(c.sign().ne(sign)), () => invalid(scope))
        scope.return(sign.or(infinity))
      })
      scope.return(c.sign().or(infinity))
    })
    scope.if(a.isZero().or(b.isZero()), () => {
      scope.if(c.isZero().not().or(c.sign().eq(sign)), () => scope.return(c.sign().or(c.magnitude)))
      scope.return(cancelled(scope))
    })

    // A product of significands of which one has its highest bit clear, and the addend beside it.
    const x = a.normalize(scope)
    const y = b.normalize(scope)
    const z = c.normalize(scope)
    y.significand.set(y.significand.shrU(1n))
    const exponent = scope.let(x.exponent.add(y.exponent).sub(bias - 1n))
    const high = scope.let(multiplyHigh(scope, mulHigh, x.significand, y.significand))
    const low = scope.let(x.significand.mul(y.significand))
    const otherHigh = scope.let(z.significand.shrU(1n))
    const otherLow = scope.let(scope.i64(0n))
    const otherSign = scope.let(c.sign())
    const distance = scope.let(scope.select(c.isZero(), scope.i64(1n << 20n), exponent.sub(z.exponent)))
    // The greater exponent first.
    const swap = (p: Variable<I64>, q: Variable<I64>): void => {
      const kept = scope.let(p)
      p.set(q)
      q.set(kept)
    }
    scope.if(distance.ltS(0n), () => {
      swap(high, otherHigh)
      swap(low, otherLow)
      swap(sign, otherSign)
      exponent.set(z.exponent)
      distance.set(scope.i64(0n).sub(distance))
    })
    shiftPairRightSticky(scope, otherHigh, otherLow, distance)
    scope.if(
      sign.eq(otherSign),
      () => {
        low.set(low.add(otherLow))
        high.set(high.add(otherHigh).add(low.ltU(otherLow).toI64()))
      },
      () => {
        high.set(high.sub(otherHigh).sub(low.ltU(otherLow).toI64()))
        low.set(low.sub(otherLow))
        scope.if(high.ltS(0n), () => {
          sign.set(otherSign)
          low.set(scope.i64(0n).sub(low))
          high.set(high.xor(-1n).add(low.isZero().toI64()))
        })
        scope.if(high.or(low).isZero(), () => scope.return(cancelled(scope)))
      },
    )
    const zeros = scope.let(high.clz())
    scope.if(high.isZero(), () => scope.return(scope.call(roundPack, sign, exponent.sub(63n), low)))
    const joined = high.shl(zeros).or(low.shrU(1n).shrU(scope.i64(63n).sub(zeros)))
    const significand = joined.or(sticky(low.shl(zeros)))
    return scope.call(roundPack, sign, exponent.add(1n).sub(zeros), significand)
  })
}

/** Shifts 128 bits right; the last bit also says whether a one was cut off. */
const shiftPairRightSticky = (
  scope: Scope,
  high: Variable<I64>,
  low: Variable<I64>,
  amount: Variable<I64>,
): void => {
  scope.if(amount.geU(64n), () => {
    low.set(high.or(sticky(low)))
    high.set(scope.i64(0n))
    amount.set(amount.sub(64n))
    low.set(shiftRightSticky(scope, low, amount))
    amount.set(scope.i64(0n))
  })
  scope.if(amount.isZero().not(), () => {
    const opposite = scope.i64(64n).sub(amount)
    low.set(
      low
        .shrU(amount)
        .or(high.shl(opposite))
        .or(sticky(low.shl(opposite))),
    )
    high.set(high.shrU(amount))
  })
}
