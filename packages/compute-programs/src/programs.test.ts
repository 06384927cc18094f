import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { programHashes } from './generated/program-hashes.ts'
import { bootargs, computePrograms, programElf } from './programs.ts'

const file = (path: string) => new Uint8Array(readFileSync(new URL(`../${path}`, import.meta.url)))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const manifest = JSON.parse(new TextDecoder().decode(file('images/manifest.json'))) as {
  inputs: Record<string, string>
  outputs: Record<string, { bytes: number; sha256: string }>
}

describe.each(computePrograms)('$name', ({ name }) => {
  test('is what the manifest says, in the file and embedded', async () => {
    for (const bytes of [file(`images/${name}.elf`), await programElf(name)])
      expect({ bytes: bytes.length, sha256: sha256(bytes) }).toEqual(programHashes[name])
    expect(manifest.outputs[name]).toEqual(programHashes[name])
  })

  test('is a static program for RV64GC that lies where a kernel does, without writable code', async () => {
    const view = new DataView((await programElf(name)).buffer)
    expect(view.getUint16(16, true)).toBe(2) // ET_EXEC
    expect(view.getUint16(18, true)).toBe(243) // EM_RISCV
    expect(view.getBigUint64(24, true)).toBe(0x8020_0000n)
    expect(view.getUint32(48, true)).toBe(5) // RVC, double-float ABI
    const loads = Array.from({ length: view.getUint16(56, true) }, (_, i) => {
      const at = Number(view.getBigUint64(32, true)) + i * view.getUint16(54, true)
      return {
        type: view.getUint32(at, true),
        flags: view.getUint32(at + 4, true),
        physical: view.getBigUint64(at + 24, true),
      }
    }).filter(({ type }) => type === 1)
    expect(loads.length).toBeGreaterThanOrEqual(2)
    for (const { flags, physical } of loads) {
      expect(flags & 3).not.toBe(3)
      expect(physical >> 24n).toBe(0x80n)
    }
  })

  test('is a fresh copy each time', async () => {
    const first = await programElf(name)
    first.fill(0)
    expect(sha256(await programElf(name))).toBe(programHashes[name].sha256)
  })
})

test('the programs were built from the sources that are here', () => {
  const changed = Object.entries(manifest.inputs).filter(
    ([path, hash]) => !existsSync(new URL(`../${path}`, import.meta.url)) || sha256(file(path)) !== hash,
  )
  expect(changed.map(([path]) => path)).toEqual([])
})

test('every program has a name and a checksum of its own', () => {
  const sums = computePrograms.map(({ checksum }) => checksum)
  expect(new Set(sums).size).toBe(sums.length)
  for (const sum of sums) expect(sum).toMatch(/^(?!0{16})[0-9a-f]{16}$/)
  expect(new Set(computePrograms.map(({ name }) => name)).size).toBe(sums.length)
})

test('at least eight programs compute with integers', () => {
  expect(computePrograms.filter(({ arithmetic }) => arithmetic === 'integer').length).toBeGreaterThanOrEqual(
    8,
  )
})

test.each([0, -1, 1.5, 1_000_001, Number.NaN])('%s rounds are refused', (rounds) => {
  expect(() => bootargs({ rounds })).toThrow(expect.objectContaining({ code: 'ROUNDS_RANGE' }))
})

test('an unknown program is refused with the names that there are', async () => {
  await expect(programElf('toString' as never)).rejects.toThrow(
    /no program is named 'toString'; there are sort, crc/,
  )
})
