import { FloatFlag } from '@worldswitch/ieee754'
import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import type { Layout } from './layout.ts'
import { Operand } from './operand.ts'
import { addFloatFunction } from './scope.ts'
import type { Software } from './software.ts'

/** Adds a comparison: 0 or 1. The host compares as IEEE 754 says, and is false for NaNs. */
export const addComparison = (
  module: ModuleBuilder,
  layout: Layout,
  software: Software,
  relation: 'eq' | 'lt' | 'le',
): FunctionIndex =>
  addFloatFunction(module, `${relation}.${layout.name}`, 2, (scope, a, b) => {
    const x = scope.let(a.asFloat(layout.type))
    const y = scope.let(b.asFloat(layout.type))
    scope.if(x[relation](y), () => scope.return(scope.i64(1n)))
    scope.if(x.ne(x).or(y.ne(y)), () => {
      if (relation === 'eq') scope.drop(scope.call(software.nan, a, b, scope.i64(0n)))
      else scope.raise(FloatFlag.NV)
    })
    return scope.i64(0n)
  })

/** Adds `min` or `max`. The host's knows that -0 is less than +0, but lets a NaN win. */
export const addExtremum = (
  module: ModuleBuilder,
  layout: Layout,
  software: Software,
  which: 'min' | 'max',
): FunctionIndex =>
  addFloatFunction(module, `${which}.${layout.name}`, 2, (scope, a, b) => {
    const result = scope.let(a.asFloat(layout.type)[which](b.asFloat(layout.type)))
    scope.if(result.eq(result), () => scope.return(result.bits()))
    const x = new Operand(scope, layout, a)
    const y = new Operand(scope, layout, b)
    const canonical = scope.let(scope.call(software.nan, a, b, scope.i64(0n)))
    const orY = scope.select(y.isNan(), canonical, y.sign().or(y.magnitude))
    return scope.select(x.isNan(), orY, x.sign().or(x.magnitude))
  })
