import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.base.ts'

/** The command with an operating system that others made: minutes, and Debian's archive. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: ['heavy/**/*.test.ts'],
      globalSetup: ['test/build-command.ts'],
      fileParallelism: false,
      testTimeout: 900_000,
      hookTimeout: 600_000,
    },
  }),
)
