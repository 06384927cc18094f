import { describe, expect, test } from 'vitest'
import { type DecodedFdtNode, decodeFdt } from '../src/fdt/fdt-decode.ts'
import { cellsOf, stringsOf } from '../src/fdt/fdt-node.ts'
import { createMachine } from '../src/machine.ts'
import { dtc, dtcCompile, qemuTree } from './qemu.ts'

const HARTS = 3
const ours = createMachine({
  kernel: { format: 'raw', bytes: new Uint8Array(4), address: 0x8020_0000 },
  harts: HARTS,
  ram: 256 * 2 ** 20,
  bootargs: 'root=/dev/vda quiet',
}).deviceTree

/** Properties that may differ: random, or what the harts can do. */
const OWN = new Set([
  'rng-seed',
  'riscv,isa',
  'riscv,isa-base',
  'riscv,isa-extensions',
  'riscv,cbom-block-size',
  'riscv,cboz-block-size',
  'riscv,cbop-block-size',
  'mmu-type',
  'phandle',
])
/** Cells that hold phandles, by property: these are compared by the path of what they refer to. */
const PHANDLES: Readonly<Record<string, (index: number) => boolean>> = {
  'interrupt-parent': () => true,
  regmap: () => true,
  cpu: () => true,
  'interrupts-extended': (index) => index % 2 === 0,
}

/** A tree as `path property` lines with values, phandles as paths. */
function flatten(root: DecodedFdtNode): Map<string, unknown> {
  const paths = new Map<number, string>()
  const visit = (
    node: DecodedFdtNode,
    path: string,
    seen: (path: string, node: DecodedFdtNode) => void,
  ): void => {
    seen(path, node)
    for (const [name, child] of Object.entries(node.children)) visit(child, `${path}/${name}`, seen)
  }
  visit(root, '', (path, node) => {
    if (node.properties.phandle) paths.set(cellsOf(node.properties.phandle)[0]!, path)
  })
  const lines = new Map<string, unknown>()
  visit(root, '', (path, { properties }) => {
    for (const [name, bytes] of Object.entries(properties)) {
      if (OWN.has(name)) continue
      const isPhandle = PHANDLES[name]
      const value = isPhandle
        ? cellsOf(bytes).map((cell, index) => (isPhandle(index) ? paths.get(cell) : cell))
        : [...bytes]
      lines.set(`${path || '/'} ${name}`, value)
    }
  })
  return lines
}

describe('the device tree', () => {
  const theirs = flatten(decodeFdt(qemuTree(HARTS, 256, 'root=/dev/vda quiet')).root)

  test('says of every device that we have what QEMU says', () => {
    const mine = flatten(decodeFdt(ours).root)
    expect(mine.size).toBeGreaterThan(80)
    for (const [line, value] of mine) expect({ line, value }).toEqual({ line, value: theirs.get(line) })
  })

  test('leaves out only devices that we do not have', () => {
    const mine = flatten(decodeFdt(ours).root)
    const missing = [...theirs.keys()].filter((line) => !mine.has(line)).map((line) => line.split(' ')[0])
    expect([...new Set(missing)].sort()).toEqual([
      '/flash@20000000',
      '/fw-cfg@10100000',
      '/platform-bus@4000000',
      '/pmu',
      '/soc/pci@30000000',
    ])
  })

  test('is read by the device-tree compiler without complaint', () => {
    const { source, complaints } = dtc(ours)
    expect(source).toContain('timebase-frequency = <0x989680>')
    // QEMU's own tree draws the same remarks about the unit names and ranges of its layout.
    const about = (text: string): Set<string> => new Set(text.match(/\((\w+)\)/g) ?? [])
    const known = about(dtc(qemuTree(1, 128, '')).complaints)
    expect([...about(complaints)].filter((kind) => !known.has(kind))).toEqual([])
  })

  test('survives a way through source text', () => {
    const again = decodeFdt(dtcCompile(dtc(ours).source))
    expect(flatten(again.root)).toEqual(flatten(decodeFdt(ours).root))
  })

  test('of QEMU is decoded', () => {
    const { root } = decodeFdt(qemuTree(1, 128, ''))
    expect(stringsOf(root.properties.model!)).toEqual(['riscv-virtio,qemu'])
  })
})
