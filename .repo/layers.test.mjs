/** Proves that the rules of .dependency-cruiser.mjs see what they forbid: a small workspace with one sin per rule. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { layers } from './layers.mjs'
import { root, workspacePackages } from './packages.mjs'

const innocent = {
  'packages/isa/src/index.ts': `export const isa = 1`,
  'packages/cpu/src/index.ts': `import { isa } from '@worldswitch/isa'\nexport const cpu = isa`,
  'packages/cpu/src/node.ts': `import 'node:fs'\nexport {}`,
  'packages/isa/src/vm.ts': `import type { Vcpu } from './vcpu.ts'\nexport type Vm = Vcpu[]`,
  'packages/isa/src/vcpu.ts': `import type { Vm } from './vm.ts'\nexport type Vcpu = Vm | 1`,
  'packages/paravirt/src/index.ts': `export const paravirt = 1`,
  'apps/bench/src/cli.ts': `import 'node:fs'\nimport { cpu } from '@worldswitch/cpu'\nconsole.log(cpu)`,
}

const sins = [
  [
    'layers: devices',
    'packages/devices/src/a.ts',
    `import { cpu } from '@worldswitch/cpu'\nexport const a = cpu`,
  ],
  [
    'layers: mmu',
    'packages/mmu/src/a.ts',
    `import type { cpu } from '@worldswitch/cpu'\nexport type A = typeof cpu`,
  ],
  [
    'layers: trap-emulate',
    'packages/trap-emulate/src/a.ts',
    `import { paravirt } from '@worldswitch/paravirt'\nexport const a = paravirt`,
  ],
  ['layers: bench', 'packages/bench/src/a.ts', `export * from '../../../apps/bench/src/cli.ts'`],
  [
    'layers: every package',
    'packages/stranger/src/a.ts',
    `import { isa } from '@worldswitch/isa'\nexport { isa }`,
  ],
  ['layers: apps', 'apps/other/src/a.ts', `export * from '../../bench/src/cli.ts'`],
  ['entry points: packages', 'packages/machine/src/a.ts', `export * from '../../cpu/src/index.ts'`],
  ['entry points: every import', 'apps/other/src/b.ts', `export * from '@worldswitch/cpu/src/index.ts'`],
  ['browsers', 'packages/wasm/src/index.ts', `export * from './g.ts'`],
  ['cycles', 'packages/wasm/src/c.ts', `import { d } from './d.ts'\nexport const c = () => d`],
  ['tests', 'packages/wasm/src/e.ts', `export * from './f.test.ts'`],
]

let workspace
let violations

beforeAll(async () => {
  workspace = mkdtempSync(path.join(tmpdir(), 'worldswitch-layers-'))
  const write = (file, text) => {
    mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true })
    writeFileSync(path.join(workspace, file), `${text}\n`)
  }
  for (const [file, text] of Object.entries(innocent)) write(file, text)
  for (const [, file, text] of sins) write(file, text)
  write('packages/wasm/src/d.ts', `import { c } from './c.ts'\nexport const d = () => c`)
  write('packages/wasm/src/g.ts', `export { readFileSync } from 'node:fs'`)
  write('packages/wasm/src/f.test.ts', 'export const f = 1')
  write('package.json', '{}')
  for (const name of [...layers.flat(), 'stranger']) {
    const manifest = {
      name: `@worldswitch/${name}`,
      exports: { '.': { '@worldswitch/source': './src/index.ts' } },
    }
    write(`packages/${name}/package.json`, JSON.stringify(manifest))
    mkdirSync(path.join(workspace, 'node_modules/@worldswitch'), { recursive: true })
    symlinkSync(
      path.join(workspace, 'packages', name),
      path.join(workspace, 'node_modules/@worldswitch', name),
    )
  }
  const cruiser = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const config = path.join(root, '.dependency-cruiser.mjs')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cruiser, 'packages', 'apps', '--config', config, '--output-type', 'json'],
    { cwd: workspace },
  ).catch((error) => error)
  violations = JSON.parse(stdout).summary.violations
})

afterAll(() => rmSync(workspace, { recursive: true, force: true }))

describe('layer rules', () => {
  test.each(sins)('%s is broken by %s', (rule, file) => {
    const broken = violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)
    expect(broken).toContainEqual(expect.stringMatching(new RegExp(`^${rule}`)))
  })

  test.each(Object.keys(innocent))('%s breaks none', (file) => {
    expect(violations.filter(({ from }) => from === file)).toEqual([])
  })
})

test('every package of this repository has a place in a layer', () => {
  const names = workspacePackages()
    .filter(({ folder }) => folder.startsWith('packages/'))
    .map(({ shortName }) => shortName)
  expect(layers.flat()).toEqual(expect.arrayContaining(names))
})
