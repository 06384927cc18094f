import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { random32 } from '../test/random.ts'
import { blobBlocks } from './blob-blocks.ts'
import type { BlockBackend } from './block-backend.ts'
import { DeviceError } from './device-error.ts'
import { fileBlocks } from './file-blocks.ts'
import { memoryBlocks } from './memory-blocks.ts'
import { overlayBlocks } from './overlay-blocks.ts'

const directory = mkdtempSync(join(tmpdir(), 'devices-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0
const fileOf = (bytes: Uint8Array): string => {
  const path = join(directory, `disk-${files++}.img`)
  writeFileSync(path, bytes)
  return path
}

const SECTORS = 24
const image = () => Uint8Array.from({ length: SECTORS * 512 }, (_, i) => (i ^ (i >> 9)) & 0xff)

const backends: Record<string, () => BlockBackend> = {
  memory: () => memoryBlocks(image()),
  'read-only memory': () => memoryBlocks(image(), { readOnly: true }),
  blob: () => blobBlocks(new Blob([image()])),
  file: () => fileBlocks(fileOf(image())),
  'read-only file': () => fileBlocks(fileOf(image()), { readOnly: true }),
  'overlay over memory': () => overlayBlocks(memoryBlocks(image(), { readOnly: true })),
  'overlay over a blob': () => overlayBlocks(blobBlocks(new Blob([image()]))),
  'overlay over an overlay': () => overlayBlocks(overlayBlocks(memoryBlocks(image()))),
}

describe.each(Object.entries(backends))('%s', (_name, make) => {
  test('reads what is there', async () => {
    const disk = make()
    const target = new Uint8Array(3 * 512)
    await disk.read(SECTORS - 3, target)
    expect([disk.sectors, target]).toEqual([SECTORS, image().subarray((SECTORS - 3) * 512)])
  })

  test('reads what was written, or refuses to write', async () => {
    const disk = make()
    if (disk.readOnly) {
      expect(() => disk.write(0, new Uint8Array(512))).toThrow(
        expect.objectContaining({ code: 'block-read-only' }),
      )
      return
    }
    const expected = image()
    const random = random32(3)
    for (let round = 0; round < 60; round++) {
      const sector = random() % SECTORS
      const count = 1 + (random() % Math.min(10, SECTORS - sector))
      const source = Uint8Array.from({ length: count * 512 }, () => random() & 0xff)
      await disk.write(sector, source)
      expected.set(source, sector * 512)
      source.fill(0)
      const target = new Uint8Array(expected.length)
      await disk.read(0, target)
      if (!target.every((byte, i) => byte === expected[i])) expect.unreachable(`round ${round}`)
    }
    await disk.flush()
  })

  test.each([
    ['past the end', SECTORS, 512],
    ['over the end', SECTORS - 1, 1024],
    ['of part of a sector', 0, 511],
    ['before the start', -1, 512],
    ['of a fraction', 0.5, 512],
  ])('refuses a range %s', async (_range, sector, bytes) => {
    const disk = make()
    await expect(async () => disk.read(sector, new Uint8Array(bytes))).rejects.toThrow(DeviceError)
    await expect(async () => disk.write(sector, new Uint8Array(bytes))).rejects.toThrow(DeviceError)
  })
})

describe('an overlay', () => {
  test('never writes what is below', () => {
    const below = image()
    const disk = overlayBlocks(memoryBlocks(below))
    disk.write(0, new Uint8Array(SECTORS * 512))
    expect([below, disk.writtenSectors, disk.readOnly]).toEqual([image(), SECTORS, false])
  })

  test('counts sectors once and can forget them', () => {
    const disk = overlayBlocks(memoryBlocks(image()))
    disk.write(6, new Uint8Array(4 * 512))
    disk.write(7, new Uint8Array(512))
    expect(disk.writtenSectors).toBe(4)
    disk.discard()
    const target = new Uint8Array(SECTORS * 512)
    disk.read(0, target)
    expect([disk.writtenSectors, target]).toEqual([0, image()])
  })

  test('does not ask the disk below for what it has', () => {
    const disk = overlayBlocks({ ...memoryBlocks(image()), read: () => expect.unreachable() })
    disk.write(3, new Uint8Array(1024))
    expect(disk.read(3, new Uint8Array(1024))).toBeUndefined()
  })

  test('shows a write that overtook a slow read', async () => {
    const disk = overlayBlocks(blobBlocks(new Blob([image()])))
    const target = new Uint8Array(512)
    const reading = disk.read(0, target)
    disk.write(0, new Uint8Array(512).fill(0xee))
    await reading
    expect(target).toEqual(new Uint8Array(512).fill(0xee))
  })
})

describe('a file', () => {
  test('holds what was written', () => {
    const path = fileOf(image())
    const disk = fileBlocks(path)
    disk.write(1, new Uint8Array(512).fill(0xaa))
    disk.flush()
    disk.close()
    disk.close()
    expect(readFileSync(path).subarray(512, 1024)).toEqual(Buffer.alloc(512, 0xaa))
    expect(() => disk.read(0, new Uint8Array(512))).toThrow(/was closed/)
  })

  test('that becomes shorter is an error, not an endless loop', () => {
    const path = fileOf(image())
    const disk = fileBlocks(path)
    truncateSync(path, 512)
    expect(() => disk.read(0, new Uint8Array(1024))).toThrow(/shorter/)
    disk.close()
  })

  test.each<[string, string, () => string, boolean]>([
    ['is missing', 'file-missing', () => join(directory, 'none.img'), false],
    ['is a directory', 'file-kind', () => directory, false],
    ['is a directory to read', 'file-kind', () => directory, true],
    ['is no regular file', 'file-kind', () => '/dev/null', true],
    ['is empty', 'block-size', () => fileOf(new Uint8Array(0)), false],
    ['has a part of a sector', 'block-size', () => fileOf(new Uint8Array(700)), false],
  ])('that %s is refused', (_name, code, path, readOnly) => {
    expect(() => fileBlocks(path(), { readOnly })).toThrow(expect.objectContaining({ code }))
  })

  test('of a wrong size is told the right one', () => {
    expect(() => fileBlocks(fileOf(new Uint8Array(700)))).toThrow(/pad it to 1024 bytes/)
  })
})

test.each([
  ['memory', () => memoryBlocks(new Uint8Array(100))],
  ['a blob', () => blobBlocks(new Blob([]))],
])('%s that is no whole number of sectors is refused', (_name, make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'block-size' }))
})
