import { defineConfig } from 'vitest/config'

/** Every package's tests resolve its siblings to their sources, so no build is needed to test. */
export default defineConfig({
  resolve: { conditions: ['@worldswitch/source'] },
  ssr: { resolve: { conditions: ['@worldswitch/source'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    pool: 'forks',
    // The second one is what `npm test` and CI add up.
    reporters: ['default', ['json', { outputFile: '.results/vitest.json' }]],
  },
})
