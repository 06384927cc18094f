import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.base.ts'

/** The comparisons with the host, with many more random programs and operands. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: ['test/arithmetic.test.ts', 'test/validation-agrees.test.ts'],
      env: { WASM_FUZZ_PROGRAMS: '10000', WASM_FUZZ_RUNS: '2000' },
      testTimeout: 300_000,
    },
  }),
)
