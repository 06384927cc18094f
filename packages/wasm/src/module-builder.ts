import { ByteWriter } from './byte-writer.ts'
import { type ConstantExpression, writeConstant } from './constant-expression.ts'
import {
  elementKind,
  requireLimits,
  writeElements,
  writeMemoryLimits,
  writeTableType,
  writeValueTypes,
} from './declaration-encoding.ts'
import { Declarations, type FunctionDeclaration, type MemoryLimits, type TableType } from './declarations.ts'
import type { Code, Emitter } from './emitter.ts'
import { returnEmitter, takeEmitter } from './emitter-pool.ts'
import { writeNameSection } from './name-section.ts'
import { type SectionId, writeSection, writeVectorSection } from './section.ts'
import {
  type DataIndex,
  type ElementIndex,
  type FunctionIndex,
  type GlobalIndex,
  type Index,
  type Local,
  type LocalsOf,
  type MemoryIndex,
  type TableIndex,
  type TypeIndex,
  type ValueType,
  valueTypeByte,
} from './value-type.ts'
import { WasmBuildError } from './wasm-error.ts'

/** How a module is built. */
export interface ModuleOptions {
  /** The module's name, for the name section. */
  readonly name?: string
  /** Check operand types, immediates and labels as instructions are emitted (default true). */
  readonly validate?: boolean
  /** Write names of functions and locals, for stack traces and tools (default true). */
  readonly names?: boolean
}

/** What a global is, apart from the type that it holds. */
export interface GlobalOptions {
  /** Whether `global.set` may change it (default false). */
  readonly mutable?: boolean
}

/** The body of a function: emits its code; receives the locals that hold the parameters. */
export type FunctionBody<P extends readonly ValueType[]> = (code: Code, ...params: LocalsOf<P>) => void

type ExternalKind = 'function' | 'table' | 'memory' | 'global'

const externalKindByte: Record<ExternalKind, number> = { function: 0, table: 1, memory: 2, global: 3 }

/** The bytes of one body in the writer of all bodies. */
interface BodySlice {
  readonly start: number
  readonly end: number
}

/**
 * A WebAssembly module under construction.
 *
 * Imports come first (they take the first indices), then everything else in any order; code may only refer to
 * what was declared before it. A function that calls one defined later is served by {@link declare} and
 * {@link define}.
 */
export class ModuleBuilder {
  readonly #options: ModuleOptions
  readonly #declarations = new Declarations()
  readonly #imports: ((out: ByteWriter) => void)[] = []
  readonly #tables: ((out: ByteWriter) => void)[] = []
  readonly #memories: ((out: ByteWriter) => void)[] = []
  readonly #globals: ((out: ByteWriter) => void)[] = []
  readonly #exports = new Map<string, { readonly kind: ExternalKind; readonly index: number }>()
  readonly #elements: ((out: ByteWriter) => void)[] = []
  readonly #data: ((out: ByteWriter) => void)[] = []
  readonly #customSections: ((out: ByteWriter) => void)[] = []
  readonly #bodies = new ByteWriter(32768)
  readonly #bodySlices: (BodySlice | undefined)[] = []
  readonly #localNames: (readonly (readonly [Local, string])[])[] = []
  /** Functions that something besides code names, so that `ref.func` may. */
  readonly #declaredReferences = new Set<FunctionIndex>()
  #importedFunctions = 0
  #start: FunctionIndex | undefined

  constructor(options: ModuleOptions = {}) {
    this.#options = options
  }

  /** The index of a function type; equal types share one. */
  type(params: readonly ValueType[], results: readonly ValueType[]): TypeIndex {
    return this.#declarations.typeIndex(params, results)
  }

  /**
   * Imports a function.
   * @throws WasmBuildError `import-after-definition` once a function was declared
   */
  importFunction(
    module: string,
    field: string,
    params: readonly ValueType[],
    results: readonly ValueType[],
  ): FunctionIndex {
    const { functions } = this.#declarations
    this.#requireOnlyImports('function', functions)
    const type = this.type(params, results)
    this.#import(module, field, 'function', (out) => out.u32(type))
    this.#importedFunctions++
    return (functions.push({ name: `${module}.${field}`, type, imported: true }) - 1) as FunctionIndex
  }

