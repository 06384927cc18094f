import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embedHashes, embedProgram, embedTable } from '../../../.repo/embed-program.mjs'
import {
  checkCompiler,
  compile,
  compilerVersion,
  filesOf,
  link,
  linkFlags,
  preprocess,
  sha256,
} from '../../../.repo/riscv-toolchain.mjs'
import { compileFlags, nativeChecksum } from './toolchain.mjs'

/** Every file that the programs depend on. */
const inputFiles = (root) =>
  ['runtime', 'programs']
    .flatMap((folder) => filesOf(root, folder, /\.(c|S|h|ld|json)$/))
    .concat(['tools/build-programs.mjs', 'tools/toolchain.mjs', 'tools/native.c'])
    .concat(['riscv-toolchain', 'embed-program'].map((name) => `../../.repo/${name}.mjs`))

/**
 * Builds every program from `root`, computes its checksum natively, and writes `images/` and `src/generated/` below
 * `target`.
 */
export const buildPrograms = ({ root, target, log }) => {
  checkCompiler(log)
  const work = mkdtempSync(join(tmpdir(), 'compute-programs-'))
  try {
    const objectOf = (source) => {
      const object = join(work, `${source.replaceAll('/', '-')}.o`)
      compile({
        root,
        source: join(root, source),
        object,
        include: join(root, 'runtime'),
        flags: compileFlags,
      })
      return object
    }
    const script = join(work, 'program.ld')
    preprocess({ source: join(root, 'runtime/program.ld'), output: script })
    const runtime = filesOf(root, 'runtime', /\.(c|S)$/).map(objectOf)
    const rows = JSON.parse(readFileSync(join(root, 'programs/table.json'), 'utf8'))
    const table = rows.map((row) => ({ ...row, checksum: nativeChecksum({ root, work, name: row.name }) }))
    const images = Object.fromEntries(
      table.map(({ name }) => {
        const output = join(work, `${name}.elf`)
        link({ objects: [...runtime, objectOf(`programs/${name}.c`)], output, flags: compileFlags, script })
        return [name, readFileSync(output)]
      }),
    )
    const manifest = {
      compiler: compilerVersion,
      compileFlags,
      linkFlags,
      inputs: Object.fromEntries(
        inputFiles(root).map((name) => [name, sha256(readFileSync(join(root, name)))]),
      ),
      outputs: Object.fromEntries(
        Object.entries(images).map(([name, bytes]) => [name, { bytes: bytes.length, sha256: sha256(bytes) }]),
      ),
    }
    const folder = join(target, 'images')
    const directory = join(target, 'src/generated')
    mkdirSync(folder, { recursive: true })
    mkdirSync(directory, { recursive: true })
    for (const [name, bytes] of Object.entries(images)) {
      writeFileSync(join(folder, `${name}.elf`), bytes)
      embedProgram({ name, bytes, directory })
    }
    writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    embedTable({ name: 'program-table', constant: 'programTable', table, directory })
    embedHashes({ outputs: manifest.outputs, directory })
    for (const { name, checksum } of table)
      log(`${name} ${manifest.outputs[name].bytes} bytes, checksum ${checksum}`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
