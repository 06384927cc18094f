import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isWorkloadName, maxScale, workloads } from './workloads.ts'

const definitions = readFileSync(new URL('../workloads/workloads.def', import.meta.url), 'utf8')

describe('the table of workloads', () => {
  test('says what the table that the guest is built from says', () => {
    const rows = [...definitions.matchAll(/^WORKLOAD\(\w+, (.*), (\d+)\)$/gm)].map(
      ([, texts, operations]) => ({
        texts: [...texts!.matchAll(/"([^"]*)"/g)].map(([, text]) => text),
        operations: Number(operations),
      }),
    )
    expect(
      workloads.map(({ name, title, stresses, unit, operations }) => ({
        texts: [name, title, stresses, unit],
        operations,
      })),
    ).toEqual(rows)
  })

  test('knows a checksum for every scale, different ones as far as the work differs', () => {
    for (const { checksums } of workloads) {
      expect(checksums).toHaveLength(maxScale)
      for (const sum of checksums) expect(sum).toMatch(/^[0-9a-f]{16}$/)
      expect(new Set(checksums).size).toBe(maxScale)
    }
  })

  test.each([
    ['pipe', true],
    ['Pipe', false],
    ['', false],
    ['all', false],
  ])('%j is a name: %s', (name, is) => expect(isWorkloadName(name)).toBe(is))
})
