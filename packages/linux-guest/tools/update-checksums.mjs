/**
 * `pnpm update:checksums < CONSOLE`: takes the checksums of a console transcript as the right ones, and builds the
 * programs anew. Give it the transcript of a machine that is known to be right.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { buildPrograms } from './build-programs.mjs'

const root = resolve(import.meta.dirname, '..')
const file = resolve(root, 'workloads/expected.json')
const expected = JSON.parse(readFileSync(file, 'utf8'))
const lines = readFileSync(0, 'latin1').matchAll(/^@bench end (\S+) checksum=([0-9a-f]{16}) /gm)
for (const [, name, checksum] of lines) {
  if (expected[name] !== checksum) console.log(`${name}: ${expected[name] ?? 'new'} -> ${checksum}`)
  expected[name] = checksum
}
writeFileSync(file, `${JSON.stringify(expected, null, 2)}\n`)
buildPrograms({ root, target: root, log: console.log })
