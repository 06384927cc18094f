import { ByteSink } from './byte-sink.ts'
import { FdtError } from './fdt-error.ts'
import {
  BEGIN_NODE,
  END,
  END_NODE,
  HEADER_SIZE,
  LAST_COMPATIBLE_VERSION,
  MAGIC,
  PROP,
  VERSION,
} from './fdt-format.ts'
import type { FdtCells, FdtNode, FdtReference, FdtValue } from './fdt-node.ts'
import { assignPhandles } from './phandles.ts'

/** Options of {@link encodeFdt}. */
export interface FdtEncodeOptions {
  /** Physical memory ranges that the client program must not use: [address, bytes]. Default none. */
  readonly reservations?: readonly (readonly [address: bigint, size: bigint])[]
  /** Hart id of the hart that boots, for the header. Default 0. */
  readonly bootHart?: number
}

const NODE_NAME = /^[0-9A-Za-z,._+-]{1,31}(@[0-9A-Za-z,._+-]+)?$/
const PROPERTY_NAME = /^[0-9A-Za-z,._+?#-]+$/

/**
 * Encodes a device tree as a flattened blob (version 17). The same tree gives the same bytes; phandles are given
 * out from 1 in the order in which the tree lists the nodes that are referred to.
 *
 * @throws {@link FdtError} for names and values that the format cannot hold, and references to no node.
 * @see Devicetree Specification 0.4, chapter 5
 */
export function encodeFdt(root: FdtNode, options: FdtEncodeOptions = {}): Uint8Array {
  const phandleOf = assignPhandles(root)
  const structure = new ByteSink()
  const strings = new StringTable()

  const property = (name: string, value: FdtValue, path: string): void => {
    if (!PROPERTY_NAME.test(name)) throw badName('property', name, path)
    const bytes = encodeValue(
      value,
      (target) => phandleOf.byReference(target, `${path}:${name}`),
      `${path}:${name}`,
    )
    structure.u32(PROP).u32(bytes.length).u32(strings.offsetOf(name)).bytes(bytes).align(4)
  }
  const node = (name: string, tree: FdtNode, path: string): void => {
    structure.u32(BEGIN_NODE).text(name).align(4)
    for (const [key, value] of Object.entries(tree.properties ?? {})) property(key, value, path)
    const phandle = phandleOf.byNode(tree)
    if (phandle !== undefined && tree.properties?.phandle === undefined) property('phandle', phandle, path)
    for (const [key, child] of Object.entries(tree.children ?? {})) {
      if (!NODE_NAME.test(key)) throw badName('node', key, path)
      node(key, child, `${path === '/' ? '' : path}/${key}`)
    }
    structure.u32(END_NODE)
  }
  node('', root, '/')
  structure.u32(END)

  const reservations = new ByteSink()
  for (const [address, size] of [...(options.reservations ?? []), [0n, 0n] as const])
    reservations.u64(address).u64(size)

  const structureOffset = HEADER_SIZE + reservations.length
  const stringsOffset = structureOffset + structure.length
  const total = stringsOffset + strings.sink.length
  return new ByteSink()
    .u32(MAGIC)
    .u32(total)
    .u32(structureOffset)
    .u32(stringsOffset)
    .u32(HEADER_SIZE)
    .u32(VERSION)
    .u32(LAST_COMPATIBLE_VERSION)
    .u32(options.bootHart ?? 0)
    .u32(strings.sink.length)
    .u32(structure.length)
    .bytes(reservations.toBytes())
    .bytes(structure.toBytes())
    .bytes(strings.sink.toBytes())
    .toBytes()
}

const badName = (kind: string, name: string, path: string): FdtError =>
  new FdtError(
    'bad-name',
    `The ${kind} name ${JSON.stringify(name)} under ${path} is not allowed: use up to 31 letters, digits and ,._+- (a node may add @unit-address).`,
  )

class StringTable {
  readonly sink = new ByteSink()
  readonly #offsets = new Map<string, number>()

  offsetOf(name: string): number {
    const known = this.#offsets.get(name)
    if (known !== undefined) return known
    const offset = this.sink.length
    this.#offsets.set(name, offset)
    this.sink.text(name)
    return offset
  }
}

const isReference = (value: object): value is FdtReference => 'reference' in value
const isCells = (value: object): value is FdtCells => 'cells' in value

function encodeValue(value: FdtValue, phandle: (target: string) => number, where: string): Uint8Array {
  if (value instanceof Uint8Array) return value
  const sink = new ByteSink()
  const cell = (part: number | bigint | FdtReference): void => {
    if (typeof part === 'bigint') {
      if (part < 0n || part >> 64n !== 0n) throw badValue(where, `${part} does not fit in 64 unsigned bits`)
      sink.u64(part)
    } else if (typeof part === 'number') {
      if (!Number.isInteger(part) || part < 0 || part > 0xffff_ffff)
        throw badValue(where, `${part} does not fit in a 32-bit cell; use a bigint for two cells`)
      sink.u32(part)
    } else sink.u32(phandle(part.reference))
  }
  const string = (part: string): void => {
    if (part.includes('\0')) throw badValue(where, 'a string holds a NUL; use a list of strings')
    sink.text(part)
  }
  if (typeof value === 'string') string(value)
  else if (typeof value === 'number' || typeof value === 'bigint') cell(value)
  else if (value !== true) {
    if (Array.isArray(value)) for (const part of value as readonly string[]) string(part)
    else if (isCells(value)) for (const part of value.cells) cell(part)
    else if (isReference(value)) cell(value)
  }
  return sink.toBytes()
}

const badValue = (where: string, problem: string): FdtError =>
  new FdtError('bad-value', `The value of ${where} cannot be encoded: ${problem}.`)
