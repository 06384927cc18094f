import { describe, expect, test } from 'vitest'
import { type Code, type Label, type Local, ModuleBuilder, WasmBuildError, WasmTypeError } from './index.ts'

/** The error that emitting a function's body throws. */
const errorOf = (
  body: (code: Code, module: ModuleBuilder) => void,
  results: ('i32' | 'i64')[] = [],
  module = new ModuleBuilder(),
): unknown => {
  try {
    module.func('wrong', [], results, (code) => body(code, module))
  } catch (error) {
    return error
  }
  return undefined
}

const mistakes: [string, WasmTypeError['code'], string, (code: Code, module: ModuleBuilder) => void][] = [
  ['no operand', 'operand-missing', 'i32.eqz', (code) => code.i32Eqz()],
  [
    'an operand of the block around',
    'operand-missing',
    'i32.eqz',
    (code) => {
      code.i32Const(1)
      code.openBlock()
      code.i32Eqz()
    },
  ],
  [
    'another type',
    'operand-type',
    'i64.add',
    (code) => {
      code.i64Const(1)
      code.i32Const(1)
      code.i64Add()
    },
  ],
  [
    'select between types',
    'operand-type',
    'select',
    (code) => {
      code.i64Const(1)
      code.i32Const(1)
      code.i32Const(1)
      code.select()
    },
  ],
  [
    'select between references',
    'operand-type',
    'select',
    (code) => {
      code.refNull('funcref')
      code.refNull('funcref')
      code.i32Const(1)
      code.select()
    },
  ],
  [
    'null test of a number',
    'operand-type',
    'ref.is_null',
    (code) => {
      code.i32Const(1)
      code.refIsNull()
    },
  ],
  ['operands left at the end', 'operands-left', 'end', (code) => code.i32Const(1)],
  [
    'operands left in a block',
    'operands-left',
    'end',
    (code) =>
      code.block('i32', () => {
        code.i32Const(1)
        code.i32Const(1)
      }),
  ],
  ['a local of no function', 'unknown-local', 'local.get', (code) => code.localGet(7 as Local)],
  [
    'a label whose block is closed',
    'unknown-label',
    'br',
    (code) => {
      const label = code.openBlock()
      code.end(label)
      code.openBlock()
      code.br(label)
    },
  ],
  ['a function that does not exist', 'unknown-function', 'call', (code) => code.call(99 as never)],
  ['a reference to no function', 'unknown-function', 'ref.func', (code) => code.refFunc(99 as never)],
  ['a type that does not exist', 'unknown-type', 'block', (code) => void code.openBlock(99 as never)],
  [
    'a call of no type',
    'unknown-type',
    'call_indirect',
    (code, module) => {
      module.table({ minimum: 1 })
      code.callIndirect(99 as never)
    },
  ],
  ['a global that does not exist', 'unknown-global', 'global.get', (code) => code.globalGet(0 as never)],
  ['a table that does not exist', 'unknown-table', 'table.size', (code) => code.tableSize()],
  [
    'a call through a table of host references',
    'operand-type',
    'call_indirect',
    (code, module) =>
      code.callIndirect(module.type([], []), module.table({ element: 'externref', minimum: 1 })),
  ],
  [
    'a copy between tables of different types',
    'operand-type',
    'table.copy',
    (code, module) =>
      code.tableCopy(module.table({ minimum: 1 }), module.table({ element: 'externref', minimum: 1 })),
  ],
  ['no memory', 'unknown-memory', 'memory.size', (code) => code.memorySize()],
  ['a data segment that does not exist', 'unknown-data', 'data.drop', (code) => code.dataDrop(0 as never)],
  [
    'an element segment that does not exist',
    'unknown-element',
    'elem.drop',
    (code) => code.elemDrop(0 as never),
  ],
  [
    'setting a constant',
    'immutable-global',
    'global.set',
    (code, module) => {
      code.i32Const(1)
      code.globalSet(module.global('i32', 1))
    },
  ],
  [
    'an alignment above the access',
    'alignment',
    'i32.load16_u',
    (code, module) => {
      module.memory({ minimum: 1 })
      code.i32Const(0)
      code.i32Load16U(0, 2)
    },
  ],
  [
    'an offset of 33 bits',
    'immediate-range',
    'i64.load',
    (code, module) => {
      module.memory({ minimum: 1 })
      code.i32Const(0)
      code.i64Load(2 ** 32)
    },
  ],
  ['an i32 of 33 bits', 'immediate-range', 'i32.const', (code) => code.i32Const(2 ** 32)],
  ['a fraction as i32', 'immediate-range', 'i32.const', (code) => code.i32Const(0.5)],
  ['an i64 of 65 bits', 'immediate-range', 'i64.const', (code) => code.i64Const(1n << 64n)],
  ['a number too large to be exact as i64', 'immediate-range', 'i64.const', (code) => code.i64Const(2 ** 60)],
  [
    'br_table to labels that take different things',
    'label-types',
    'br_table',
    (code) =>
      code.block('i32', (inner) => {
        code.i32Const(0)
        code.i32Const(0)
        code.brTable([code.body], inner)
      }),
  ],
  [
    'a tail call of a function with other results',
    'tail-call-results',
    'return_call',
    (code, module) => code.returnCall(module.declare('other', [], ['i64'])),
  ],
  [
    'an if without else that has a result',
    'else-missing',
    'end',
    (code) => {
      code.i32Const(1)
      code.if('i32', () => code.i32Const(1))
    },
  ],
  ['releasing no local', 'unknown-local', 'release', (code) => code.release(3 as Local)],
]