  /**
   * Imports the memory.
   * @throws WasmBuildError `second-memory`, `limits`
   */
  importMemory(module: string, field: string, limits: MemoryLimits): MemoryIndex {
    const index = this.#addMemory(limits)
    this.#import(module, field, 'memory', (out) => writeMemoryLimits(out, limits))
    return index
  }

  /**
   * Imports a table.
   * @throws WasmBuildError `import-after-definition` once a table was defined; `limits`
   */
  importTable(module: string, field: string, type: TableType): TableIndex {
    if (this.#tables.length > 0) throw importAfterDefinition('table')
    const index = this.#addTable(type)
    this.#import(module, field, 'table', (out) => writeTableType(out, type))
    return index
  }

  /**
   * Imports a global.
   * @throws WasmBuildError `import-after-definition` once a global was defined
   */
  importGlobal<T extends ValueType>(
    module: string,
    field: string,
    type: T,
    { mutable = false }: GlobalOptions = {},
  ): GlobalIndex<T> {
    const { globals } = this.#declarations
    this.#requireOnlyImports('global', globals)
    this.#import(module, field, 'global', (out) => out.u8Pair(valueTypeByte[type], mutable ? 1 : 0))
    return (globals.push({ type, mutable, imported: true }) - 1) as GlobalIndex<T>
  }

  /**
   * Declares a function whose body follows by {@link define}.
   * @param name - for messages and the name section; not exported by itself
   */
  declare(name: string, params: readonly ValueType[], results: readonly ValueType[]): FunctionIndex {
    const type = this.type(params, results)
    return (this.#declarations.functions.push({ name, type, imported: false }) - 1) as FunctionIndex
  }

  /**
   * Gives a declared function its body. Should `body` throw, the function stays without one.
   * @throws WasmTypeError when an instruction does not validate
   * @throws WasmBuildError `function-unknown`, `function-already-defined`, `block-unclosed`
   */
  define(index: FunctionIndex, body: (code: Code, ...params: Local[]) => void): void {
    const declaration = this.#declarations.functions[index]
    if (!declaration || declaration.imported)
      throw new WasmBuildError(
        'function-unknown',
        `function ${index} was not declared, so it cannot be defined`,
      )
    const slot = index - this.#importedFunctions
    if (this.#bodySlices[slot])
      throw new WasmBuildError(
        'function-already-defined',
        `function "${declaration.name}" has a body already`,
      )
    const emitter = takeEmitter(this.#options.validate ?? true)
    try {
      emitter.begin(this.#declarations, declaration.name, this.#declarations.types[declaration.type])
      body(emitter as Emitter & Code, ...emitter.params)
      const start = this.#bodies.length
      emitter.finish(this.#bodies)
      this.#bodySlices[slot] = { start, end: this.#bodies.length }
      if (emitter.localNames.length > 0) this.#localNames[index] = [...emitter.localNames]
    } finally {
      returnEmitter(emitter)
    }
  }

  /**
   * Adds a function: {@link declare} and {@link define} in one.
   * @example
   * ```ts
   * module.func('increment', ['i64'], ['i64'], (code, value) => {
   *   code.localGet(value)
   *   code.i64Const(1)
   *   code.i64Add()
   * })
   * ```
   */
  func<const P extends readonly ValueType[]>(
    name: string,
    params: P,
    results: readonly ValueType[],
    body: FunctionBody<P>,
  ): FunctionIndex {
    const index = this.declare(name, params, results)
    this.define(index, body as (code: Code, ...params: Local[]) => void)
    return index
  }

  /**
   * Adds the memory.
   * @throws WasmBuildError `second-memory`, `limits`
   */
  memory(limits: MemoryLimits): MemoryIndex {
    const index = this.#addMemory(limits)
    this.#memories.push((out) => writeMemoryLimits(out, limits))
    return index
  }

  /**
   * Adds a table, at first full of nulls.
   * @throws WasmBuildError `limits`
   */
  table(type: TableType): TableIndex {
    const index = this.#addTable(type)
    this.#tables.push((out) => writeTableType(out, type))
    return index
  }

  /**
   * Adds a global.
   * @throws WasmBuildError `constant` when `initial` does not fit the type
   */
  global<T extends ValueType>(
    type: T,
    initial: ConstantExpression,
    { mutable = false }: GlobalOptions = {},
  ): GlobalIndex<T> {
    const expression = this.#constant(type, initial)
    this.#globals.push((out) => {
      out.u8Pair(valueTypeByte[type], mutable ? 1 : 0)
      out.append(expression)
    })
    return (this.#declarations.globals.push({ type, mutable, imported: false }) - 1) as GlobalIndex<T>
  }

  /** Exports a function, by its own name unless told otherwise. */
  exportFunction(index: FunctionIndex, name?: string): void {
    const declaration = this.#requireFunction(index)
    this.#declaredReferences.add(index)
    this.#export('function', index, name ?? declaration.name)
  }

  /** Exports a memory. */
  exportMemory(index: MemoryIndex, name: string): void {
    this.#export('memory', index, name)
  }

  /** Exports a table. */
  exportTable(index: TableIndex, name: string): void {
    this.#export('table', index, name)
  }

  /** Exports a global. */
  exportGlobal(index: GlobalIndex, name: string): void {
    this.#export('global', index, name)
  }

  /**
   * Has a function called when the module is instantiated.
   * @throws WasmBuildError `start-signature` if it has parameters or results
   */
  start(index: FunctionIndex): void {
    const type = this.#declarations.functionType(index)
    if (!type || type.params.length > 0 || type.results.length > 0)
      throw new WasmBuildError('start-signature', 'the start function must exist and take and return nothing')
    this.#start = index
  }

  /**
   * Adds entries that are put into a table when the module is instantiated; `null` leaves a null there.
   * @throws WasmBuildError `constant` when the offset is no `i32`
   */
  elements(
    table: TableIndex,
    offset: ConstantExpression,
    functions: readonly (FunctionIndex | null)[],
  ): ElementIndex {
    if (this.#declarations.table(table)?.element !== 'funcref')
      throw new WasmBuildError(
        'limits',
        `table ${table} holds no functions, so it cannot be filled with them`,
      )
    const expression = this.#constant('i32', offset)
    const asExpressions = functions.includes(null as never)
    return this.#addElements((out) => {
      // Table 0 has a form of its own that states neither table nor kind.
      const implicit = table === 0
      out.u32((asExpressions ? 4 : 0) + (implicit ? 0 : 2))
      if (!implicit) out.u32(table)
      out.append(expression)
      if (!implicit) out.u8(elementKind(asExpressions))
      writeElements(out, functions, asExpressions)
    }, functions)
  }

  /** Adds a passive element segment, for `table.init`. */
  passiveElements(functions: readonly (FunctionIndex | null)[]): ElementIndex {
    const asExpressions = functions.includes(null as never)
    return this.#addElements((out) => {
      out.u8Pair(asExpressions ? 5 : 1, elementKind(asExpressions))
      writeElements(out, functions, asExpressions)
    }, functions)
  }

  /**
   * Declares that code refers to these functions by `ref.func`. Seldom needed: {@link toBytes} declares the
   * functions that `refFunc` was emitted for.
   */
  declareReferences(functions: readonly FunctionIndex[]): ElementIndex {
    return this.#addElements((out) => {
      out.u8Pair(3, elementKind(false))
      writeElements(out, functions, false)
    }, functions)
  }

