/** The rules of who may import whom; run by `pnpm layers`, proved by .repo/layers.test.mjs. */
import { builtinModules } from 'node:module'
import { layers } from './.repo/layers.mjs'

const tests = '[.]test[.]ts$'

/** For each package: what it must not import, as all layers that are not below its own. */
const layerRules = layers.flatMap((layer, index) =>
  layer.map((name) => {
    const forbidden = layers
      .slice(index)
      .flat()
      .filter((other) => other !== name)
    return {
      name: `layers: ${name} imports only what is below it`,
      severity: 'error',
      from: { path: `^packages/${name}/` },
      to: { path: forbidden.map((other) => `^packages/${other}/`).concat('^apps/') },
    }
  }),
)

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layerRules,
    {
      name: 'layers: every package has a place in .repo/layers.mjs',
      severity: 'error',
      from: { path: '^packages/', pathNot: `^packages/(${layers.flat().join('|')})/` },
      to: {},
    },
    {
      name: 'layers: apps do not import each other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'entry points: packages import each other by name, never by path',
      severity: 'error',
      from: { path: '^((?:packages|apps)/[^/]+)/' },
      to: { path: '^(packages|apps)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'entry points: every import resolves (a subpath must be in the package’s exports)',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'entry points: what is imported is in the package’s own package.json',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'browsers: a package’s main entry point reaches nothing of Node',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/index[.]ts$' },
      to: { path: `^(node:)?(${builtinModules.join('|')})$`, reachable: true },
    },
    {
      // Types are erased: a cycle that only types close is no cycle when the program runs.
      name: 'cycles: no file imports itself through others',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'tests: sources do not import tests',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: tests },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    // Types count: a layer that needs another one's types depends on it.
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@worldswitch/source', 'import', 'node', 'types', 'default'],
    },
  },
}
