import { FloatFlag, RoundingMode } from '@worldswitch/ieee754'
import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import type { I64 } from './expression.ts'
import { inexactAccrued, isOrdinary } from './inexactness.ts'
import { type Layout, layouts } from './layout.ts'
import { Operand } from './operand.ts'
import { addFloatFunction } from './scope.ts'
import type { Software } from './software.ts'

/** The integers of the conversions, by name. */
export const integerTypes = {
  i32: { bits: 32, sign: 'S' },
  u32: { bits: 32, sign: 'U' },
  i64: { bits: 64, sign: 'S' },
  u64: { bits: 64, sign: 'U' },
} as const

/** Name of an integer type. */
export type IntegerName = keyof typeof integerTypes

/** Adds a conversion to an integer. The host rounds to an integer in all directions but one, and exactly. */
export const addToInteger = (module: ModuleBuilder, target: IntegerName, from: Layout): FunctionIndex =>
  addFloatFunction(module, `${target}.${from.name}`, 1, (scope, a) => {
    const { rounding } = scope
    const { bits, sign } = integerTypes[target]
    const value = scope.let(a.asFloat(from.type).toDouble())
    const integer = scope.let(value.trunc())
    const when = (mode: number, set: () => void, otherwise: () => void): void =>
      scope.if(rounding.eq(mode), set, otherwise)
    const { RTZ, RNE, RDN, RUP } = RoundingMode
    when(
      RTZ,
      () => {},
      () =>
        when(
          RNE,
          () => integer.set(value.nearest()),
          () =>
            when(
              RDN,
              () => integer.set(value.floor()),
              () =>
                when(
                  RUP,
                  () => integer.set(value.ceil()),
                  () => {
                    // What was cut off is exact, so half of it or more goes away from zero.
                    const away = value.sub(integer).abs().ge(0.5)
                    scope.if(away, () => integer.set(integer.add(scope.f64(1).copySign(value))))
                  },
                ),
            ),
        ),
    )
    const [least, limit] = sign === 'S' ? [-(2 ** (bits - 1)), 2 ** (bits - 1)] : [0, 2 ** bits]
    scope.if(integer.ge(least).and(integer.lt(limit)), () => {
      scope.if(integer.ne(value), () => scope.raise(FloatFlag.NX))
      const result = integer.toInteger(sign)
      scope.return(target === 'u32' ? result.signExtend32() : result)
    })
    scope.raise(FloatFlag.NV)
    const extend = (bound: bigint): I64 => scope.i64(BigInt.asIntN(bits, bound))
    return scope.select(value.lt(0), extend(BigInt(least)), extend(BigInt(limit) - 1n))
  })

/** Adds a conversion from an integer. */
export const addFromInteger = (
  module: ModuleBuilder,
  to: Layout,
  source: IntegerName,
  software: Software,
): FunctionIndex =>
  addFloatFunction(module, `${to.name}.${source}`, 1, (scope, a) => {
    const { bits, sign } = integerTypes[source]
    if (bits === 32) a.set(sign === 'S' ? a.signExtend32() : a.and(0xffff_ffffn))
    const nearest = a.toFloat(to.type, sign).bits()
    // A double holds every integer of 32 bits.
    if (bits === 32 && to.type === 'f64') return nearest
    scope.if(scope.rounding.ltU(inexactAccrued(scope)).or(a.isZero()), () => scope.return(nearest))
    const negative = sign === 'S' ? scope.let(a.ltS(0n)) : undefined
    if (negative !== undefined) scope.if(negative, () => a.set(scope.i64(0n).sub(a)))
    const signBit =
      negative === undefined ? scope.i64(0n) : scope.select(negative, scope.i64(to.signBit), scope.i64(0n))
    return scope.call(software.roundPack, signBit, scope.i64(to.bias + 63n), a)
  })

/** Adds single to double: exact. */
export const addToDouble = (module: ModuleBuilder, software: Software): FunctionIndex =>
  addFloatFunction(module, 'd.s', 1, (scope, a) => {
    const value = scope.let(a.asFloat('f32'))
    scope.if(value.eq(value), () => scope.return(value.toDouble().bits()))
    scope.drop(scope.call(software.nan, a, scope.i64(0n), scope.i64(0n)))
    return scope.i64(layouts.d.canonicalNan)
  })

/** Adds double to single. */
export const addToSingle = (module: ModuleBuilder, software: Record<'s' | 'd', Software>): FunctionIndex =>
  addFloatFunction(module, 's.d', 1, (scope, a) => {
    scope.if(scope.rounding.eq(RoundingMode.RNE), () => {
      const value = scope.let(a.asFloat('f64'))
      const single = scope.let(value.toSingle())
      scope.if(isOrdinary(layouts.s, scope.let(single.bits())), () => {
        scope.if(single.toDouble().ne(value), () => scope.raise(FloatFlag.NX))
        scope.return(single.bits())
      })
    })
    const { s, d } = layouts
    const value = new Operand(scope, d, a)
    const sign = scope.let(value.sign().shrU(32n))
    scope.if(value.isNan(), () => {
      scope.drop(scope.call(software.d.nan, a, scope.i64(0n), scope.i64(0n)))
      scope.return(scope.i64(s.canonicalNan))
    })
    scope.if(value.isInfinite(), () => scope.return(sign.or(s.infinity)))
    scope.if(value.isZero(), () => scope.return(sign))
    const { significand, exponent } = value.normalize(scope)
    return scope.call(software.s.roundPack, sign, exponent.sub(d.bias - s.bias), significand)
  })
