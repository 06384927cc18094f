import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const folder = (name: string) =>
  readdirSync(new URL(`../${name}/`, import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(c|h|S)$/.test(entry.name))
    .map((entry) => ({
      path: `${name}/${entry.name}`,
      text: readFileSync(new URL(`../${name}/${entry.name}`, import.meta.url), 'utf8'),
    }))

const portable = ['kernel', 'include', 'lib'].flatMap(folder)

describe('outside platform/', () => {
  test.each(portable)('$path has no privileged instruction', ({ path, text }) => {
    if (path === 'kernel/switch.S') expect(text).not.toMatch(/\b(csr[a-z]*|sret|mret|wfi|ecall|sfence)\b/)
    else expect(text).not.toMatch(/__asm__|\basm\b/)
  })

  test.each(portable)('$path writes no page-table entry and no device register by itself', ({ text }) => {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '')
    expect(code).not.toMatch(/^\s*\*\s*entry\s*[|&^]?=[^=]/m)
    expect(code).not.toMatch(/\(\s*volatile\b[^)]*\*\s*\)/)
  })
})

test('files stay short', () => {
  const all = [
    'kernel',
    'include',
    'lib',
    'platform',
    'user',
    'user/library',
    'workloads',
    'workloads/stages',
  ]
  for (const { path, text } of all.flatMap(folder))
    expect([path, text.split('\n').length]).toEqual([path, expect.toSatisfy((n: number) => n <= 300)])
})
