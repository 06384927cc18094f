import { readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

interface Manifest {
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** Entries as the package's own `exports` say: each built file from the source that stands beside it. */
const entriesFromExports = (): Record<string, string> => {
  const { exports = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
  const entries: Record<string, string> = {}
  for (const target of Object.values(exports)) {
    if (typeof target === 'string') continue
    const source = target['@worldswitch/source']
    const built = target.default
    if (source === undefined || built === undefined) continue
    entries[built.replace(/^\.\/dist\//, '').replace(/\.js$/, '')] = source
  }
  return entries
}

/**
 * One build for every package: side-effect-free ESM of each entry in its `exports`. Types are emitted by
 * `build:types` (tsc), so the part that runs is built in a fraction of a second.
 */
export const library = (options: Options = {}): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry: entriesFromExports(),
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: false,
    clean: ['!**/*.d.ts'],
    sourcemap: true,
    treeshake: true,
    ...options,
  })
