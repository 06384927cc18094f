import { describe, expect, test } from 'vitest'
import { nearNames, selectNames } from './names.ts'

const known = ['null-call', 'pipe', 'page-fault', 'mprotect']

describe('near names', () => {
  test.each([
    ['pip', ['pipe']],
    ['pagefault', ['page-fault']],
    ['fault', ['page-fault']],
    ['null_call', ['null-call']],
    ['zebra-crossing', []],
  ])('of %s', (given, near) => expect(nearNames(given, known)).toEqual(near))
})

describe('a selection', () => {
  test.each([
    ['all', known],
    ['pipe', ['pipe']],
    [' mprotect , pipe ', ['mprotect', 'pipe']],
    ['pipe,pipe,', ['pipe']],
  ])('%j', (given, names) => expect(selectNames(given, known, 'workload')).toEqual(names))

  test('of nothing is refused', () => {
    expect(() => selectNames(',', known, 'workload')).toThrow('name at least one workload')
  })
})
