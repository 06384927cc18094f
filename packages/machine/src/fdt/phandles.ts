import { FdtError } from './fdt-error.ts'
import type { FdtNode, FdtValue } from './fdt-node.ts'

/** Phandles of the nodes that are referred to. */
export interface Phandles {
  /** Of a node, when it has one. */
  byNode(node: FdtNode): number | undefined
  /** Of the node that a reference names. @throws {@link FdtError} when there is none. */
  byReference(target: string, from: string): number
}

function* referencesIn(value: FdtValue): Iterable<string> {
  if (typeof value !== 'object' || value instanceof Uint8Array || Array.isArray(value)) return
  if ('reference' in value) yield value.reference
  else if ('cells' in value)
    for (const part of value.cells) if (typeof part === 'object') yield part.reference
}

/** Numbers the nodes that references name, in tree order; a node may bring its own number as its `phandle`. */
export function assignPhandles(root: FdtNode): Phandles {
  const byName = new Map<string, FdtNode>()
  const order: FdtNode[] = []
  const wanted = new Set<string>()
  const visit = (node: FdtNode, path: string): void => {
    order.push(node)
    byName.set(path, node)
    if (node.label !== undefined) {
      if (byName.has(node.label))
        throw new FdtError(
          'duplicate-label',
          `Two nodes carry the label ${node.label}; rename the one at ${path}.`,
        )
      byName.set(node.label, node)
    }
    for (const value of Object.values(node.properties ?? {}))
      for (const target of referencesIn(value)) wanted.add(target)
    for (const [name, child] of Object.entries(node.children ?? {}))
      visit(child, `${path === '/' ? '' : path}/${name}`)
  }
  visit(root, '/')

  const targets = new Set([...wanted].map((target) => byName.get(target)))
  const numbers = new Map<FdtNode, number>()
  const taken = new Set<number>()
  for (const node of order) {
    const own = node.properties?.phandle
    if (typeof own !== 'number') continue
    numbers.set(node, own)
    taken.add(own)
  }
  let next = 1
  for (const node of order) {
    if (!targets.has(node) || numbers.has(node)) continue
    while (taken.has(next)) next++
    numbers.set(node, next++)
  }
  return {
    byNode: (node) => numbers.get(node),
    byReference(target, from) {
      const node = byName.get(target)
      const number = node && numbers.get(node)
      if (number === undefined)
        throw new FdtError(
          'unknown-reference',
          `${from} refers to ${target}, which no node has as path or label.`,
        )
      return number
    },
  }
}
