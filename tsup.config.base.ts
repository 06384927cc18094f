import { defineConfig, type Options } from 'tsup'

/** One build for every package: side-effect-free ESM with types. */
export const library = (options: Options = {}): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: true,
    clean: true,
    sourcemap: true,
    treeshake: true,
    ...options,
  })
