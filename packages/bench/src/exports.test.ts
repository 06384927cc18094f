import { expect, test } from 'vitest'
import * as exported from './index.ts'

test('the package exports these names', () => {
  expect(Object.keys(exported).sort()).toMatchInlineSnapshot(`
    [
      "BARE",
      "BOOT",
      "BenchError",
      "bareSubject",
      "between",
      "breakdown",
      "count",
      "eventCount",
      "guestImage",
      "linuxImage",
      "peersReport",
      "ratio",
      "runBench",
      "share",
      "strategies",
      "strategySubject",
      "subjects",
      "toMarkdown",
    ]
  `)
})
