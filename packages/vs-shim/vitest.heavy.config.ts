import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.base.ts'

/** What needs the cross compiler, or Debian's guest from its archive. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({ test: { include: ['heavy/**/*.test.ts'], testTimeout: 600_000 } }),
)
