import type { FloatOperation } from '@worldswitch/ieee754'
import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import { addArithmetic } from './arithmetic.ts'
import { addComparison, addExtremum } from './comparison.ts'
import { addFromInteger, addToDouble, addToInteger, addToSingle, type IntegerName } from './conversion.ts'
import { layouts } from './layout.ts'
import { addSoftware } from './software.ts'

/**
 * Adds a function for each floating-point operation: `(hart i32, rounding i32, operands i64...) -> i64`, all raw bits
 * as `computeFloat` has them. What an operation raises is added to `State.fflags` of the hart's state block.
 * `rounding` is 0 to 4; comparisons, `min` and `max` ignore it.
 *
 * Results and flags are those of `computeFloat`, bit for bit. Where the host's instruction is known to give them, it is
 * used; integer arithmetic computes the rest.
 *
 * @param mulHigh - a function of the module: the upper 64 bits of an unsigned product.
 */
export const addFloatFunctions = (
  module: ModuleBuilder,
  mulHigh: FunctionIndex,
): Record<FloatOperation, FunctionIndex> => {
  const software = { s: addSoftware(module, layouts.s, mulHigh), d: addSoftware(module, layouts.d, mulHigh) }
  const arithmetic = {
    s: addArithmetic(module, layouts.s, software.s),
    d: addArithmetic(module, layouts.d, software.d),
  }
  const toInteger = (target: IntegerName, from: 's' | 'd') => addToInteger(module, target, layouts[from])
  const fromInteger = (to: 's' | 'd', source: IntegerName) =>
    addFromInteger(module, layouts[to], source, software[to])
  const comparison = (format: 's' | 'd', relation: 'eq' | 'lt' | 'le') =>
    addComparison(module, layouts[format], software[format], relation)
  const extremum = (format: 's' | 'd', which: 'min' | 'max') =>
    addExtremum(module, layouts[format], software[format], which)
  return {
    'add.s': arithmetic.s.add,
    'add.d': arithmetic.d.add,
    'sub.s': arithmetic.s.sub,
    'sub.d': arithmetic.d.sub,
    'mul.s': arithmetic.s.mul,
    'mul.d': arithmetic.d.mul,
    'div.s': arithmetic.s.div,
    'div.d': arithmetic.d.div,
    'sqrt.s': arithmetic.s.sqrt,
    'sqrt.d': arithmetic.d.sqrt,
    'fma.s': arithmetic.s.fma,
    'fma.d': arithmetic.d.fma,
    'min.s': extremum('s', 'min'),
    'min.d': extremum('d', 'min'),
    'max.s': extremum('s', 'max'),
    'max.d': extremum('d', 'max'),
    'eq.s': comparison('s', 'eq'),
    'eq.d': comparison('d', 'eq'),
    'lt.s': comparison('s', 'lt'),
    'lt.d': comparison('d', 'lt'),
    'le.s': comparison('s', 'le'),
    'le.d': comparison('d', 'le'),
    'i32.s': toInteger('i32', 's'),
    'i32.d': toInteger('i32', 'd'),
    'u32.s': toInteger('u32', 's'),
    'u32.d': toInteger('u32', 'd'),
    'i64.s': toInteger('i64', 's'),
    'i64.d': toInteger('i64', 'd'),
    'u64.s': toInteger('u64', 's'),
    'u64.d': toInteger('u64', 'd'),
    's.i32': fromInteger('s', 'i32'),
    'd.i32': fromInteger('d', 'i32'),
    's.u32': fromInteger('s', 'u32'),
    'd.u32': fromInteger('d', 'u32'),
    's.i64': fromInteger('s', 'i64'),
    'd.i64': fromInteger('d', 'i64'),
    's.u64': fromInteger('s', 'u64'),
    'd.u64': fromInteger('d', 'u64'),
    's.d': addToSingle(module, software),
    'd.s': addToDouble(module, software.s),
  }
}
