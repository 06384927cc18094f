import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ProgramName, program, programs } from './programs.ts'
import { workloads } from './workloads.ts'

const file = (path: string) => new Uint8Array(readFileSync(new URL(`../${path}`, import.meta.url)))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const manifest = JSON.parse(new TextDecoder().decode(file('images/manifest.json'))) as {
  inputs: Record<string, string>
  outputs: Record<string, { bytes: number; sha256: string }>
}

describe.each(Object.keys(programs) as ProgramName[])('%s', (name) => {
  test('is what the manifest says, in the file and embedded', async () => {
    for (const bytes of [file(`images/${name}.elf`), await program(name)])
      expect({ bytes: bytes.length, sha256: sha256(bytes) }).toEqual(programs[name])
    expect(manifest.outputs[name]).toEqual(programs[name])
  })

  test('is a static program for RV64GC, with hard floating point and without writable code', async () => {
    const view = new DataView((await program(name)).buffer)
    expect(view.getUint16(16, true)).toBe(2) // ET_EXEC
    expect(view.getUint16(18, true)).toBe(243) // EM_RISCV
    expect(view.getUint32(48, true)).toBe(5) // RVC, double-float ABI
    const segments = Array.from({ length: view.getUint16(56, true) }, (_, i) => {
      const at = Number(view.getBigUint64(32, true)) + i * view.getUint16(54, true)
      return { type: view.getUint32(at, true), flags: view.getUint32(at + 4, true) }
    })
    expect(segments.some(({ type }) => type === 3)).toBe(false) // PT_INTERP
    for (const { type, flags } of segments) if (type === 1) expect(flags & 3).not.toBe(3)
  })

  test('is a fresh copy each time', async () => {
    const first = await program(name)
    first.fill(0)
    expect(sha256(await program(name))).toBe(programs[name].sha256)
  })
})

test('the programs were built from the sources that are here', () => {
  const changed = Object.entries(manifest.inputs).filter(
    ([path, hash]) => !existsSync(new URL(`../${path}`, import.meta.url)) || sha256(file(path)) !== hash,
  )
  expect(changed.map(([path]) => path)).toEqual([])
})

test('all programs together stay small', () => {
  expect(Object.values(programs).reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(64 * 1024)
})

test('every workload has a checksum of its own', () => {
  const sums = workloads.map(({ checksum }) => checksum)
  expect(new Set(sums).size).toBe(sums.length)
  for (const sum of sums) expect(sum).toMatch(/^(?!0{16})[0-9a-f]{16}$/)
})
