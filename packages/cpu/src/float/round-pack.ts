import { FloatFlag, RoundingMode } from '@worldswitch/ieee754'
import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import type { I64 } from './expression.ts'
import type { Layout } from './layout.ts'
import { addFloatFunction, type Scope } from './scope.ts'

/** 1 if anything but zeros lies in the value, else 0: what a cut-off part becomes in the last bit of the rest. */
export const sticky = (value: I64): I64 => value.isZero().not().toI64()

/** Shifts right by `amount` of 0 or more; the last bit also says whether a one was cut off. */
export const shiftRightSticky = (scope: Scope, value: I64, amount: I64): I64 => {
  const cut = value.and(scope.i64(-1n).shl(amount).xor(-1n))
  return scope.select(amount.ltU(64n), value.shrU(amount).or(sticky(cut)), sticky(value))
}

/**
 * Adds the function that ends all software arithmetic: `(sign, exponent, significand)` to raw bits, rounded.
 *
 * `sign` is the sign bit in its place. The value is `significand` / 2^63 × 2^(`exponent` - bias); the significand is
 * not zero, need not be normalized, and its last bit may be sticky as long as bits between it and the result's
 * last one are zero where they are not known.
 */
export const addRoundPack = (module: ModuleBuilder, layout: Layout): FunctionIndex =>
  addFloatFunction(module, `roundPack.${layout.name}`, 3, (scope, sign, exponent, significand) => {
    const { spare, exponentMask, fractionBits, infinity } = layout
    const { rounding } = scope
    const half = 1n << (spare - 1n)
    const zeros = scope.let(significand.clz())
    significand.set(significand.shl(zeros))
    exponent.set(exponent.sub(zeros))

    const kept = scope.let(significand)
    const rest = scope.let(significand)
    /** Splits the significand into `kept`, rounded, and the `rest` that rounding saw. */
    const round = (): void => {
      kept.set(significand.shrU(spare))
      rest.set(significand.and((1n << spare) - 1n))
      scope.if(
        rounding.eq(RoundingMode.RNE),
        () => kept.set(kept.add(rest.add(kept.and(1n)).gtU(half).toI64())),
        () => {
          const upwards = sign.isZero().eq(rounding.eq(RoundingMode.RUP))
          const away = scope.select(
            rounding.eq(RoundingMode.RMM),
            rest.geU(half),
            upwards.and(rest.isZero().not()).and(rounding.ne(RoundingMode.RTZ)),
          )
          kept.set(kept.add(away.toI64()))
        },
      )
    }
    round()
    // The hidden bit adds one to the exponent field, and so does a carry.
    scope.if(exponent.sub(1n).ltU(exponentMask - 2n), () => {
      scope.if(rest.isZero().not(), () => scope.raise(FloatFlag.NX))
      scope.return(sign.or(exponent.sub(1n).shl(fractionBits).add(kept)))
    })
    scope.if(exponent.gtS(0n), () => {
      const magnitude = scope.let(exponent.sub(1n).shl(fractionBits).add(kept))
      scope.if(exponent.gtS(exponentMask - 1n).or(magnitude.geU(infinity)), () => {
        scope.raise(FloatFlag.OF | FloatFlag.NX)
        significand.set(scope.i64(-1n))
        round()
        // All ones carry if this direction leads to infinity.
        const carry = kept.shrU(fractionBits + 1n)
        scope.return(sign.or(scope.i64(infinity - 1n).add(carry)))
      })
      scope.if(rest.isZero().not(), () => scope.raise(FloatFlag.NX))
      scope.return(sign.or(magnitude))
    })
    // Tiny unless rounding without a least exponent carries to the least normal number.
    const tiny = scope.let(exponent.ltS(0n).or(kept.shrU(fractionBits + 1n).isZero()))
    significand.set(shiftRightSticky(scope, significand, scope.i64(1n).sub(exponent)))
    round()
    scope.if(rest.isZero().not(), () => {
      scope.raise(scope.select(tiny, scope.i32(FloatFlag.UF | FloatFlag.NX), scope.i32(FloatFlag.NX)))
    })
    return sign.or(kept)
  })
