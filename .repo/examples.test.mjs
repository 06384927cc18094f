import { expect, test } from 'vitest'
import { examplesIn } from './examples.mjs'

test.each([
  ['no block', 'text\n', []],
  ['one block', 'a\n```ts\nlet x = 1\n```\n', [{ line: 3, code: 'let x = 1\n' }]],
  ['blocks of other languages are left', '```sh\nls\n```\n```ts\n1\n2\n```\n', [{ line: 5, code: '1\n2\n' }]],
])('%s', (_name, markdown, examples) => expect(examplesIn(markdown)).toEqual(examples))

test('a block without an end is an error', () =>
  expect(() => examplesIn('```ts\n1\n')).toThrow('line 2 does not end'))
