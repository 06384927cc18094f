import { expect, test, vi } from 'vitest'
import { board } from '../../test/board.ts'

test('a module of regions imports the memory only, so that the host compiles nothing for what it imports', () => {
  const compiled = vi.spyOn(WebAssembly, 'Module')
  const { hart } = board(
    'li sp, 0x80100000\n again: ld a0, 0(sp)\n call f\n j again\n f: addi a0, a0, 1\n ret',
    {
      engine: 'translator',
    },
  )
  hart.run(1000)
  const [bytes] = compiled.mock.calls.at(-1)!
  compiled.mockRestore()
  expect(hart.translation!.regions).toBeGreaterThan(0)
  expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([
    { module: 'links', name: 'memory', kind: 'memory' },
  ])
})
