import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { makeDisk } from '../tools/mkfs.mjs'
import { disk } from './images.ts'

/** A reader that shares nothing with mkfs: written from include/disk-format.h. */
const readDisk = (image: Uint8Array) => {
  const view = new DataView(image.buffer, image.byteOffset, image.length)
  const u32 = (at: number) => view.getUint32(at, true)
  const [blocks, inodeStart, inodeCount, dataStart, rawStart, rawBlocks] = [8, 12, 16, 20, 24, 28].map(u32)
  const seen = new Set<number>()
  const claim = (block: number) => {
    expect(block).toBeGreaterThanOrEqual(dataStart!)
    expect(block).toBeLessThan(blocks!)
    expect(seen.has(block)).toBe(false)
    seen.add(block)
    return block
  }
  const inode = (number: number) => {
    expect(number).toBeGreaterThan(0)
    expect(number).toBeLessThan(inodeCount!)
    const at = inodeStart! * 4096 + number * 64
    const size = u32(at + 4)
    const type = view.getUint16(at, true)
    const contents = new Uint8Array(type === 3 ? 0 : size)
    const count = Math.ceil(contents.length / 4096)
    const indirect = count > 12 ? claim(u32(at + 56)) : 0
    for (let i = 0; i < count; i++) {
      const block = claim(i < 12 ? u32(at + 8 + 4 * i) : u32(indirect * 4096 + 4 * (i - 12)))
      contents.set(image.subarray(block * 4096, block * 4096 + Math.min(4096, size - i * 4096)), i * 4096)
    }
    return { type, links: view.getUint16(at + 2, true), size, contents }
  }
  const files = new Map<string, Uint8Array | number>()
  const walk = (number: number, parent: number, path: string) => {
    const { type, links, size, contents } = inode(number)
    expect(links).toBe(1)
    if (type === 1) files.set(path, contents)
    else if (type === 3) files.set(path, size)
    else {
      expect(type).toBe(2)
      const entries = new DataView(contents.buffer)
      for (let at = 0; at < contents.length; at += 32) {
        const name = new TextDecoder().decode(contents.subarray(at + 4, at + 32)).replace(/\0+$/, '')
        const target = entries.getUint32(at, true)
        if (name === '.') expect(target).toBe(number)
        else if (name === '..') expect(target).toBe(parent)
        else walk(target, number, `${path}/${name}`)
      }
    }
  }
  walk(1, 1, '')
  const inBitmap = (block: number) => ((image[4096 + (block >> 3)]! >> (block & 7)) & 1) === 1
  for (let block = 0; block < blocks!; block++)
    expect(inBitmap(block)).toBe(block < dataStart! || seen.has(block))
  return { files, blocks, rawStart, rawBlocks }
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const source = (path: string) => new Uint8Array(readFileSync(new URL(`../${path}`, import.meta.url)))
const stems = (folder: string) =>
  readdirSync(new URL(`../${folder}`, import.meta.url))
    .filter((name) => name.endsWith('.c'))
    .map((name) => name.slice(0, -2))

describe('the disk image', async () => {
  const image = await disk()
  const { files, blocks, rawStart, rawBlocks } = readDisk(image)

  test('has the geometry that the block workloads count on', () => {
    expect([blocks, rawStart, rawBlocks]).toEqual([512, 512, 384])
    expect(image.length).toBe((512 + 384) * 4096)
    expect(image.subarray(rawStart! * 4096).every((byte) => byte === 0)).toBe(true)
  })

  test('has every program', () => {
    const programs = [...files.keys()].filter((path) => path.startsWith('/bin/')).sort()
    const expected = [...stems('user'), ...stems('workloads/stages'), 'bench']
    expect(programs).toEqual(expected.map((name) => `/bin/${name}`).sort())
    for (const path of programs)
      expect((files.get(path) as Uint8Array).subarray(1, 4)).toEqual(new TextEncoder().encode('ELF'))
  })

  test('has the sources and scripts that are here', () => {
    for (const [path, contents] of files) {
      const folder = { '/src/': 'workloads/', '/etc/': 'user/files/etc/' }[path.slice(0, 5)]
      if (folder) expect(hash(contents as Uint8Array)).toBe(hash(source(folder + path.slice(5))))
    }
    expect(files.has('/src/compute.c')).toBe(true)
    expect(files.has('/etc/demo.sh')).toBe(true)
  })

  test('has the devices', () => {
    const devices = [...files].filter(([, contents]) => typeof contents === 'number')
    expect(Object.fromEntries(devices)).toEqual({
      '/dev/console': 1,
      '/dev/null': 2,
      '/dev/zero': 3,
      '/dev/disk': 4,
    })
  })
})

describe('making a disk', () => {
  const geometry = { blocks: 64, inodes: 16, rawBlocks: 2 }

  test.each([0, 1, 4095, 4096, 4097, 12 * 4096, 12 * 4096 + 1, 20 * 4096])(
    'a file of %i bytes is read back',
    (size) => {
      const contents = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
      const { files } = readDisk(makeDisk({ deep: { er: { file: contents } } }, geometry))
      expect([...files.keys()]).toEqual(['/deep/er/file'])
      expect(hash(files.get('/deep/er/file') as Uint8Array)).toBe(hash(contents))
    },
  )

  test('does not depend on the order of names', () => {
    const [a, b] = [new Uint8Array([1]), new Uint8Array([2])]
    expect(hash(makeDisk({ a, b, c: {} }, geometry))).toBe(hash(makeDisk({ c: {}, b, a }, geometry)))
  })

  test.each([
    ['a file that does not fit', { big: new Uint8Array(64 * 4096) }, /does not fit into 64 blocks/],
    ['too many files', Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`f${i}`, 1])), /16 inodes/],
    ['a name that is too long', { ['x'.repeat(28)]: 1 }, /at most 27 bytes/],
  ])('refuses %s', (_name, tree, message) => expect(() => makeDisk(tree, geometry)).toThrow(message))
})
