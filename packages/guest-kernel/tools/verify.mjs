/**
 * `pnpm test:heavy`: rebuilds everything and compares bytes with what is committed, then boots the committed images on
 * QEMU and compares the console with the committed transcripts. `--update` writes the transcripts instead.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { compilerVersion, flatten, installedCompiler } from '../../../.repo/riscv-toolchain.mjs'
import { boot, haveQemu } from './boot-qemu.mjs'
import { buildGuest } from './build-guest.mjs'

const root = resolve(import.meta.dirname, '..')
const images = join(root, 'images')
const golden = join(root, 'test/golden')
const update = process.argv.includes('--update')
const counts = { passed: 0, failed: 0, skipped: 0 }

const test = async (name, body) => {
  try {
    await body()
    counts.passed++
    console.log(`ok   ${name}`)
  } catch (error) {
    counts.failed++
    console.log(`FAIL ${name}: ${error.message}`)
  }
}

/** A missing tool skips on a developer's machine; in CI it is an error. */
const needs = async (present, tool, body) => {
  if (present) return body()
  counts[process.env.CI ? 'failed' : 'skipped']++
  console.log(`${process.env.CI ? 'FAIL' : 'skip'} ${tool} is not installed`)
}

const same = (name, actual, expected) => {
  if (Buffer.compare(Buffer.from(actual), Buffer.from(expected)) === 0) return
  const lines = [actual, expected].map((bytes) => Buffer.from(bytes).toString('latin1').split('\n'))
  const at = lines[0].findIndex((line, i) => line !== lines[1][i])
  const shown = lines.map((side) => JSON.stringify((side[at] ?? '').slice(0, 100)))
  throw new Error(`${name} differs from line ${at + 1}: ${shown[0]}, expected ${shown[1]}`)
}

const outputs = [
  'images/kernel-native.elf',
  'images/disk.img',
  'images/manifest.json',
  'src/generated/workload-table.ts',
  'src/generated/kernel-symbols.ts',
]

const rebuild = async () => {
  const target = mkdtempSync(join(tmpdir(), 'guest-kernel-rebuild-'))
  try {
    await test('everything builds', () => buildGuest({ root, target, log: () => {} }))
    for (const file of outputs)
      await test(`${file} is rebuilt bit by bit`, () =>
        same(file, readFileSync(join(target, file)), readFileSync(join(root, file))))
  } finally {
    rmSync(target, { recursive: true, force: true })
  }
}

