import { expect, test } from 'vitest'

test.each([
  ['index', () => import('./index.ts')],
  ['node', () => import('./node.ts')],
])('the exports of %s are these', async (_name, load) => {
  expect(Object.keys(await load()).sort()).toMatchSnapshot()
})
