import { describe, expect, test } from 'vitest'
import { decompressImage } from './gzip.ts'
import { ImageError } from './image-error.ts'
import { type ProgramImage, parseImage, writeImage } from './load-image.ts'
import { place } from './placement.ts'
import type { RamRange } from './ram-range.ts'
import { elf, linuxImage } from './test-images.ts'

const MIB = 0x10_0000
const ram: RamRange = { base: 0x8000_0000, size: 64 * MIB }

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof ImageError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('ELF', () => {
  test('every PT_LOAD goes to its physical address, and a virtual entry is turned into a physical one', () => {
    const image = parseImage(
      elf({
        entry: 0xffff_ffff_8020_0010n,
        segments: [
          { physical: 0x8040_0000n, virtual: 0xffff_ffff_8040_0000n, bytes: [5], memory: 0x20n },
          { physical: 0x8020_0000n, virtual: 0xffff_ffff_8020_0000n, bytes: [1, 2, 3], memory: 0x1000n },
        ],
      }),
      ram,
    )
    expect(image).toMatchObject({ format: 'elf', entry: 0x8020_0010, start: 0x8020_0000, end: 0x8040_0020 })
    expect(image.segments.map(({ address, bytes, size }) => [address, [...bytes], size])).toEqual([
      [0x8020_0000, [1, 2, 3], 0x1000],
      [0x8040_0000, [5], 0x20],
    ])
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['a cut header', elf({}).subarray(0, 40), /^truncated: .*40 bytes/],
    ['32 bits', elf({ class: 1 }), /^wrong-class: .*riscv64/],
    ['big-endian', elf({ data: 2 }), /^wrong-endianness/],
    ['x86-64', elf({ machine: 62 }), /^wrong-machine: .*x86-64/],
    ['an unheard-of machine', elf({ machine: 4242 }), /^wrong-machine: .*4242/],
    ['an object file', elf({ type: 1 }), /^wrong-type: .*link/],
    ['no segments', elf({ segments: [] }), /^no-segments/],
    ['a program header table beyond the end', elf({ programHeaderOffset: 1n << 60n }), /^truncated/],
    ['tiny program headers', elf({ programHeaderSize: 8 }), /^bad-header/],
    [
      'more file than memory',
      elf({ segments: [{ physical: 0x8020_0000n, bytes: [1, 2], memory: 1n }] }),
      /^bad-header/,
    ],
    [
      'bytes beyond the end',
      elf({ segments: [{ physical: 0x8020_0000n, bytes: [1], fileSize: 0x10_0000n, memory: 0x10_0000n }] }),
      /^segment-outside-file: .*cut off/,
    ],
    [
      'an offset that wraps',
      elf({ segments: [{ physical: 0x8020_0000n, bytes: [1], offset: 0xffff_ffff_ffff_ffffn }] }),
      /^segment-outside-file/,
    ],
    [
      'memory below RAM',
      elf({ segments: [{ physical: 0x1000n, bytes: [1] }] }),
      /^segment-outside-ram: .*0x80000000/,
    ],
    [
      'memory beyond RAM',
      elf({ segments: [{ physical: 0x8020_0000n, bytes: [1], memory: 0x1_0000_0000n }] }),
      /^segment-outside-ram: .*more RAM/,
    ],
    [
      'an address that wraps',
      elf({ segments: [{ physical: 0xffff_ffff_ffff_fff0n, bytes: [1], memory: 0x20n }] }),
      /^segment-outside-ram/,
    ],
    [
      'overlap',
      elf({
        segments: [
          { physical: 0x8020_0000n, bytes: [1], memory: 0x20n },
          { physical: 0x8020_0010n, bytes: [1] },
        ],
      }),
      /^segments-overlap: .*linker script/,
    ],
    ['an entry outside', elf({ entry: 0x9000_0000n }), /^bad-entry/],
    ['an odd entry', elf({ entry: 0x8020_0001n }), /^bad-entry/],
  ])('refuses %s', (_name, image, expected) => expect(codeOf(() => parseImage(image, ram))).toMatch(expected))
})

describe('Linux Image', () => {
  test('is placed at its text offset and claims what its header says', () => {
    const image = parseImage(linuxImage({ textOffset: 0x20_0000n, imageSize: 0x30_0000n }), ram)
    expect(image).toMatchObject({
      format: 'linux-image',
      entry: 0x8020_0000,
      start: 0x8020_0000,
      end: 0x8050_0000,
    })
  })
  test.each<[string, Uint8Array, RegExp]>([
    ['an unaligned text offset', linuxImage({ textOffset: 0x1000n }), /^bad-header: .*2 MiB/],
    ['big-endian', linuxImage({ flags: 1n }), /^wrong-endianness/],
    ['more than RAM', linuxImage({ imageSize: 0x1000_0000n }), /^outside-ram: .*more RAM/],
    ['an endless size', linuxImage({ imageSize: 0xffff_ffff_ffff_ffffn }), /^outside-ram/],
    ['an endless offset', linuxImage({ textOffset: 0xffff_ffff_ffe0_0000n }), /^outside-ram/],
  ])('refuses %s', (_name, image, expected) => expect(codeOf(() => parseImage(image, ram))).toMatch(expected))
})

