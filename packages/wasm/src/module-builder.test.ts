import { describe, expect, test } from 'vitest'
import { type FunctionIndex, ModuleBuilder, WasmBuildError } from './index.ts'

type Exports = Record<string, (...args: unknown[]) => unknown>

const instantiate = (module: ModuleBuilder, imports: WebAssembly.Imports = {}): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), imports).exports as unknown as Exports

const constant = (module: ModuleBuilder, name: string, value: number): FunctionIndex =>
  module.func(name, [], ['i32'], (code) => code.i32Const(value))

describe('a module', () => {
  test('may be empty', () => {
    expect([...new ModuleBuilder({ names: false }).toBytes()]).toEqual([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  })

  test('imports functions, memory, tables and globals', () => {
    const module = new ModuleBuilder()
    const log = module.importFunction('env', 'log', ['i64'], [])
    const memory = module.importMemory('env', 'memory', { minimum: 1, maximum: 4 })
    const table = module.importTable('env', 'table', { minimum: 2 })
    const base = module.importGlobal('env', 'base', 'i32')
    const counter = module.importGlobal('env', 'counter', 'i64', { mutable: true })
    module.data({ global: base }, Uint8Array.of(7, 8))
    module.exportMemory(memory, 'memory')
    const seven = constant(module, 'seven', 7)
    module.elements(table, 1, [seven])
    module.exportFunction(
      module.func('run', [], ['i32'], (code) => {
        code.globalGet(counter)
        code.call(log)
        code.i64Const(99)
        code.globalSet(counter)
        code.globalGet(base)
        code.i32Load8U(1)
      }),
    )
    const seen: bigint[] = []
    const host = {
      log: (value: bigint) => seen.push(value),
      memory: new WebAssembly.Memory({ initial: 1, maximum: 4 }),
      table: new WebAssembly.Table({ element: 'anyfunc', initial: 2 }),
      base: new WebAssembly.Global({ value: 'i32', mutable: false }, 100),
      counter: new WebAssembly.Global({ value: 'i64', mutable: true }, 5n),
    }
    expect(instantiate(module, { env: host }).run()).toBe(8)
    expect(seen).toEqual([5n])
    expect(host.counter.value).toBe(99n)
    expect([host.table.get(0), host.table.get(1)()]).toEqual([null, 7])
  })

  test('shares equal function types', () => {
    const module = new ModuleBuilder()
    const types = [
      module.type(['i32'], []),
      module.type([], ['i32']),
      module.type(['i32'], []),
      module.type([], []),
    ]
    expect(types).toEqual([0, 1, 0, 2])
    module.func('f', ['i32'], [], () => undefined)
    expect(module.type(['i32', 'i64'], [])).toBe(3)
  })

  test('lets functions call each other, defined in any order and inside each other', () => {
    const module = new ModuleBuilder()
    const even = module.declare('even', ['i32'], ['i32'])
    const odd = module.declare('odd', ['i32'], ['i32'])
    let inner: FunctionIndex | undefined
    const step = (index: FunctionIndex, other: FunctionIndex, atZero: number) =>
      module.define(index, (code, n) => {
        code.localGet(n)
        code.i32Eqz()
        code.if('empty', () => {
          inner ??= constant(module, 'inner', 40)
          code.i32Const(atZero)
          code.return()
        })
        code.localGet(n)
        code.i32Const(1)
        code.i32Sub()
        code.returnCall(other)
      })
    step(odd, even, 0)
    step(even, odd, 1)
    for (const index of [even, odd, inner!]) module.exportFunction(index)
    const exports = instantiate(module)
    // Deep enough to overflow the stack, were these not tail calls.
    expect([exports.even(1_000_000), exports.odd(1_000_000), exports.inner()]).toEqual([1, 0, 40])
  })

  test('holds globals of every type', () => {
    const module = new ModuleBuilder()
    const nine = constant(module, 'nine', 9)
    const globals = [
      module.global('i32', 0xffff_ffff),
      module.global('i64', -(1n << 63n)),
      module.global('i64', 2 ** 40),
      module.global('f32', 0.5),
      module.global('f64', Number.NEGATIVE_INFINITY, { mutable: true }),
      module.global('externref', null),
      module.global('funcref', { function: nine }),
    ]
    globals.forEach((global, i) => {
      module.exportGlobal(global, `g${i}`)
    })
    const exports = instantiate(module) as unknown as Record<string, WebAssembly.Global>
    expect(globals.slice(0, 6).map((_, i) => exports[`g${i}`].value)).toEqual([
      -1,
      -(1n << 63n),
      1n << 40n,
      0.5,
      Number.NEGATIVE_INFINITY,
      null,
    ])
    expect(exports.g6.value()).toBe(9)
  })

  test('fills tables and memory from passive segments, and drops them', () => {
    const module = new ModuleBuilder()
    module.exportMemory(module.memory({ minimum: 1 }), 'memory')
    const table = module.table({ minimum: 8 })
    const [one, two] = [constant(module, 'one', 1), constant(module, 'two', 2)]
    const elements = module.passiveElements([one, null, two])
    const data = module.passiveData(Uint8Array.of(1, 2, 3, 4))
    module.elements(table, 6, [null, one])
    module.exportFunction(
      module.func('fill', [], [], (code) => {
        code.i32Const(1)
        code.i32Const(0)
        code.i32Const(3)
        code.tableInit(elements, table)
        code.elemDrop(elements)
        code.i32Const(4)
        code.i32Const(3)
        code.i32Const(1)
        code.tableCopy(table, table)
        code.i32Const(100)
        code.i32Const(1)
        code.i32Const(2)
        code.memoryInit(data)
        code.dataDrop(data)
        code.i32Const(102)
        code.i32Const(100)
        code.i32Const(2)
        code.memoryCopy()
        code.i32Const(104)
        code.i32Const(0xab)
        code.i32Const(2)
        code.memoryFill()
      }),
    )
    module.exportFunction(
      module.func('at', ['i32'], ['i32'], (code, index) => {
        code.localGet(index)
        code.callIndirect(module.type([], ['i32']), table)
      }),
    )
    const exports = instantiate(module)
    exports.fill()
    expect([exports.at(1), exports.at(3), exports.at(4), exports.at(7)]).toEqual([1, 2, 2, 1])
    expect(() => exports.at(2)).toThrow(WebAssembly.RuntimeError)
    expect(() => exports.fill()).toThrow(WebAssembly.RuntimeError)
    const memory = exports.memory as unknown as WebAssembly.Memory
    expect([...new Uint8Array(memory.buffer, 100, 7)]).toEqual([2, 3, 2, 3, 0xab, 0xab, 0])
  })

  test('fills a second table, with and without nulls', () => {
    const module = new ModuleBuilder()
    module.table({ minimum: 0 })
    const table = module.table({ minimum: 4 })
    const one = constant(module, 'one', 1)
    module.elements(table, 0, [one])
    module.elements(table, 2, [null, one])
    module.exportTable(table, 'table')
    const exported = instantiate(module).table as unknown as WebAssembly.Table
    expect([0, 1, 2, 3].map((index) => exported.get(index)?.())).toEqual([1, undefined, undefined, 1])
  })

  test('grows, fills and reads tables of references', () => {
    const module = new ModuleBuilder()
    const table = module.table({ element: 'externref', minimum: 1, maximum: 10 })
    module.exportFunction(
      module.func('grow', ['externref'], ['i32', 'i32', 'i32', 'externref'], (code, value) => {
        code.localGet(value)
        code.i32Const(3)
        code.tableGrow(table)
        code.tableSize(table)
        code.i32Const(2)
        code.refNull('externref')
        code.i32Const(2)
        code.tableFill(table)
        code.i32Const(0)
        code.localGet(value)
        code.tableSet(table)
        code.i32Const(3)
        code.tableGet(table)
        code.refIsNull()
        code.i32Const(1)
        code.tableGet(table)
      }),
    )
    const thing = {}
    expect(instantiate(module).grow(thing)).toEqual([1, 4, 1, thing])
  })

  test('declares the functions that code refers to', () => {
    const module = new ModuleBuilder()
    const hidden = constant(module, 'hidden', 3)
    module.exportFunction(module.func('get', [], ['funcref'], (code) => code.refFunc(hidden)))
    expect((instantiate(module).get() as () => number)()).toBe(3)
    // Once more: the segment must not be added twice to no effect, nor forgotten.
    expect((instantiate(module).get() as () => number)()).toBe(3)
  })

  test('declares references on request', () => {
    const module = new ModuleBuilder()
    const hidden = constant(module, 'hidden', 3)
    module.declareReferences([hidden])
    module.func('get', [], ['funcref'], (code) => code.refFunc(hidden))
    expect(WebAssembly.validate(module.toBytes())).toBe(true)
  })

  test('runs its start function', () => {
    const module = new ModuleBuilder()
    const global = module.global('i32', 1, { mutable: true })
    module.exportGlobal(global, 'value')
    module.start(
      module.func('begin', [], [], (code) => {
        code.i32Const(2)
        code.globalSet(global)
      }),
    )
    expect((instantiate(module).value as unknown as WebAssembly.Global).value).toBe(2)
  })

  test('shares a memory between threads', () => {
    const module = new ModuleBuilder()
    module.importMemory('env', 'memory', { minimum: 1, maximum: 2, shared: true })
    module.exportFunction(
      module.func('add', [], ['i32'], (code) => {
        code.i32Const(0)
        code.i32Const(1)
        code.i32AtomicRmwAdd()
      }),
    )
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })
    const { add } = instantiate(module, { env: { memory } })
    expect([add(), add()]).toEqual([0, 1])
  })

  test('carries custom sections and names', () => {
    const module = new ModuleBuilder({ name: 'demo' })
    module.importFunction('env', 'log', [], [])
    module.customSection('note', Uint8Array.of(1, 2))
    module.func('sum', ['i32'], [], (code) => void code.local('i32', 'total'))
    const compiled = new WebAssembly.Module(module.toBytes())
    expect([...new Uint8Array(WebAssembly.Module.customSections(compiled, 'note')[0])]).toEqual([1, 2])
    const names = new TextDecoder().decode(WebAssembly.Module.customSections(compiled, 'name')[0])
    expect(names).toBe('\0\x05\x04demo\x01\x0f\x02\0\x07env.log\x01\x03sum\x02\x0a\x01\x01\x01\x01\x05total')
  })

  test('has hundreds of functions', () => {
    const module = new ModuleBuilder()
    for (let i = 0; i < 500; i++) module.exportFunction(constant(module, `f${i}`, i))
    const exports = instantiate(module)
    expect([exports.f0(), exports.f127(), exports.f128(), exports.f499()]).toEqual([0, 127, 128, 499])
  })
})