/** What only a build for the purpose shows: address spaces without tags, tags that run out, a raw image. */
const variants = async () => {
  for (const asids of [1, 3])
    await test(`with ${asids} ASID${asids > 1 ? 's' : ''} everything works`, async () => {
      const target = mkdtempSync(join(tmpdir(), 'guest-kernel-variant-'))
      try {
        buildGuest({ root, target, defines: [`ASID_LIMIT=${asids}UL`], log: () => {} })
        for (const [name, append] of [
          ['bench', 'bench=all'],
          ['selftest', 'script=/etc/selftest.sh'],
        ]) {
          const { console: text } = await boot({ images: join(target, 'images'), append })
          same(name, text, readFileSync(join(golden, `${name}.txt`)))
        }
      } finally {
        rmSync(target, { recursive: true, force: true })
      }
    })
  await test('the raw image boots as well as the ELF file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guest-kernel-raw-'))
    try {
      flatten(join(images, 'kernel-native.elf'), join(folder, 'kernel-native.elf'))
      copyFileSync(join(images, 'disk.img'), join(folder, 'disk.img'))
      const { console: text } = await boot({ images: folder, append: 'script=/etc/demo.sh' })
      same('the console', text, readFileSync(join(golden, 'demo.txt')))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

/** The banner tells the size of memory, which is what these runs vary. */
const withoutMemory = (text) => text.replace(/^memory \d+ MiB/m, 'memory N MiB')

const runs = [
  { name: 'bench', append: 'bench=all' },
  { name: 'bench', append: 'bench=all scale=1', memory: 32, disk: 'legacy' },
  { name: 'bench', append: 'bench=all', memory: 1024, disk: 'initrd' },
  { name: 'bench', append: 'bench=all', memory: 64, options: ['-icount', 'shift=0'] },
  { name: 'bench', append: 'bench=all', options: ['-smp', '4', '-cpu', 'rv64,f=off,d=off,sstc=off'] },
  { name: 'demo', append: 'script=/etc/demo.sh' },
  { name: 'demo', append: 'script=/etc/demo.sh', memory: 32, disk: 'initrd' },
  { name: 'selftest', append: 'script=/etc/selftest.sh' },
  { name: 'selftest', append: 'script=/etc/selftest.sh', memory: 32, disk: 'legacy' },
]

const describe = ({ append, memory = 128, disk = 'modern', options = [] }) =>
  [append, `${memory} MiB`, disk, ...options].join(', ')

const transcripts = async () => {
  const written = new Set()
  for (const run of runs)
    await test(`transcript of ${describe(run)}`, async () => {
      const { console: text } = await boot({ images, ...run })
      const file = join(golden, `${run.name}.txt`)
      if (update && !written.has(run.name)) writeFileSync(file, text)
      written.add(run.name)
      same('the console', withoutMemory(text), withoutMemory(readFileSync(file, 'utf8')))
    })
}

const other = async () => {
  await test('Ctrl-C ends the running command, not the shell', async () => {
    const type = [
      ['$ ', '\n'],
      ['$ \n$ ', 'cat\n'],
      ['cat\n', 'twice\n'], // cat's answer shows that it runs
      ['twice\ntwice\n', '\x03'],
      ['^C\n$ ', 'echo still here\n'],
      ['\nstill here\n$ ', 'exit\n'],
    ]
    const { console: text } = await boot({ images, append: '', type, seconds: 20 })
    if (!text.endsWith('\nstill here\n$ exit\n')) throw new Error(text)
  })
  await test('input that comes faster than it is read is kept', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `echo line ${i} of a long paste\n`).join('')
    const { console: text } = await boot({
      images,
      append: '',
      type: [['$ ', `${lines}exit\n`]],
      seconds: 30,
    })
    const echoed = text.match(/^line \d+ of a long paste$|(?<=\$ )line \d+ of a long paste$/gm) ?? []
    if (!text.includes('line 199 of a long paste')) throw new Error(`${echoed.length} lines came back`)
  })
  await test('an unknown workload is refused before any runs', async () => {
    const { console: text } = await boot({ images, append: 'bench=getpid,nonsense' })
    if (!text.includes('no workload nonsense') || text.includes('@bench begin')) throw new Error(text)
  })
  await test('a scale without a prediction is refused', async () => {
    const { console: text } = await boot({ images, append: 'bench=getpid scale=9' })
    if (!text.includes('expected=unknown') || text.includes('@bench begin')) throw new Error(text)
  })
  await test('the largest scale runs', async () => {
    const { console: text } = await boot({ images, append: 'bench=all scale=8', seconds: 120 })
    if (!text.endsWith('@bench done\n') || text.includes('MISMATCH')) throw new Error(text)
  })
  await test('without a disk the kernel says so and stops', async () => {
    const { console: text } = await boot({ images, append: '', disk: 'none' })
    if (!text.includes('panic: no disk')) throw new Error(text)
  })
}

mkdirSync(golden, { recursive: true })
const compiler = installedCompiler()
if (!update)
  await needs(compiler === compilerVersion, `${compilerVersion} (found: ${compiler ?? 'none'})`, rebuild)
await needs(haveQemu(), 'qemu-system-riscv64', async () => {
  await transcripts()
  await other()
})
if (!update) await needs(compiler && haveQemu(), 'the cross compiler or qemu-system-riscv64', variants)
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`,
)
process.exitCode = counts.failed ? 1 : 0
