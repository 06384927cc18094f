import { expect, test } from 'vitest'
import { engineOf } from './machine-under-test.ts'

test('FUZZ_ENGINE names an engine or nothing', () => {
  expect(engineOf('translator')).toBe('translator')
  expect(engineOf(undefined)).toBeUndefined()
  for (const name of ['translater', '', 'toString']) {
    expect(() => engineOf(name)).toThrow(
      `FUZZ_ENGINE is '${name}'; there are auto, interpreter, translator, reference`,
    )
  }
})
