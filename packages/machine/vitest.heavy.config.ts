import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.base.ts'

/** What needs QEMU (with its OpenSBI), the device-tree compiler, or Debian's guest from its archive. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({ test: { include: ['heavy/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 600_000 } }),
)
