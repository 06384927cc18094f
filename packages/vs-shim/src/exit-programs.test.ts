import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { embedded } from './embedded.ts'
import { exitProgramElf, exitPrograms } from './exit-programs.ts'
import { programHashes } from './generated/program-hashes.ts'
import { encoded as shim } from './generated/shim.ts'

const file = (path: string) => new Uint8Array(readFileSync(new URL(`../${path}`, import.meta.url)))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const manifest = JSON.parse(new TextDecoder().decode(file('images/manifest.json'))) as {
  inputs: Record<string, string>
  outputs: Record<string, { bytes: number; sha256: string }>
}

const images = [
  { name: 'shim' as const, load: () => embedded(shim) },
  ...exitPrograms.map(({ name }) => ({ name, load: () => exitProgramElf(name) })),
]

describe.each(images)('$name', ({ name, load }) => {
  test('is what the manifest says, in the file and embedded', async () => {
    for (const bytes of [file(`images/${name}.elf`), await load()])
      expect({ bytes: bytes.length, sha256: sha256(bytes) }).toEqual(programHashes[name])
    expect(manifest.outputs[name]).toEqual(programHashes[name])
  })

  test('is a fresh copy each time', async () => {
    const first = await load()
    first.fill(0)
    expect(sha256(await load())).toBe(programHashes[name].sha256)
  })
})

test('shim and programs were built from the sources that are here', () => {
  const changed = Object.entries(manifest.inputs).filter(
    ([path, hash]) => !existsSync(new URL(`../${path}`, import.meta.url)) || sha256(file(path)) !== hash,
  )
  expect(changed.map(([path]) => path)).toEqual([])
})

test('an unknown program is refused with the names that there are', async () => {
  await expect(exitProgramElf('toString' as never)).rejects.toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_PROGRAM',
      message: "no program is named 'toString'; there are call, firmware, device",
    }),
  )
})