describe('other bytes', () => {
  test.each<[string, ProgramImage, RegExp]>([
    ['nothing', new Uint8Array(), /^empty/],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8), /^compressed: .*decompressImage/],
    ['a script', new TextEncoder().encode('#!/bin/sh'), /^unknown-format: .*shell script.*raw/],
    ['a device tree', Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed), /^unknown-format: .*device tree/],
    ['anything', Uint8Array.of(1, 2, 3), /^unknown-format: .*neither/],
    ['an odd raw address', { format: 'raw', bytes: Uint8Array.of(1), address: 0x8000_0001 }, /^bad-entry/],
    [
      'a raw address outside',
      { format: 'raw', bytes: new Uint8Array(2), address: 0x83ff_ffff + 1 },
      /^outside-ram/,
    ],
    ['an empty raw binary', { format: 'raw', bytes: new Uint8Array(), address: 0x8000_0000 }, /^empty/],
  ])('refuses %s', (_name, image, expected) => expect(codeOf(() => parseImage(image, ram))).toMatch(expected))

  test('a raw binary is entered at its first byte', () => {
    expect(parseImage({ format: 'raw', bytes: new Uint8Array(4), address: 0x8000_1000 }, ram)).toMatchObject({
      entry: 0x8000_1000,
      end: 0x8000_1004,
    })
  })
})

test('writing an image clears the memory after its bytes', () => {
  const memory = new Uint8Array(0x4_0000).fill(0xee)
  const image = parseImage(
    elf({ entry: 0x8000_0000n, segments: [{ physical: 0x8000_0000n, bytes: [1, 2], memory: 0x2_0001n }] }),
    ram,
  )
  writeImage(image, { writeRam: (address, bytes) => memory.set(bytes, address - ram.base) })
  expect([...memory.subarray(0, 3)]).toEqual([1, 2, 0])
  expect([memory[0x2_0000], memory[0x2_0001]]).toEqual([0, 0xee])
})

describe('decompression', () => {
  const gzip = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
    new Uint8Array(
      await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
    )

  test('gives the image back', async () => {
    const plain = new Uint8Array(100_000).fill(7)
    expect(await decompressImage(await gzip(plain))).toEqual(plain)
  })
  test('passes other bytes through', async () => {
    const plain = Uint8Array.of(1, 2)
    expect(await decompressImage(plain)).toBe(plain)
  })
  test('says when data are damaged', async () => {
    const damaged = (await gzip(new Uint8Array(1000))).subarray(0, 20)
    await expect(decompressImage(damaged)).rejects.toMatchObject({ code: 'bad-gzip' })
  })
  test('stops at the limit', async () => {
    await expect(decompressImage(await gzip(new Uint8Array(1_000_000)), 1000)).rejects.toMatchObject({
      code: 'bad-gzip',
    })
  })
})

describe('placement', () => {
  const kernel = { start: 0x8020_0000, end: 0x8206_b000 }
  test.each<
    [
      string,
      number,
      { start: number; end: number },
      number,
      number,
      { initrd: number | undefined; tree: number },
    ]
  >([
    [
      'a tree at the top, 2 MiB-aligned',
      128 * MIB,
      kernel,
      0,
      0x2000,
      { initrd: undefined, tree: 0x87e0_0000 },
    ],
    [
      'a ramdisk half of RAM above the kernel',
      128 * MIB,
      kernel,
      5 * MIB,
      0x2000,
      { initrd: 0x8420_0000, tree: 0x87e0_0000 },
    ],
    [
      'at most 128 MiB above it',
      1024 * MIB,
      kernel,
      5 * MIB,
      0x2000,
      { initrd: 0x8820_0000, tree: 0xbfe0_0000 },
    ],
    ['the tree below 3 GiB', 4096 * MIB, kernel, 0, 0x2000, { initrd: undefined, tree: 0xbfe0_0000 }],
    [
      'a ramdisk that does not fit in the upper half moves down',
      64 * MIB,
      kernel,
      29 * MIB,
      0x2000,
      { initrd: 0x8206_b000, tree: 0x83e0_0000 },
    ],
    [
      'tiny RAM gives up the 2 MiB alignment',
      1 * MIB,
      { start: 0x8000_0000, end: 0x8001_0000 },
      0,
      0x1800,
      { initrd: undefined, tree: 0x800f_e000 },
    ],
  ])('%s', (_name, size, taken, initrd, tree, expected) => {
    expect(place({ base: 0x8000_0000, size }, taken, initrd, tree)).toEqual(expected)
  })
  test.each<[string, number, number, RegExp]>([
    ['a ramdisk', 64 * MIB, 62 * MIB, /^overlap: .*ramdisk/],
    ['a tree', 33 * MIB, 0, /^overlap: .*device tree/],
  ])('refuses %s that has no room', (_name, size, initrd, expected) => {
    expect(codeOf(() => place({ base: 0x8000_0000, size }, kernel, initrd, 0x10_0000))).toMatch(expected)
  })
})
