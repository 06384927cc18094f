import { describe, expect, test } from 'vitest'
import { ByteWriter, u32Size } from './byte-writer.ts'

const written = (write: (out: ByteWriter) => void): number[] => {
  const out = new ByteWriter(1)
  write(out)
  return [...out.toBytes()]
}

describe('unsigned LEB128', () => {
  test.each([
    [0, [0]],
    [1, [1]],
    [0x7f, [0x7f]],
    [0x80, [0x80, 1]],
    [624_485, [0xe5, 0x8e, 0x26]],
    [0x3fff, [0xff, 0x7f]],
    [0x4000, [0x80, 0x80, 1]],
    [0x0fff_ffff, [0xff, 0xff, 0xff, 0x7f]],
    [0x1000_0000, [0x80, 0x80, 0x80, 0x80, 1]],
    [0x8000_0000, [0x80, 0x80, 0x80, 0x80, 8]],
    [0xffff_ffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('of %d', (value, bytes) => {
    expect(written((out) => out.u32(value))).toEqual(bytes)
    expect(written((out) => out.opUnsigned(0xaa, value))).toEqual([0xaa, ...bytes])
    expect(written((out) => out.opAccess(0xaa, 3, value))).toEqual([0xaa, 3, ...bytes])
    expect(u32Size(value)).toBe(bytes.length)
  })
})

describe('signed LEB128', () => {
  test.each([
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-123_456, [0xc0, 0xbb, 0x78]],
    [0x7fff_ffff, [0xff, 0xff, 0xff, 0xff, 7]],
    [-0x8000_0000, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])('of %d, in 32 and in 64 bits', (value, bytes) => {
    expect(written((out) => out.s32(value))).toEqual(bytes)
    expect(written((out) => out.opSigned(0xaa, value))).toEqual([0xaa, ...bytes])
    expect(written((out) => out.s64(value, value < 0 ? -1 : 0))).toEqual(bytes)
  })

  test.each([
    [0x8000_0000, 0, [0x80, 0x80, 0x80, 0x80, 8]],
    [0, 1, [0x80, 0x80, 0x80, 0x80, 0x10]],
    [0xffff_ffff, 3, [0xff, 0xff, 0xff, 0xff, 0x3f]],
    [0, -4, [0x80, 0x80, 0x80, 0x80, 0x40]],
    [0, 4, [0x80, 0x80, 0x80, 0x80, 0xc0, 0]],
    [0xffff_ffff, 0x7fff_ffff, [...Array(9).fill(0xff), 0]],
    [0, 0x8000_0000, [...Array(9).fill(0x80), 0x7f]],
  ])('of low 0x%i, high %i', (low, high, bytes) => {
    expect(written((out) => out.s64(low, high))).toEqual(bytes)
  })
})

test('floats are little-endian', () => {
  expect(written((out) => out.f32(-1.5))).toEqual([0, 0, 0xc0, 0xbf])
  expect(written((out) => out.f64(-1.5))).toEqual([0, 0, 0, 0, 0, 0, 0xf8, 0xbf])
})

test('names are UTF-8 with their size in bytes', () => {
  expect(written((out) => out.name('hé€'))).toEqual([6, 0x68, 0xc3, 0xa9, 0xe2, 0x82, 0xac])
})

test('growing keeps what was written', () => {
  const out = new ByteWriter(1)
  for (let i = 0; i < 1000; i++) out.u8(i & 0xff)
  out.append(Uint8Array.of(1, 2, 3), 2)
  expect([...out.toBytes()]).toEqual([...Array.from({ length: 1000 }, (_, i) => i & 0xff), 1, 2])
})
