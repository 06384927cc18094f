import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embedHashes, embedProgram, embedTable } from '../../../.repo/embed-program.mjs'
import {
  checkCompiler,
  compile,
  compilerVersion,
  filesOf,
  flatten,
  link,
  linkFlags,
  sha256,
} from '../../../.repo/riscv-toolchain.mjs'
import { embedScript } from './embed.mjs'
import { compileFlags, guestFlags } from './toolchain.mjs'

/** The programs, and the folders whose sources they are made of besides `runtime`. */
const programs = { bench: ['workloads'], init: ['init'], 'kvm-test': ['kvm-test/host'] }

/** Every file that the programs depend on. */
const inputFiles = (root) =>
  ['runtime', 'init', 'workloads', 'kvm-test', 'kvm-test/guest', 'kvm-test/host']
    .flatMap((folder) => filesOf(root, folder, /\.(c|S|h|ld|def|json|sh)$/))
    .concat(['build-programs', 'embed', 'toolchain'].map((name) => `tools/${name}.mjs`))
    .concat(['embed-program', 'riscv-toolchain'].map((name) => `../../.repo/${name}.mjs`))

const row =
  /^WORKLOAD\(\w+, "(?<name>[^"]+)", "(?<title>[^"]+)", "(?<stresses>[^"]+)", "(?<unit>[^"]+)", (?<operations>\d+)\)$/

/** The rows of workloads.def with the checksums of expected.json; a new workload has none yet, and gets zero. */
const readWorkloads = (root) => {
  const expected = JSON.parse(readFileSync(join(root, 'workloads/expected.json'), 'utf8'))
  return readFileSync(join(root, 'workloads/workloads.def'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('WORKLOAD('))
    .map((line) => {
      const fields = row.exec(line)?.groups
      if (!fields) throw new Error(`workloads.def has a line that is no row: ${line}`)
      const checksum = expected[fields.name] ?? '0'.repeat(16)
      return { ...fields, operations: Number(fields.operations), checksum }
    })
}

const objectsOf = ({ root, work, folders, flags }) =>
  folders
    .flatMap((folder) => filesOf(root, folder, /\.(c|S)$/))
    .map((source) => {
      const object = join(work, `${source.replaceAll('/', '-')}.o`)
      compile({ root, source: join(root, source), object, include: work, flags })
      return object
    })

/**
 * Builds everything from `root` and writes `images/` and `src/generated/` below `target`.
 */
export const buildPrograms = ({ root, target, log }) => {
  checkCompiler(log)
  const work = mkdtempSync(join(tmpdir(), 'linux-guest-'))
  try {
    const table = readWorkloads(root)
    const sums = table.map(({ checksum }) => `0x${checksum}UL`).join(', ')
    writeFileSync(join(work, 'expected-checksums.h'), `#define EXPECTED_CHECKSUMS {${sums}}\n`)

    const guest = join(work, 'guest.elf')
    const guestObjects = objectsOf({ root, work, folders: ['kvm-test/guest'], flags: guestFlags })
    link({
      objects: guestObjects,
      output: guest,
      flags: guestFlags,
      script: join(root, 'kvm-test/guest/guest.ld'),
    })
    flatten(guest, join(work, 'guest.bin'))

    const outputs = Object.fromEntries(
      Object.entries(programs).map(([name, folders]) => {
        const output = join(work, name)
        const objects = objectsOf({ root, work, folders: ['runtime', ...folders], flags: compileFlags })
        link({ objects, output, flags: compileFlags, script: join(root, 'runtime/program.ld') })
        return [name, readFileSync(output)]
      }),
    )
    const manifest = {
      compiler: compilerVersion,
      compileFlags,
      guestFlags,
      linkFlags,
      inputs: Object.fromEntries(
        inputFiles(root).map((name) => [name, sha256(readFileSync(join(root, name)))]),
      ),
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, bytes]) => [
          name,
          { bytes: bytes.length, sha256: sha256(bytes) },
        ]),
      ),
    }
    const images = join(target, 'images')
    const generated = join(target, 'src/generated')
    mkdirSync(images, { recursive: true })
    mkdirSync(generated, { recursive: true })
    for (const [name, bytes] of Object.entries(outputs)) {
      writeFileSync(join(images, `${name}.elf`), bytes)
      embedProgram({ name, bytes, directory: generated })
    }
    writeFileSync(join(images, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    embedTable({ name: 'workload-table', constant: 'workloadTable', table, directory: generated })
    embedScript({ text: readFileSync(join(root, 'init/dhcp.sh'), 'utf8'), directory: generated })
    embedHashes({ outputs: manifest.outputs, directory: generated })
    for (const [name, { bytes, sha256: hash }] of Object.entries(manifest.outputs))
      log(`${name} ${bytes} ${hash}`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
