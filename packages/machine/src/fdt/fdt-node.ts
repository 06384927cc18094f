/** A reference to another node, encoded as that node's phandle (one cell). */
export interface FdtReference {
  /** The target: `/path/from/the/root`, or the label of a node. */
  readonly reference: string
}

/** A run of 32-bit cells; references and 64-bit values may stand between them. */
export interface FdtCells {
  /** A `number` is one cell, a `bigint` two (most significant first), a reference one. */
  readonly cells: readonly (number | bigint | FdtReference)[]
}

/**
 * A property value. The type says the encoding: a string (or list) is NUL-terminated text, a `number` one 32-bit
 * cell, a `bigint` one 64-bit value, `true` an empty property, bytes are taken as they are.
 *
 * @see Devicetree Specification 0.4, section 2.2.4 "Property values"
 */
export type FdtValue =
  | string
  | readonly string[]
  | number
  | bigint
  | true
  | Uint8Array
  | FdtReference
  | FdtCells

/** A device-tree node as a plain object. The order of properties and children is the order in the blob. */
export interface FdtNode {
  /** Name by which references find this node; not part of the blob. */
  readonly label?: string
  /** Properties by name. `phandle` is given out by the encoder to nodes that are referred to. */
  readonly properties?: Readonly<Record<string, FdtValue>>
  /** Child nodes by name, unit address included (`serial@10000000`). */
  readonly children?: Readonly<Record<string, FdtNode>>
}

/** Refers to a node by label or by absolute path. */
export const reference = (target: string): FdtReference => ({ reference: target })

/** A property of several cells: numbers are 32 bits each, bigints 64, references a phandle each. */
export const cells = (...values: FdtCells['cells']): FdtCells => ({ cells: values })

const text = new TextDecoder()

/** Reads a decoded property as its list of NUL-terminated strings. */
export const stringsOf = (bytes: Uint8Array): string[] => text.decode(bytes).replace(/\0$/, '').split('\0')

/** Reads a decoded property as 32-bit cells; bytes after the last whole cell are left out. */
export function cellsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(index * 4))
}
