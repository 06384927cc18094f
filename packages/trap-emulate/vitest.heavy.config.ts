import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.base.ts'

/** Many more random programs, and all workloads of the kernel. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({ test: { include: ['heavy/**/*.test.ts'], testTimeout: 300_000 } }),
)
