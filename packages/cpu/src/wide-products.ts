import type { Code, Local, ModuleBuilder } from '@worldswitch/wasm'
import type { CodeFrame } from './code-frame.ts'

/** The upper halves of 128-bit products, from four 64-bit ones. */
export function addMulHigh(module: ModuleBuilder): CodeFrame['mulHigh'] {
  const low = (code: Code, of: Local<'i64'>) => {
    code.localGet(of)
    code.i64Const(0xffff_ffff)
    code.i64And()
  }
  const high = (code: Code, of: Local<'i64'>) => {
    code.localGet(of)
    code.i64Const(32)
    code.i64ShrU()
  }
  const uu = module.func('mulHighUnsigned', ['i64', 'i64'], ['i64'], (code, a, b) => {
    const middle = code.local('i64')
    const middle2 = code.local('i64')
    // middle = aHigh * bLow + ((aLow * bLow) >> 32), which cannot overflow
    high(code, a)
    low(code, b)
    code.i64Mul()
    low(code, a)
    low(code, b)
    code.i64Mul()
    code.i64Const(32)
    code.i64ShrU()
    code.i64Add()
    code.localSet(middle)
    // middle2 = aLow * bHigh + low(middle)
    low(code, a)
    high(code, b)
    code.i64Mul()
    low(code, middle)
    code.i64Add()
    code.localSet(middle2)
    high(code, a)
    high(code, b)
    code.i64Mul()
    high(code, middle)
    code.i64Add()
    high(code, middle2)
    code.i64Add()
  })
  /** A negative factor counts 2^64 too much as an unsigned one. */
  const correct = (code: Code, negative: Local<'i64'>, other: Local<'i64'>) => {
    code.localGet(negative)
    code.i64Const(63)
    code.i64ShrS()
    code.localGet(other)
    code.i64And()
    code.i64Sub()
  }
  const su = module.func('mulHighSignedUnsigned', ['i64', 'i64'], ['i64'], (code, a, b) => {
    code.localGet(a)
    code.localGet(b)
    code.call(uu)
    correct(code, a, b)
  })
  const ss = module.func('mulHighSigned', ['i64', 'i64'], ['i64'], (code, a, b) => {
    code.localGet(a)
    code.localGet(b)
    code.call(uu)
    correct(code, a, b)
    correct(code, b, a)
  })
  return { uu, su, ss }
}

/** Both halves of products without carries: one addition for each bit that is set in the second factor. */
export function addCarrylessMul(module: ModuleBuilder): CodeFrame['carrylessMul'] {
  /** @param term - pushes what the bit of number `index` contributes. */
  const product = (name: string, term: (code: Code, a: Local<'i64'>, index: Local<'i64'>) => void) =>
    module.func(name, ['i64', 'i64'], ['i64'], (code, a, b) => {
      const index = code.local('i64')
      const sum = code.local('i64')
      code.loop('empty', (next) => {
        code.localGet(b)
        code.i64Eqz()
        code.if('empty', () => {
          code.localGet(sum)
          code.return()
        })
        code.localGet(b)
        code.i64Ctz()
        code.localSet(index)
        code.localGet(sum)
        term(code, a, index)
        code.i64Xor()
        code.localSet(sum)
        code.localGet(b)
        code.localGet(b)
        code.i64Const(1)
        code.i64Sub()
        code.i64And()
        code.localSet(b)
        code.br(next)
      })
      code.unreachable()
    })
  return {
    low: product('carrylessMulLow', (code, a, index) => {
      code.localGet(a)
      code.localGet(index)
      code.i64Shl()
    }),
    // a >> (64 - index) in two shifts, because by 64 would be by 0.
    high: product('carrylessMulHigh', (code, a, index) => {
      code.localGet(a)
      code.i64Const(1)
      code.i64ShrU()
      code.i64Const(63)
      code.localGet(index)
      code.i64Sub()
      code.i64ShrU()
    }),
  }
}
