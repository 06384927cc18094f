import {
  type Code,
  type DataIndex,
  type ElementIndex,
  type FunctionIndex,
  type GlobalIndex,
  type Immediate,
  type ImmediateArguments,
  type Local,
  ModuleBuilder,
  type TableIndex,
  type TypeIndex,
  type ValueType,
} from '@worldswitch/wasm'

/** Everything an instruction can name, in one module: memory, tables, globals, segments, a callee. */
export interface Fixture {
  readonly module: ModuleBuilder
  readonly callee: FunctionIndex
  readonly type: TypeIndex
  readonly table: TableIndex
  readonly otherTable: TableIndex
  readonly externTable: TableIndex
  readonly mutableGlobal: GlobalIndex<'i64'>
  readonly constantGlobal: GlobalIndex<'f32'>
  readonly elements: ElementIndex
  readonly data: DataIndex
}

/** A module that holds one of everything. The callee takes an `i32` and returns it as `i64`. */
export const fixture = (validate = true): Fixture => {
  const module = new ModuleBuilder({ validate })
  module.memory({ minimum: 1 })
  const table = module.table({ minimum: 4 })
  const otherTable = module.table({ minimum: 4 })
  const externTable = module.table({ element: 'externref', minimum: 4 })
  const mutableGlobal = module.global('i64', 0, { mutable: true })
  const constantGlobal = module.global('f32', 1.5)
  const callee = module.func('callee', ['i32'], ['i64'], (code, value) => {
    code.localGet(value)
    code.i64ExtendI32U()
  })
  return {
    module,
    callee,
    type: module.type(['i32'], ['i64']),
    table,
    otherTable,
    externTable,
    mutableGlobal,
    constantGlobal,
    elements: module.passiveElements([callee]),
    data: module.passiveData(Uint8Array.of(1, 2, 3)),
  }
}

/** Immediates of every kind that are valid in the {@link fixture}; labels mean the function's body. */
export const sampleImmediates = (
  { callee, type, otherTable, table, mutableGlobal, elements, data }: Fixture,
  code: Code,
  local: Local,
): { readonly [I in Immediate]: ImmediateArguments[I] } => ({
  none: [],
  memory: [16],
  atomicMemory: [16],
  memoryIndex: [],
  memoryCopy: [],
  reserved: [],
  i32: [-5],
  i64: [-5n],
  f32: [0.5],
  f64: [-0.5],
  local: [local],
  global: [mutableGlobal],
  function: [callee],
  functionReference: [callee],
  indirect: [type],
  label: [code.body],
  labels: [[code.body, code.body], code.body],
  selected: ['f64'],
  reference: ['externref'],
  table: [otherTable],
  tableCopy: [table, otherTable],
  tableInit: [elements, table],
  element: [elements],
  data: [data],
  memoryInit: [data],
})

/** Calls the emitter's method by name. */
export const emit = (code: Code, name: string, immediates: readonly unknown[] = []): void =>
  (code as unknown as Record<string, (...immediates: readonly unknown[]) => void>)[name](...immediates)

/** Instantiates a module of one exported function `run`. */
export const run = (
  params: readonly ValueType[],
  results: readonly ValueType[],
  body: (code: Code, params: readonly Local[], module: ModuleBuilder) => void,
): ((...args: unknown[]) => unknown) => {
  const module = new ModuleBuilder()
  module.memory({ minimum: 1 })
  const index = module.declare('run', params, results)
  module.define(index, (code, ...locals) => body(code, locals, module))
  module.exportFunction(index)
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()))
  return instance.exports.run as (...args: unknown[]) => unknown
}
