import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.base.ts'

/** Tests of the command run it as a process of its own, bundled from the sources. */
export default mergeConfig(
  base,
  defineConfig({ test: { globalSetup: ['test/build-command.ts'], testTimeout: 60_000 } }),
)
