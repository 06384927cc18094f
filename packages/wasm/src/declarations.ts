import type {
  DataIndex,
  ElementIndex,
  FunctionIndex,
  FunctionType,
  GlobalIndex,
  ReferenceType,
  TableIndex,
  TypeIndex,
  ValueType,
} from './value-type.ts'

/** Size of a memory (pages of 64 KiB) or of a table (entries). */
export interface Limits {
  readonly minimum: number
  readonly maximum?: number
}

/** Size of a memory in pages of 64 KiB; a shared one (threads) must state its maximum. */
export interface MemoryLimits extends Limits {
  readonly shared?: boolean
}

/** A table's entries and how many of them. */
export interface TableType extends Limits {
  /** Default `funcref`. */
  readonly element?: ReferenceType
}

/** What validation must know of a function. */
export interface FunctionDeclaration {
  readonly name: string
  readonly type: TypeIndex
  readonly imported: boolean
}

/** What validation must know of a global. */
export interface GlobalDeclaration {
  readonly type: ValueType
  readonly mutable: boolean
  readonly imported: boolean
}

const typeKey = (params: readonly ValueType[], results: readonly ValueType[]): string =>
  `${params.join()}>${results.join()}`

/** The index spaces of a module under construction: what its code may refer to. */
export class Declarations {
  readonly types: FunctionType[] = []
  readonly functions: FunctionDeclaration[] = []
  readonly tables: Required<Pick<TableType, 'element'>>[] = []
  readonly memories: MemoryLimits[] = []
  readonly globals: GlobalDeclaration[] = []
  elementSegments = 0
  dataSegments = 0
  /** Functions that `ref.func` names in code: each must be declared outside of code as well. */
  readonly referenced = new Set<FunctionIndex>()
  readonly #typeIndices = new Map<string, TypeIndex>()

  /** The index of a function type; the same for equal types. */
  typeIndex(params: readonly ValueType[], results: readonly ValueType[]): TypeIndex {
    const key = typeKey(params, results)
    const known = this.#typeIndices.get(key)
    if (known !== undefined) return known
    const index = (this.types.push({ params: [...params], results: [...results] }) - 1) as TypeIndex
    this.#typeIndices.set(key, index)
    return index
  }

  functionType(index: FunctionIndex): FunctionType | undefined {
    const declaration = this.functions[index]
    return declaration && this.types[declaration.type]
  }

  table(index: TableIndex | undefined): { readonly element: ReferenceType } | undefined {
    return this.tables[index ?? 0]
  }

  global(index: GlobalIndex): GlobalDeclaration | undefined {
    return this.globals[index]
  }

  hasElements(index: ElementIndex): boolean {
    return index >= 0 && index < this.elementSegments
  }

  hasData(index: DataIndex): boolean {
    return index >= 0 && index < this.dataSegments
  }
}
