import { describe, expect, expectTypeOf, test } from 'vitest'
import { type Code, type Label, type Local, ModuleBuilder, type ValueType } from './index.ts'

/** Builds one function and returns it with the module's bytes. */
const build = (
  params: readonly ValueType[],
  results: readonly ValueType[],
  body: (code: Code, ...params: Local[]) => void,
  validate = true,
) => {
  const module = new ModuleBuilder({ validate, names: false })
  module.memory({ minimum: 1 })
  const index = module.declare('run', params, results)
  module.define(index, body)
  module.exportFunction(index)
  const bytes = module.toBytes()
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  return { bytes, call: exports.run as (...args: unknown[]) => unknown }
}

describe('locals', () => {
  test('are branded with their type', () => {
    new ModuleBuilder().func('typed', ['i64', 'f32'], [], (code, first, second) => {
      expectTypeOf(first).toEqualTypeOf<Local<'i64'>>()
      expectTypeOf(second).toEqualTypeOf<Local<'f32'>>()
      expectTypeOf(code.local('i32')).toEqualTypeOf<Local<'i32'>>()
      expectTypeOf(code.localGet).parameters.toEqualTypeOf<[local: Local]>()
      // @ts-expect-error: an i32 local is no i64 local
      const wrong: Local<'i64'> = code.local('i32')
      expect(wrong).toBe(3)
    })
  })

  test('are zero at first and independent of each other', () => {
    const { call } = build(['i32'], ['i64', 'i32', 'f64', 'i64'], (code, param) => {
      const locals = [code.local('i64'), code.local('i32'), code.local('f64'), code.local('i64')]
      code.localGet(param)
      code.localSet(locals[1])
      code.i64Const(7)
      code.localSet(locals[3])
      for (const local of locals) code.localGet(local)
    })
    expect(call(5)).toEqual([0n, 5, 0, 7n])
  })

  test('are declared in runs of one type', () => {
    const bodies = (types: ValueType[]) =>
      build([], [], (code) => {
        for (const type of types) code.local(type)
      }).bytes.length
    const few = bodies(['i64'])
    expect(bodies(Array(100).fill('i64'))).toBe(few)
    expect(bodies(['i64', 'i32', 'i64'])).toBe(few + 4)
  })

  test('come back by type after a release, last one first', () => {
    build([], [], (code) => {
      const [a, b, c] = [code.local('i64'), code.local('i64'), code.local('i32')]
      code.release(a)
      code.release(b)
      code.release(c)
      expect([code.local('i64'), code.local('i32'), code.local('i64'), code.local('i64')]).toEqual([
        b,
        c,
        a,
        3,
      ])
    })
  })

  test('released ones of one function do not come back in the next', () => {
    const module = new ModuleBuilder()
    for (const name of ['first', 'second'])
      module.func(name, [], [], (code) => {
        const local = code.local('f32')
        expect(local).toBe(0)
        code.release(local)
      })
    expect(WebAssembly.validate(module.toBytes())).toBe(true)
  })

  test('more than 127 are addressed', () => {
    const { call } = build([], ['i32'], (code) => {
      const locals = Array.from({ length: 300 }, () => code.local('i32'))
      code.i32Const(42)
      code.localSet(locals[299])
      code.localGet(locals[299])
    })
    expect(call()).toBe(42)
  })
})

