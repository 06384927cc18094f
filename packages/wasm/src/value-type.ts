/** The number types. */
export type NumberType = 'i32' | 'i64' | 'f32' | 'f64'

/** The reference types: what tables hold. */
export type ReferenceType = 'funcref' | 'externref'

/**
 * The type of a value on the operand stack, in a local or in a global.
 *
 * @see WebAssembly core specification, "Value Types"
 */
export type ValueType = NumberType | ReferenceType

/** What a function, or a block with several operands or results, consumes and produces. */
export interface FunctionType {
  /** Operands, deepest first. */
  readonly params: readonly ValueType[]
  /** Results, deepest first. */
  readonly results: readonly ValueType[]
}

/** The byte that stands for each value type in the binary format. */
export const valueTypeByte = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  funcref: 0x70,
  externref: 0x6f,
} as const satisfies Record<ValueType, number>

declare const indexSpace: unique symbol

/** A number that indexes one index space of a module; the compiler refuses to mix two spaces up. */
export type Index<Space extends string> = number & { readonly [indexSpace]: Space }

/** A function of the module, imported or defined. */
export type FunctionIndex = Index<'function'>
/** A function type in the module's type section. */
export type TypeIndex = Index<'type'>
/** A table of the module, imported or defined. */
export type TableIndex = Index<'table'>
/** A memory of the module, imported or defined. */
export type MemoryIndex = Index<'memory'>
/** An element segment. */
export type ElementIndex = Index<'element'>
/** A data segment. */
export type DataIndex = Index<'data'>

declare const heldType: unique symbol

/** A global of the module, imported or defined, that holds a `T`. */
export type GlobalIndex<T extends ValueType = ValueType> = Index<'global'> & { readonly [heldType]: T }

/** A local of one function (a parameter or a declared local) that holds a `T`. */
export type Local<T extends ValueType = ValueType> = Index<'local'> & { readonly [heldType]: T }

/** The locals that hold parameters of the types `P`. */
export type LocalsOf<P extends readonly ValueType[]> = { [K in keyof P]: Local<P[K]> }

/**
 * The type of a block, loop or if: `'empty'`, one result, or a whole function type (its index is the
 * cheapest to pass again and again; {@link FunctionType} is looked up each time).
 */
export type BlockType = 'empty' | ValueType | FunctionType | TypeIndex
