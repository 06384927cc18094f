import { expect, test } from 'vitest'
import { instructionTable } from './documentation.ts'

test('the page in docs is the table', async () => {
  await expect(instructionTable()).toMatchFileSnapshot('../../../docs/isa.md')
})
