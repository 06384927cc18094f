import { expect, test } from 'vitest'

test('exports', async () => {
  expect(Object.keys(await import('./index.ts')).sort()).toMatchInlineSnapshot(`
    [
      "GuestKernelError",
      "TranscriptReader",
      "bootargs",
      "disk",
      "expectedTranscript",
      "isWorkloadName",
      "kernelElf",
      "manifest",
      "maxScale",
      "parseTranscript",
      "symbolAt",
      "symbols",
      "workloads",
    ]
  `)
})
