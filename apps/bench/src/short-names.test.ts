import { expect, test } from 'vitest'
import { shortCount } from './short-names.ts'

test.each([
  [0, '·'],
  [9999, '9999'],
  [10_000, '10.0k'],
  [99_949, '99.9k'],
  [99_950, '100k'],
  [999_499, '999k'],
  [999_500, '1.00M'],
  [12_345_678, '12.3M'],
  [999_499_999, '999M'],
  [4_000_000_000, '4.00G'],
])('%d as %s, in at most five characters', (value, text) => {
  expect(shortCount(value)).toBe(text)
  expect(text.length).toBeLessThanOrEqual(5)
})
