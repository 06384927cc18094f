import { expect, test } from 'vitest'
import { type Strategy, StrategyRegistry } from './strategy.ts'

const named = (name: string): Strategy => ({
  name,
  title: name,
  attach() {
    throw new Error('not called')
  },
})

test('strategies are found by name, and keep their order', () => {
  const [first, second] = [named('b'), named('a')]
  const registry = new StrategyRegistry([first, second])
  expect(registry.get('a')).toBe(second)
  expect(registry.names).toEqual(['b', 'a'])
  expect(registry.all).toEqual([first, second])
})

test('an unknown name is an error that names those there are', () => {
  expect(() => new StrategyRegistry([named('a'), named('b')]).get('c')).toThrow('there are a, b')
})

test('two of one name are refused', () => {
  expect(() => new StrategyRegistry([named('a'), named('a')])).toThrow(
    expect.objectContaining({ code: 'duplicate-strategy' }),
  )
})
