import { expect, test } from 'vitest'

test('the names that the package exports', async () => {
  expect(Object.keys(await import('./index.ts')).sort()).toMatchSnapshot()
})
