import type { Code, ModuleBuilder, TableIndex, TypeIndex } from '@worldswitch/wasm'
import type { LinkExports } from './link-module.ts'
import { dispatchParams, leaveParams, locateParams } from './region-links.ts'

/** What every module calls of {@link LinkExports}, with its parameters, in the order of the table. */
const shared = {
  dispatch: dispatchParams,
  follow: dispatchParams,
  leave: leaveParams,
  locateRead: locateParams,
  locateWrite: locateParams,
} as const satisfies Partial<Record<keyof LinkExports, unknown>>

type SharedName = keyof typeof shared

/** In the order of the table. */
export const sharedNames = Object.keys(shared) as readonly SharedName[]

/** The first place of a module's table that is free for its links. */
export const FIRST_LINK = sharedNames.length

/** A function in the table of a module. Its result is an i32. */
export interface TableFunction {
  readonly table: TableIndex
  readonly index: number
  readonly type: TypeIndex
}

/** Emits a call, its arguments pushed. */
export function callFromTable(code: Code, { table, index, type }: TableFunction): void {
  code.i32Const(index)
  code.callIndirect(type, table)
}

/** As {@link callFromTable}, in place of the calling function. */
export function returnCallFromTable(code: Code, { table, index, type }: TableFunction): void {
  code.i32Const(index)
  code.returnCallIndirect(type, table)
}

const EXPORT_NAME = 'table'

/** What code of a module finds in its table. */
export interface ModuleTable extends Readonly<Record<SharedName, TableFunction>> {
  readonly table: TableIndex
}

/**
 * Adds a module's table: of what all modules call, and of what this one calls by links. If it imported the former, V8 would
 * compile code for calls to JavaScript by each of their types, for every module: a third of what compiling one takes.
 *
 * @param links - how many the module has.
 */
export function addTable(module: ModuleBuilder, links: number): ModuleTable {
  const size = FIRST_LINK + links
  const table = module.table({ element: 'funcref', minimum: size, maximum: size })
  module.exportTable(table, EXPORT_NAME)
  const functions = {} as Record<SharedName, TableFunction>
  for (const [index, name] of sharedNames.entries()) {
    functions[name] = { table, index, type: module.type(shared[name], ['i32']) }
  }
  return { table, ...functions }
}

/** The table of an instance, with what all modules call. */
export function filledTable(exports: WebAssembly.Exports, links: LinkExports): WebAssembly.Table {
  const table = exports[EXPORT_NAME] as WebAssembly.Table
  for (let index = 0; index < sharedNames.length; index++) table.set(index, links[sharedNames[index]])
  return table
}