  /**
   * Adds bytes that are put into memory when the module is instantiated.
   * @throws WasmBuildError `constant` when the offset is no `i32`
   */
  data(offset: ConstantExpression, bytes: Uint8Array): DataIndex {
    const expression = this.#constant('i32', offset)
    this.#data.push((out) => {
      out.u8(0)
      out.append(expression)
      out.u32(bytes.length)
      out.append(bytes)
    })
    return this.#declarations.dataSegments++ as DataIndex
  }

  /** Adds a passive data segment, for `memory.init`. */
  passiveData(bytes: Uint8Array): DataIndex {
    this.#data.push((out) => {
      out.u8(1)
      out.u32(bytes.length)
      out.append(bytes)
    })
    return this.#declarations.dataSegments++ as DataIndex
  }

  /** Adds a custom section, which engines ignore. */
  customSection(name: string, bytes: Uint8Array): void {
    this.#customSections.push((out) => {
      out.name(name)
      out.append(bytes)
    })
  }

  /**
   * The module in the binary format.
   * @throws WasmBuildError `function-undefined` when a declared function has no body
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { functions, types } = this.#declarations
    const defined = functions.slice(this.#importedFunctions)
    const undefinedFunction = defined.find((_, i) => !this.#bodySlices[i])
    if (undefinedFunction)
      throw new WasmBuildError(
        'function-undefined',
        `function "${undefinedFunction.name}" was declared, but has no body: call define`,
      )
    const undeclared = [...this.#declarations.referenced].filter(
      (index) => !this.#declaredReferences.has(index),
    )
    if (undeclared.length > 0) this.declareReferences(undeclared)

    const out = new ByteWriter(this.#bodies.length + 512)
    out.append(header)
    writeVectorSection(out, 'type', types, ({ params, results }) => {
      out.u8(0x60)
      writeValueTypes(out, params)
      writeValueTypes(out, results)
    })
    const vector = (id: SectionId, items: readonly ((out: ByteWriter) => void)[]): void =>
      writeVectorSection(out, id, items, (write) => write(out))
    vector('import', this.#imports)
    writeVectorSection(out, 'function', defined, ({ type }) => out.u32(type))
    vector('table', this.#tables)
    vector('memory', this.#memories)
    vector('global', this.#globals)
    writeVectorSection(out, 'export', [...this.#exports], ([name, { kind, index }]) => {
      out.name(name)
      out.u8(externalKindByte[kind])
      out.u32(index)
    })
    const start = this.#start
    if (start !== undefined) writeSection(out, 'start', () => out.u32(start))
    vector('element', this.#elements)
    if (this.#data.length > 0) writeSection(out, 'dataCount', () => out.u32(this.#data.length))
    writeVectorSection(out, 'code', this.#bodySlices as BodySlice[], ({ start, end }) =>
      out.append(this.#bodies.bytes.subarray(start, end)),
    )
    vector('data', this.#data)
    for (const write of this.#customSections) writeSection(out, 'custom', () => write(out))
    if (this.#options.names ?? true)
      writeSection(out, 'custom', () =>
        writeNameSection(out, this.#options.name, functions, this.#localNames),
      )
    return out.toBytes()
  }

  #import(module: string, field: string, kind: ExternalKind, writeType: (out: ByteWriter) => void): void {
    this.#imports.push((out) => {
      out.name(module)
      out.name(field)
      out.u8(externalKindByte[kind])
      writeType(out)
    })
  }

  #export(kind: ExternalKind, index: Index<string>, name: string): void {
    if (this.#exports.has(name))
      throw new WasmBuildError(
        'duplicate-export',
        `"${name}" is exported already: give the second one another name`,
      )
    this.#exports.set(name, { kind, index })
  }

  #addMemory(limits: MemoryLimits): MemoryIndex {
    if (this.#declarations.memories.length > 0)
      throw new WasmBuildError('second-memory', 'a module has one memory, imported or its own')
    requireLimits(limits, 0x1_0000, 'memory pages')
    if (limits.shared && limits.maximum === undefined)
      throw new WasmBuildError('limits', 'a shared memory must state its maximum')
    return (this.#declarations.memories.push(limits) - 1) as MemoryIndex
  }

  #addTable({ element = 'funcref', ...limits }: TableType): TableIndex {
    requireLimits(limits, 0xffff_ffff, 'table entries')
    return (this.#declarations.tables.push({ element }) - 1) as TableIndex
  }

  #addElements(write: (out: ByteWriter) => void, functions: readonly (FunctionIndex | null)[]): ElementIndex {
    for (const index of functions)
      if (index !== null) {
        this.#requireFunction(index)
        this.#declaredReferences.add(index)
      }
    this.#elements.push(write)
    return this.#declarations.elementSegments++ as ElementIndex
  }

  #requireFunction(index: FunctionIndex): FunctionDeclaration {
    const declaration = this.#declarations.functions[index]
    if (!declaration)
      throw new WasmBuildError('function-unknown', `there is no function ${index}: declare it first`)
    return declaration
  }

  #constant(type: ValueType, value: ConstantExpression): Uint8Array {
    if (typeof value === 'object' && value !== null && 'function' in value)
      this.#declaredReferences.add(value.function)
    return writeConstant(this.#declarations, type, value)
  }

  #requireOnlyImports(what: string, declared: readonly { readonly imported: boolean }[]): void {
    if (declared.length > 0 && !declared[declared.length - 1].imported) throw importAfterDefinition(what)
  }
}

const header = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

const importAfterDefinition = (what: string): WasmBuildError =>
  new WasmBuildError(
    'import-after-definition',
    `import every ${what} before the first ${what} of the module's own`,
  )
