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
import { programFlags, shimFlags } from './toolchain.mjs'

/** Start-up, console and command line of the programs. */
const runtime = '../compute-programs/runtime'

/** Every file that shim and programs depend on. */
const inputFiles = (root) =>
  ['shim', 'programs', runtime]
    .flatMap((folder) => filesOf(root, folder, /\.(c|S|h|ld|json)$/))
    .concat(['build-programs', 'toolchain'].map((name) => `tools/${name}.mjs`))
    .concat(['riscv-toolchain', 'embed-program'].map((name) => `../../.repo/${name}.mjs`))

/** Builds shim and programs from `root`, and writes `images/` and `src/generated/` below `target`. */
export const buildPrograms = ({ root, target, log }) => {
  checkCompiler(log)
  const work = mkdtempSync(join(tmpdir(), 'vs-shim-'))
  try {
    const table = JSON.parse(readFileSync(join(root, 'programs/table.json'), 'utf8')).map((row) => ({
      ...row,
      checksum: row.operations.toString(16).padStart(16, '0'),
    }))
    const defines = table.map(
      ({ name, operations }) => `#define OPERATIONS_${name.toUpperCase()} ${operations}\n`,
    )
    writeFileSync(join(work, 'operations.h'), defines.join(''))

    const objectsOf = (sources, flags) =>
      sources.map((source) => {
        const object = join(work, `${source.replaceAll('/', '-')}.o`)
        compile({ root, source: join(root, source), object, include: work, flags })
        return object
      })
    const imageOf = (name, folder, objects, flags) => {
      const script = join(work, `${name}.ld`)
      preprocess({ source: join(root, folder), output: script })
      const output = join(work, `${name}.elf`)
      link({ objects, output, flags, script })
      return [name, readFileSync(output)]
    }
    const below = [...programFlags, `-I${join(root, runtime)}`, `-Wa,-I${join(root, runtime)}`]
    const start = objectsOf(filesOf(root, runtime, /\.(c|S)$/), below)
    const images = Object.fromEntries([
      imageOf('shim', 'shim/shim.ld', objectsOf(filesOf(root, 'shim', /\.(c|S)$/), shimFlags), shimFlags),
      ...table.map(({ name }) =>
        imageOf(
          name,
          `${runtime}/program.ld`,
          [...start, ...objectsOf([`programs/${name}.c`], below)],
          programFlags,
        ),
      ),
    ])
    const manifest = {
      compiler: compilerVersion,
      shimFlags,
      programFlags,
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
    for (const [name, { bytes }] of Object.entries(manifest.outputs)) log(`${name} ${bytes} bytes`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