describe('control flow', () => {
  test('loops, leaves and chooses', () => {
    const { call } = build(['i32'], ['i32'], (code, n) => {
      const steps = code.local('i32')
      code.block('empty', (done) =>
        code.loop('empty', (again) => {
          code.localGet(n)
          code.i32Const(1)
          code.i32Eq()
          code.brIf(done)
          code.localGet(n)
          code.i32Const(1)
          code.i32And()
          code.if(
            'i32',
            () => {
              code.localGet(n)
              code.i32Const(3)
              code.i32Mul()
              code.i32Const(1)
              code.i32Add()
            },
            () => {
              code.localGet(n)
              code.i32Const(1)
              code.i32ShrU()
            },
          )
          code.localSet(n)
          code.localGet(steps)
          code.i32Const(1)
          code.i32Add()
          code.localSet(steps)
          code.br(again)
        }),
      )
      code.localGet(steps)
    })
    expect(call(27)).toBe(111)
  })

  test('blocks and loops take and give several values', () => {
    const { call } = build(['i32', 'i32'], ['i32', 'i32'], (code, a, b) => {
      const [x, y] = [code.local('i32'), code.local('i32')]
      code.localGet(a)
      code.localGet(b)
      // Fibonacci-like: (x, y) -> (y, x + y) while y < 100
      code.loop({ params: ['i32', 'i32'], results: ['i32', 'i32'] }, (again) => {
        code.localSet(y)
        code.localSet(x)
        code.localGet(y)
        code.localGet(x)
        code.localGet(y)
        code.i32Add()
        code.localTee(x)
        code.localGet(x)
        code.i32Const(100)
        code.i32LtU()
        code.brIf(again)
      })
    })
    expect(call(0, 1)).toEqual([89, 144])
  })

  test('branching to the body returns', () => {
    const { call } = build(['i32'], ['i32'], (code, n) => {
      code.block('empty', () => {
        code.localGet(n)
        code.localGet(n)
        code.brIf(code.body)
        code.drop()
      })
      code.i32Const(-1)
    })
    expect([call(5), call(0)]).toEqual([5, -1])
  })

  test.each([true, false])(
    '400 blocks around a br_table, opened and closed by hand (validate: %s)',
    (validate) => {
      const depth = 400
      const { call } = build(
        ['i32'],
        ['i32'],
        (code, selector) => {
          const labels: Label[] = []
          for (let i = 0; i < depth; i++) labels.push(code.openBlock())
          code.localGet(selector)
          // Label 399 is the innermost: selector 0 leaves only that.
          code.brTable(labels.slice(1).reverse(), labels[0])
          for (let i = depth - 1; i >= 0; i--) {
            code.end(labels[i])
            code.i32Const(1000 + i)
            code.return()
          }
          code.unreachable()
        },
        validate,
      )
      for (const selector of [0, 1, 127, 128, 398]) expect(call(selector)).toBe(1000 + depth - 1 - selector)
      for (const selector of [399, 400, -1]) expect(call(selector)).toBe(1000)
    },
  )

  test('400 nested callbacks branch to the outermost', () => {
    const { call } = build([], ['i32'], (code) => {
      const nest = (depth: number, outermost?: Label): void => {
        if (depth === 0) {
          code.i32Const(9)
          code.br(outermost!)
        } else code.block('i32', (label) => nest(depth - 1, outermost ?? label))
      }
      nest(400)
    })
    expect(call()).toBe(9)
  })

  test('the offset counts the bytes of the expression', () => {
    build([], [], (code) => {
      const offsets = [code.offset]
      code.nop()
      offsets.push(code.offset)
      code.i64Const(1n << 61n)
      offsets.push(code.offset)
      code.drop()
      expect(offsets).toEqual([0, 1, 11])
    })
  })
})

test('a body of 300,000 instructions grows its buffer', () => {
  const { call, bytes } = build(['i32'], ['i32'], (code, n) => {
    code.localGet(n)
    for (let i = 0; i < 150_000; i++) {
      code.i32Const(1)
      code.i32Add()
    }
  })
  expect(call(1)).toBe(150_001)
  expect(bytes.length).toBeGreaterThan(450_000)
})

test('a load at the last offset of 32 bits traps instead of wrapping', () => {
  const { call } = build(['i32'], ['i32'], (code, address) => {
    code.localGet(address)
    code.i32Load8U(0xffff_ffff)
  })
  expect(() => call(1)).toThrow(WebAssembly.RuntimeError)
})

test('atomic instructions read, change and write memory', () => {
  const { call } = build([], ['i64', 'i32', 'i64', 'i32'], (code) => {
    code.i32Const(8)
    code.i64Const(40)
    code.i64AtomicStore()
    code.i32Const(0)
    code.i64Const(2)
    code.i64AtomicRmwAdd(8)
    code.i32Const(8)
    code.i32Const(42)
    code.i32Const(7)
    code.i32AtomicRmw8CmpxchgU()
    code.atomicFence()
    code.i32Const(8)
    code.i64AtomicLoad()
    code.i32Const(8)
    code.i32Const(1)
    code.memoryAtomicNotify()
  })
  expect(call()).toEqual([40n, 42, 7n, 0])
})
