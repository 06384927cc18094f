import { expect, test } from 'vitest'

test('the package exports what it says', async () => {
  expect(Object.keys(await import('./index.ts')).sort()).toMatchSnapshot()
})
