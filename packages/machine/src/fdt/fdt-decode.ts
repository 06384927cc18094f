import { FdtError } from './fdt-error.ts'
import { BEGIN_NODE, END, END_NODE, HEADER_SIZE, MAGIC, NOP, PROP, VERSION } from './fdt-format.ts'

/** A decoded node: values are raw bytes, because the blob does not say their types. */
export interface DecodedFdtNode {
  readonly properties: Readonly<Record<string, Uint8Array>>
  readonly children: Readonly<Record<string, DecodedFdtNode>>
}

/** What a flattened device tree holds. `root` can be given to `encodeFdt` again. */
export interface DecodedFdt {
  readonly root: DecodedFdtNode
  readonly reservations: readonly (readonly [address: bigint, size: bigint])[]
  /** Hart id of the boot hart. */
  readonly bootHart: number
}

/** Deeper trees are refused: no real one comes near. */
const MAX_DEPTH = 64

const text = new TextDecoder()

/**
 * Decodes a flattened device tree of version 16 or 17. Every offset is checked, so that any bytes may be given.
 *
 * @throws {@link FdtError} when the bytes are not a well-formed tree.
 * @see Devicetree Specification 0.4, chapter 5
 */
export function decodeFdt(blob: Uint8Array): DecodedFdt {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  const u32 = (offset: number): number => {
    if (offset + 4 > blob.length)
      throw new FdtError(
        'truncated',
        `The device tree ends at byte ${blob.length}, but a word is expected at ${offset}.`,
      )
    return view.getUint32(offset)
  }
  const string = (offset: number, limit: number, what: string): string => {
    const end = offset < limit ? blob.indexOf(0, offset) : -1
    if (end < 0 || end >= limit)
      throw new FdtError('truncated', `The ${what} at byte ${offset} of the device tree has no end.`)
    return text.decode(blob.subarray(offset, end))
  }

  if (blob.length < 4 || u32(0) !== MAGIC)
    throw new FdtError(
      'bad-magic',
      'These bytes are no flattened device tree: they do not begin with d00dfeed. Give the .dtb, not the .dts.',
    )
  const total = u32(4)
  if (total > blob.length || total < HEADER_SIZE)
    throw new FdtError('truncated', `The header says ${total} bytes, but there are ${blob.length}.`)
  if (u32(24) > VERSION || u32(20) < 16)
    throw new FdtError(
      'bad-version',
      `Version ${u32(20)} is not supported, only 16 and 17; convert it with dtc.`,
    )

  const reservations: [bigint, bigint][] = []
  for (let at = u32(16); ; at += 16) {
    if (at + 16 > total) throw new FdtError('truncated', 'The memory reservation block has no end.')
    const entry: [bigint, bigint] = [view.getBigUint64(at), view.getBigUint64(at + 8)]
    if (entry[0] === 0n && entry[1] === 0n) break
    reservations.push(entry)
  }

  let at = u32(8)
  const strings = u32(12)
  const bad = (problem: string): FdtError =>
    new FdtError('bad-structure', `The device tree is damaged at byte ${at}: ${problem}.`)
  const node = (depth: number): DecodedFdtNode => {
    if (depth > MAX_DEPTH) throw bad(`nodes are nested deeper than ${MAX_DEPTH}`)
    const properties: [string, Uint8Array][] = []
    const children: [string, DecodedFdtNode][] = []
    for (;;) {
      const token = u32(at)
      at += 4
      if (token === PROP) {
        const size = u32(at)
        const name = string(strings + u32(at + 4), total, 'property name')
        if (at + 8 + size > total) throw bad(`property ${name} is longer than the blob`)
        properties.push([name, blob.slice(at + 8, at + 8 + size)])
        at = (at + 8 + size + 3) & ~3
      } else if (token === BEGIN_NODE) {
        const name = string(at, total, 'node name')
        at = (blob.indexOf(0, at) + 4) & ~3
        children.push([name, node(depth + 1)])
      } else if (token === END_NODE)
        return { properties: Object.fromEntries(properties), children: Object.fromEntries(children) }
      else if (token !== NOP) throw bad(`${token} is no token`)
    }
  }
  while (u32(at) === NOP) at += 4
  if (u32(at) !== BEGIN_NODE) throw bad('the root node does not begin here')
  at += 4
  at = (blob.indexOf(0, at) + 4) & ~3
  if (at < 4) throw bad('the name of the root node has no end')
  const root = node(0)
  while (u32(at) === NOP) at += 4
  if (u32(at) !== END) throw bad('there is something after the root node')
  return { root, reservations, bootHart: u32(28) }
}
