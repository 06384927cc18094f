import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.base.ts'

/**
 * Generated floating point against the reference, with many more random operands; random programs on the translator
 * against the interpreter, many more of them; random programs against QEMU.
 */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: ['src/float/float-functions.test.ts', 'src/translator/lockstep.test.ts', 'heavy/**/*.test.ts'],
      env: { WORLDSWITCH_FLOAT_RUNS: '300000', WORLDSWITCH_LOCKSTEP: '300' },
      testTimeout: 300_000,
    },
  }),
)