describe('misuse is refused:', () => {
  const f = (module: ModuleBuilder) => module.func('f', ['i32'], [], () => undefined)
  const mistakes: [string, WasmBuildError['code'], (module: ModuleBuilder) => void][] = [
    [
      'importing a function after one was defined',
      'import-after-definition',
      (module) => {
        f(module)
        module.importFunction('env', 'late', [], [])
      },
    ],
    [
      'importing a global after one was defined',
      'import-after-definition',
      (module) => {
        module.global('i32', 0)
        module.importGlobal('env', 'late', 'i32')
      },
    ],
    [
      'importing a table after one was defined',
      'import-after-definition',
      (module) => {
        module.table({ minimum: 0 })
        module.importTable('env', 'late', { minimum: 0 })
      },
    ],
    [
      'a declared function without a body',
      'function-undefined',
      (module) => {
        module.declare('empty', [], [])
        module.toBytes()
      },
    ],
    ['a second body', 'function-already-defined', (module) => module.define(f(module), () => undefined)],
    [
      'a body for an import',
      'function-unknown',
      (module) => module.define(module.importFunction('env', 'f', [], []), () => undefined),
    ],
    ['exporting no function', 'function-unknown', (module) => module.exportFunction(5 as FunctionIndex)],
    [
      'a table entry that is no function',
      'function-unknown',
      (module) => void module.passiveElements([5 as FunctionIndex]),
    ],
    [
      'two memories',
      'second-memory',
      (module) => {
        module.memory({ minimum: 1 })
        module.importMemory('env', 'memory', { minimum: 1 })
      },
    ],
    ['a memory of more than 4 GiB', 'limits', (module) => void module.memory({ minimum: 65_537 })],
    ['a maximum below the minimum', 'limits', (module) => void module.table({ minimum: 2, maximum: 1 })],
    ['a fraction of a page', 'limits', (module) => void module.memory({ minimum: 0.5 })],
    [
      'a shared memory without a maximum',
      'limits',
      (module) => void module.memory({ minimum: 1, shared: true }),
    ],
    [
      'functions in a table of host references',
      'limits',
      (module) => void module.elements(module.table({ element: 'externref', minimum: 1 }), 0, []),
    ],
    [
      'one name for two exports',
      'duplicate-export',
      (module) => {
        module.exportFunction(f(module))
        module.exportMemory(module.memory({ minimum: 1 }), 'f')
      },
    ],
    ['a start function with parameters', 'start-signature', (module) => module.start(f(module))],
    ['a null number', 'constant', (module) => void module.global('i32', null)],
    ['a number as reference', 'constant', (module) => void module.global('funcref', 1)],
    ['an i32 of 33 bits', 'constant', (module) => void module.global('i32', 2 ** 32)],
    ['an i64 of 65 bits', 'constant', (module) => void module.global('i64', 1n << 64n)],
    ['a bigint as float', 'constant', (module) => void module.global('f64', 1n)],
    [
      'a global of the module as constant',
      'constant',
      (module) => {
        void module.global('i32', { global: module.global('i32', 1) })
      },
    ],
    ['a function as i32', 'constant', (module) => void module.global('i32', { function: f(module) })],
  ]
  test.each(mistakes)('%s', (_name, code, act) => {
    const attempt = () => act(new ModuleBuilder())
    expect(attempt).toThrow(WasmBuildError)
    expect(attempt).toThrow(expect.objectContaining({ code }))
  })
})
