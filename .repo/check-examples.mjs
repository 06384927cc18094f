/**
 * `pnpm check:examples`: the `ts` blocks of every package's README and of the root's, type-checked and
 * run against the packed packages, as a consumer has them.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { examplesIn } from './examples.mjs'
import { installPacked, withPackedPackages } from './pack.mjs'
import { publicPackages, root } from './packages.mjs'
import { collect, exitWith, seconds } from './process.mjs'

const timeLimit = 120_000

await exitWith(() =>
  withPackedPackages(async (packed) => {
    await installPacked(packed)
    const { examples, bare } = writeExamples(packed.folder)
    for (const readme of bare) console.log(`FAILED  ${readme} is missing or has no ts block`)
    const wrongTypes = await typeCheck(packed.folder)
    if (wrongTypes !== '') console.log(`FAILED  types\n${wrongTypes}`)
    let failed = 0
    for (const { name, file } of examples) {
      const started = Date.now()
      const { status, output } = await collect(process.execPath, [file], {
        cwd: packed.folder,
        timeout: timeLimit,
      })
      console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}  ${seconds(Date.now() - started)}`)
      if (status !== 0) {
        failed += 1
        console.log(output)
      }
    }
    console.log(`\n${examples.length - failed} examples ran, ${failed} failed`)
    return failed > 0 || bare.length > 0 || wrongTypes !== '' ? 1 : 0
  }),
)

/** Writes each block to a file of its own; README line numbers are in the names. */
function writeExamples(folder) {
  const target = path.join(folder, 'examples')
  mkdirSync(target)
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  const examples = []
  const bare = []
  for (const readme of ['README.md', ...publicPackages().map((one) => `${one.folder}/README.md`)]) {
    const file = path.join(root, readme)
    const blocks = existsSync(file) ? examplesIn(readFileSync(file, 'utf8')) : []
    if (blocks.length === 0) bare.push(readme)
    for (const { line, code } of blocks) {
      const stem = `${path.dirname(readme).replaceAll('/', '-').replace('.', 'root')}-line-${line}`
      writeFileSync(path.join(target, `${stem}.ts`), `${code}export {}\n`)
      examples.push({ name: `${readme}:${line}`, file: path.join(target, `${stem}.js`) })
    }
  }
  return { examples, bare }
}

/** Checks and compiles the examples; the packages' own types are checked as well, for a consumer sees them. */
async function typeCheck(folder) {
  mkdirSync(path.join(folder, 'node_modules/@types'), { recursive: true })
  symlinkSync(path.join(root, 'node_modules/@types/node'), path.join(folder, 'node_modules/@types/node'))
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'DOM'],
    module: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    types: ['node'],
  }
  const project = path.join(folder, 'tsconfig.json')
  writeFileSync(project, JSON.stringify({ compilerOptions, include: ['examples'] }))
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
  const { status, output } = await collect(process.execPath, [tsc, '-p', project, '--pretty', 'false'])
  return status === 0 ? '' : output
}
