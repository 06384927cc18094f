import { expect, test } from 'vitest'

test('the package exports exactly these values', async () => {
  expect(Object.keys(await import('./index.ts')).sort()).toMatchInlineSnapshot(`
    [
      "ModuleBuilder",
      "WasmBuildError",
      "WasmTypeError",
      "instructions",
    ]
  `)
})
