import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { disk, kernelElf } from './images.ts'
import { manifest, symbolAt, symbols } from './manifest.ts'

const file = (path: string) => new Uint8Array(readFileSync(new URL(`../${path}`, import.meta.url)))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const full = JSON.parse(new TextDecoder().decode(file('images/manifest.json'))) as {
  inputs: Record<string, string>
  entry: string
}

describe.each([
  ['kernel-native.elf', kernelElf],
  ['disk.img', disk],
])('%s', (name, embedded) => {
  test('is what the manifest says', () => {
    const bytes = file(`images/${name}`)
    expect({ bytes: bytes.length, sha256: sha256(bytes) }).toEqual(manifest.outputs[name])
  })

  test('is what is embedded', async () => {
    expect(sha256(await embedded())).toBe(manifest.outputs[name]!.sha256)
  })

  test('is a fresh copy each time', async () => {
    const first = await embedded()
    first.fill(0)
    expect(sha256(await embedded())).toBe(manifest.outputs[name]!.sha256)
  })
})

test('the images were built from the sources that are here', () => {
  const changed = Object.entries(full.inputs).filter(
    ([path, hash]) => !existsSync(new URL(`../${path}`, import.meta.url)) || sha256(file(path)) !== hash,
  )
  expect(changed.map(([path]) => path)).toEqual([])
})

test('the embedded manifest is the file', () => {
  const { inputs: _, entry, ...rest } = full
  expect({ ...manifest, entry: undefined }).toEqual({ ...rest, entry: undefined })
  expect(BigInt(manifest.entry)).toBe(BigInt(entry))
})

test('what is committed stays small', () => {
  for (const module of ['kernel-native', 'disk'])
    expect(statSync(new URL(`./generated/${module}.ts`, import.meta.url)).size).toBeLessThan(300 * 1024)
})

describe('the kernel as ELF', async () => {
  const bytes = await kernelElf()
  const view = new DataView(bytes.buffer)
  const segments = Array.from({ length: view.getUint16(56, true) }, (_, i) => {
    const at = Number(view.getBigUint64(32, true)) + i * view.getUint16(54, true)
    return {
      flags: view.getUint32(at + 4, true),
      virtual: view.getBigUint64(at + 16, true),
      physical: view.getBigUint64(at + 24, true),
      memory: view.getBigUint64(at + 40, true),
      offset: Number(view.getBigUint64(at + 8, true)),
    }
  })

  test('enters at the physical address of its first byte', () => {
    expect(view.getBigUint64(24, true)).toBe(BigInt(manifest.entry))
    expect(segments[0]!.physical).toBe(BigInt(manifest.entry))
  })

  test('has no segment that is both writable and executable', () => {
    expect(segments.map(({ flags }) => flags)).toEqual([5, 4, 6])
  })

  test('is linked in the direct map, one offset from where it is loaded', () => {
    for (const { virtual, physical } of segments) expect(virtual - physical).toBe(0xffff_ffc0_0000_0000n)
  })

  test('begins with the header of a raw image, whose size covers all of memory that it uses', () => {
    const start = segments[0]!.offset
    const last = segments.at(-1)!
    expect(new TextDecoder().decode(bytes.subarray(start + 48, start + 60))).toBe('RISCV\0\0\0RSC\x05')
    expect(view.getBigUint64(start + 8, true)).toBe(0x20_0000n)
    expect(view.getBigUint64(start + 16, true)).toBe(last.physical + last.memory - segments[0]!.physical)
  })
})

describe('symbols', () => {
  test('are in order', () => {
    expect(symbols.every(({ address }, i) => i === 0 || symbols[i - 1]!.address <= address)).toBe(true)
  })

  test.each(['trap_handle', 'system_call', 'kernel_main', 'native_trap_return'])(
    '%s is found by its address',
    (name) => {
      const { address } = symbols.find((symbol) => symbol.name === name)!
      expect(symbolAt(address)).toBe(name)
      expect(symbolAt(address + 2n)).toBe(name)
      expect(symbolAt(address & 0xffff_ffffn)).toBe(name)
    },
  )

  test.each([0n, 0x1_0000n, 0x8020_0000n - 2n, 0xffff_ffff_ffff_ffffn, 0xffff_ffc0_9000_0000n])(
    '%x is no code of the kernel',
    (pc) => expect(symbolAt(pc)).toBeUndefined(),
  )
})
