import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compilerVersion, installedCompiler } from './riscv-toolchain.mjs'

/** The tests that a rebuild of a package's guest programs gives what is committed, bit by bit. */
export function testRebuild(root, buildPrograms) {
  const target = mkdtempSync(path.join(tmpdir(), `${path.basename(root)}-rebuild-`))
  afterAll(() => rmSync(target, { recursive: true, force: true }))

  // Without the pinned compiler this can be left out on a developer's machine, not in CI.
  const usable = installedCompiler() === compilerVersion || process.env.CI !== undefined

  describe.runIf(usable)('a rebuild', () => {
    buildPrograms({ root, target, log: () => {} })
    const files = ['images', 'src/generated'].flatMap((folder) =>
      readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`),
    )

    test.each(files)('gives %s bit by bit', (file) => {
      expect(readFileSync(path.join(target, file)).equals(readFileSync(path.join(root, file)))).toBe(true)
    })
  })
}