describe('validation refuses', () => {
  test.each(mistakes)('%s', (_name, code, instruction, body) => {
    const error = errorOf(body)
    expect(error).toBeInstanceOf(WasmTypeError)
    expect(error).toMatchObject({ code, instruction, functionName: 'wrong' })
  })

  test('and tells function, instruction and offset in the message', () => {
    const error = errorOf((code) => {
      code.i64Const(300)
      code.i32Const(1)
      code.i64Add()
    })
    expect(error).toMatchObject({ offset: 5 })
    expect(String(error)).toBe('WasmTypeError: i64.add at byte 5 of function "wrong": needs i64, found i32')
  })

  test('a label of another function', () => {
    const module = new ModuleBuilder()
    let stale: Label | undefined
    module.func('first', [], [], (code) => code.block('empty', (label) => (stale = label)))
    expect(errorOf((code) => code.block('empty', () => code.br(stale!)), [], module)).toMatchObject({
      code: 'unknown-label',
    })
  })

  test('a missing result', () => {
    expect(errorOf(() => undefined, ['i64'])).toMatchObject({ code: 'operand-missing', instruction: 'end' })
  })
})

describe.each([true, false])('with validate: %s, structure is checked:', (validate) => {
  const structural: [string, WasmBuildError['code'], (code: Code) => void][] = [
    ['an open block at the end', 'block-unclosed', (code) => void code.openBlock()],
    [
      'ends in the wrong order',
      'label-not-innermost',
      (code) => {
        const outer = code.openBlock()
        code.openBlock()
        code.end(outer)
      },
    ],
    ['ending the function itself', 'label-not-innermost', (code) => code.end(code.body)],
    ['else of a block', 'else-misplaced', (code) => code.else(code.openBlock())],
    [
      'a second else',
      'else-misplaced',
      (code) => {
        code.i32Const(1)
        const label = code.openIf()
        code.else(label)
        code.else(label)
      },
    ],
  ]
  test.each(structural)('%s', (_name, code, body) => {
    const error = errorOf(body, [], new ModuleBuilder({ validate }))
    expect(error).toBeInstanceOf(WasmBuildError)
    expect(error).toMatchObject({ code })
  })
})

test('releasing a local twice is refused', () => {
  const error = errorOf((code) => {
    const local = code.local('i32')
    code.release(local)
    code.release(local)
  })
  expect(error).toMatchObject({ code: 'local-already-free' })
})

test('without validation, wrong code is emitted and the host refuses it', () => {
  const module = new ModuleBuilder({ validate: false })
  module.func('wrong', [], ['i32'], (code) => code.i64Const(1))
  expect(WebAssembly.validate(module.toBytes())).toBe(false)
})

test('after a refused function the next one is emitted from a clean start', () => {
  const module = new ModuleBuilder()
  const index = module.declare('second-try', [], ['i32'])
  expect(() => module.define(index, (code) => code.i64Const(1))).toThrow(WasmTypeError)
  module.define(index, (code) => code.i32Const(1))
  expect(WebAssembly.validate(module.toBytes())).toBe(true)
})
