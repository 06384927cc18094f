import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.base.ts'

/** Comparisons that need QEMU (with its OpenSBI) and the device-tree compiler. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({ test: { include: ['heavy/**/*.test.ts'], testTimeout: 300_000 } }),
)
