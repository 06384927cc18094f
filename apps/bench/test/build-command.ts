import { build } from 'tsup'

/** Bundles the command from the sources of all packages, so that tests need no build. */
export default (): Promise<void> =>
  build({
    config: false,
    entry: ['src/cli.ts'],
    outDir: '.results/command',
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    splitting: true,
    sourcemap: true,
    silent: true,
    noExternal: [/^@worldswitch\//],
    esbuildOptions(options) {
      options.conditions = ['@worldswitch/source']
    },
  })
