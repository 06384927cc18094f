import { describe, expect, test } from 'vitest'
import { seededRandom } from '../test-random.ts'
import { decodeFdt } from './fdt-decode.ts'
import { encodeFdt } from './fdt-encode.ts'
import { FdtError } from './fdt-error.ts'
import { cells, cellsOf, type FdtNode, type FdtValue, reference, stringsOf } from './fdt-node.ts'

const thrown = (run: () => unknown): FdtError => {
  try {
    run()
  } catch (error) {
    if (error instanceof FdtError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('property values', () => {
  test.each<[string, FdtValue, Uint8Array]>([
    ['a string ends with NUL', 'ok', bytes(0x6f, 0x6b, 0)],
    ['an empty string is one NUL', '', bytes(0)],
    ['a list is its strings one after another', ['a', 'bc'], bytes(0x61, 0, 0x62, 0x63, 0)],
    ['a number is one big-endian cell', 0x1234_5678, bytes(0x12, 0x34, 0x56, 0x78)],
    ['a bigint is two cells, high first', 0x1_0000_0002n, bytes(0, 0, 0, 1, 0, 0, 0, 2)],
    ['cells mix widths', cells(1, 2n), bytes(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2)],
    ['true is an empty property', true, bytes()],
    ['bytes stay as they are', bytes(9, 8, 7), bytes(9, 8, 7)],
    ['no cells are an empty property', cells(), bytes()],
  ])('%s', (_name, value, expected) => {
    expect(decodeFdt(encodeFdt({ properties: { p: value } })).root.properties.p).toEqual(expected)
  })
})

describe('references', () => {
  const tree: FdtNode = {
    properties: { a: reference('uart'), b: reference('/soc/plic@1') },
    children: { soc: { children: { 'plic@1': {}, 'uart@2': { label: 'uart' }, 'rtc@3': {} } } },
  }
  test('give phandles in tree order, only to nodes that are referred to', () => {
    const { root } = decodeFdt(encodeFdt(tree))
    const soc = root.children.soc!.children
    expect(cellsOf(soc['plic@1']!.properties.phandle!)).toEqual([1])
    expect(cellsOf(soc['uart@2']!.properties.phandle!)).toEqual([2])
    expect(soc['rtc@3']!.properties.phandle).toBeUndefined()
    expect(cellsOf(root.properties.a!)).toEqual([2])
    expect(cellsOf(root.properties.b!)).toEqual([1])
  })
  test('leave phandles alone that a node brings itself', () => {
    const { root } = decodeFdt(
      encodeFdt({
        properties: { a: reference('x'), b: reference('y') },
        children: { x: { label: 'x' }, y: { label: 'y', properties: { phandle: 1 } } },
      }),
    )
    expect(cellsOf(root.properties.a!)).toEqual([2])
    expect(cellsOf(root.properties.b!)).toEqual([1])
  })
})

test('the same tree gives the same bytes, and decoding and encoding again changes nothing', () => {
  const tree: FdtNode = {
    properties: { model: 'x' },
    children: { 'a@1': { properties: { reg: cells(0, 1n) }, children: { deep: {} } }, b: {} },
  }
  const blob = encodeFdt(tree, { reservations: [[0x8000_0000n, 0x1000n]], bootHart: 3 })
  expect(encodeFdt(tree, { reservations: [[0x8000_0000n, 0x1000n]], bootHart: 3 })).toEqual(blob)
  const decoded = decodeFdt(blob)
  expect(decoded).toMatchObject({ reservations: [[0x8000_0000n, 0x1000n]], bootHart: 3 })
  expect(encodeFdt(decoded.root, decoded)).toEqual(blob)
})

test('strings and cells are read back', () => {
  expect(stringsOf(bytes(0x61, 0, 0x62, 0))).toEqual(['a', 'b'])
  expect(cellsOf(bytes(0, 0, 0, 1, 0xff))).toEqual([1])
})

describe('refused trees', () => {
  test.each<[string, FdtNode, string, RegExp]>([
    ['a node name with a space', { children: { 'a b': {} } }, 'bad-name', /"a b" under \//],
    ['a property name with a slash', { properties: { 'a/b': 1 } }, 'bad-name', /property name/],
    ['a cell that does not fit', { properties: { p: 2 ** 32 } }, 'bad-value', /\/:p.*32-bit cell/],
    ['a fraction', { properties: { p: 0.5 } }, 'bad-value', /32-bit cell/],
    ['a negative bigint', { properties: { p: -1n } }, 'bad-value', /64 unsigned bits/],
    ['a NUL inside a string', { properties: { p: 'a\0b' } }, 'bad-value', /NUL/],
    ['a reference to nothing', { properties: { p: reference('uart7') } }, 'unknown-reference', /uart7/],
    ['one label twice', { children: { a: { label: 'x' }, b: { label: 'x' } } }, 'duplicate-label', /label x/],
  ])('%s', (_name, tree, code, message) => {
    const error = thrown(() => encodeFdt(tree))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })
})

describe('refused blobs', () => {
  const good = encodeFdt({ properties: { p: 'v' }, children: { a: {} } })
  const patched = (offset: number, value: number): Uint8Array => {
    const copy = good.slice()
    new DataView(copy.buffer).setUint32(offset, value)
    return copy
  }
  test.each<[string, Uint8Array, string]>([
    ['nothing', bytes(), 'bad-magic'],
    ['text', new TextEncoder().encode('/dts-v1/; / { };'), 'bad-magic'],
    ['a header alone', good.slice(0, 40), 'truncated'],
    ['a size beyond the bytes', patched(4, 0xffff), 'truncated'],
    ['a newer layout', patched(24, 18), 'bad-version'],
    ['an unknown token', patched(56, 7), 'bad-structure'],
    ['an offset outside', patched(8, 0x7fff_fffc), 'truncated'],
  ])('%s', (_name, blob, code) => expect(thrown(() => decodeFdt(blob)).code).toBe(code))

  test('any damage is an FdtError or another tree, never a hang or another error', () => {
    const random = seededRandom(1)
    for (let round = 0; round < 2000; round++) {
      const copy = good.slice(0, good.length - (random() % 3) * (random() % 20))
      for (let change = 0; change < 3; change++) copy[random() % copy.length] = random()
      try {
        decodeFdt(copy)
      } catch (error) {
        expect(error).toBeInstanceOf(FdtError)
      }
    }
  })
})
